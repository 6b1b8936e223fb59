"""scripts/bootstrap.sh: what it installs or asks for on bare machines, and what it does with a
half-made environment.

The machines are folders of stand-ins for apt-get, sudo and Pythons; the shell and the virtual
environments are real.
"""

import os
import shutil
import signal
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "scripts" / "bootstrap.sh"
TOOLS = (
    "sh",
    "cat",
    "env",
    "find",
    "flock",
    "grep",
    "rm",
    "sed",
    "touch",
    "cp",
    "mkdir",
    "ln",
    "kill",
)
PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")
PACKAGES = "need ip-of-a-test:iproute2 ping-of-a-test:iputils-ping\n"
INSTALL = "apt-get update && apt-get install -y --no-install-recommends"


@dataclass(frozen=True)
class Machine:
    """A folder of programs, which is all of PATH, and an empty project beside it."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The programs."""
        return self.folder / "bin"

    @property
    def project(self) -> Path:
        """The project, whose environment is made."""
        return self.folder / "project"

    @property
    def commands(self) -> list[str]:
        """The commands that were to change the machine, in order."""
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def program(self, name: str, script: str) -> None:
        """Add a program: lines of shell, where `log` writes its words down."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\nlog() {{ echo "$*" >>{self.folder}/log; }}\n{script}\n')
        path.chmod(0o755)

    def python(self, name: str, *, is_new: bool = True, makes_environments: bool = True) -> None:
        """Add a Python that only answers what the bootstrap asks."""
        self.program(
            name,
            f"""case "$*" in
-V) echo Python 3.9.2 ;;
*version_info*) exit {0 if is_new else 1} ;;
*ensurepip*) [ -e {self.bin}/makes-environments ] || exit {0 if makes_environments else 1} ;;
esac""",
        )

    def apt(self, **candidates: str) -> None:
        """Add an apt that knows packages: `python3_venv="3.11.2"`."""
        known = "\n".join(
            f"{name.replace('_', '-')}) echo Version: {text} ;;"
            for name, text in candidates.items()
        )
        known = known.replace("python3-1", "python3.1")
        self.program(
            "apt-cache", f'for word; do :; done\ncase "$word" in\n{known}\n*) exit 100 ;;\nesac'
        )
        self.program(
            "apt-get",
            f'log apt-get "$@"; case "$*" in *-venv*) : >{self.bin}/makes-environments ;; esac',
        )
        self.program("dpkg", 'log dpkg "$@"')

    def user(self, uid: int) -> None:
        """Say whose machine it is."""
        self.program("id", f"echo {uid}")

    def run(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run lines of a script that sources the bootstrap, in a process group of its own."""
        return subprocess.run(
            [self.bin / "sh", "-euc", f". {BOOTSTRAP}\n{script}"],
            cwd=self.project,
            env={"PATH": str(self.bin), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )

    def make_environment(self) -> "subprocess.CompletedProcess[str]":
        """Make the environment with the package pip, which is there: no network is needed."""
        return self.run(
            f"python={self.bin}/python3\nenvironment .venv for-test pip\n.venv/bin/python -c "
            "'import pip'"
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A user's machine that has nothing of what is needed: no Python, no apt, no sudo."""
    new = Machine(tmp_path)
    new.bin.mkdir()
    new.project.mkdir()
    (new.project / "pyproject.toml").touch()
    for tool in TOOLS:
        if path := shutil.which(tool):
            (new.bin / tool).symlink_to(path)
    for name in PYTHONS:  # shadow those of /usr/sbin, where that is /usr/bin
        new.program(name, "exit 127")
    new.user(1000)
    return new


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment as Python makes it."""
    folder = tmp_path_factory.mktemp("template") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    return folder


@pytest.fixture
def builder(machine: Machine, template: Path) -> Machine:
    """A machine whose Python makes environments, which are real."""
    machine.program("python3", f'log python3 "$@"; mkdir -p "$3" && cp -al {template}/. "$3"')
    return machine


def install_lines(output: str) -> list[str]:
    """Return the lines that can be pasted."""
    return [line.strip() for line in output.splitlines() if line.startswith("    ")]


def test_user_without_sudo_is_given_one_line_for_everything(machine: Machine) -> None:
    """Programs, Python with its venv, and what is optional are in one line, for root.

    Nothing is run.
    """
    machine.apt(python3_venv="3.11.2-1", user_mode_linux="6.1")
    ran = machine.run(
        PACKAGES
        + "wish linux.uml-of-a-test:user-mode-linux x:unknown\nneed_python\ninstall_missing"
    )
    assert 1 == ran.returncode
    assert [f"{INSTALL} iproute2 iputils-ping python3-venv user-mode-linux"] == install_lines(
        ran.stderr
    )
    assert ran.stderr.startswith(
        "Debian packages are missing. Install them as root, then run this again:\n\n"
    )
    assert [] == machine.commands


def test_user_with_a_password_for_sudo_is_given_the_line_with_sudo(machine: Machine) -> None:
    """Where there is sudo, both commands of the line begin with it."""
    machine.apt(python3_venv="3.11.2-1")
    machine.program("sudo", "exit 1")
    ran = machine.run(PACKAGES + "need_python\ninstall_missing")
    with_sudo = INSTALL.replace("apt-get", "sudo apt-get")
    assert [f"{with_sudo} iproute2 iputils-ping python3-venv"] == install_lines(ran.stderr)
    assert [] == machine.commands


@pytest.mark.parametrize(("uid", "sudo"), [(0, ""), (1000, "sudo -n ")])
def test_root_and_sudo_install_at_once(machine: Machine, uid: int, sudo: str) -> None:
    """Root, and who has sudo without a password, need not type anything.

    Python is used as soon as it is there.
    """
    machine.user(uid)
    machine.apt(python3_venv="3.11.2-1")
    machine.python("python3", makes_environments=False)
    machine.program("sudo", '[ "$*" = "-n true" ] && exit; log sudo -n; shift; exec "$@"')
    ran = machine.run(PACKAGES + 'need_python\ninstall_missing\necho "$python"')
    assert (f"{machine.bin}/python3\n", 0) == (ran.stdout, ran.returncode)
    applied = [line for line in machine.commands if line != "sudo -n"]
    options = "-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0"
    install = "install -y -qq --no-install-recommends iproute2 iputils-ping python3-venv"
    assert [f"apt-get {options} update -qq", f"apt-get {options} {install}"] == applied
    assert bool(sudo) == ("sudo -n" in machine.commands)


def test_interrupted_installation_is_completed_first(machine: Machine) -> None:
    """What dpkg left half configured makes apt-get refuse.

    Then it is configured, and the installation tried again.
    """
    machine.user(0)
    machine.apt()
    machine.program(
        "apt-get", f'log apt-get "$5"; [ "$5" = update ] || [ -e {machine.folder}/configured ]'
    )
    machine.program("dpkg", f'log dpkg "$@"; : >{machine.folder}/configured')
    assert 0 == machine.run(PACKAGES + "install_missing").returncode
    assert [
        "apt-get update",
        "apt-get install",
        "dpkg --configure -a",
        "apt-get install",
    ] == machine.commands


def test_half_installed_packages_are_installed_again(machine: Machine) -> None:
    """Programs are there as soon as they are unpacked, and may lack a library yet.

    The package has to be configured.
    """
    machine.python("python3.13")
    machine.apt(python3_venv="3.13.5", python3_13_venv="3.13.5")
    machine.program(
        "dpkg-query", 'case "$4" in iproute2) echo unpacked ;; *-venv) echo half-configured ;; esac'
    )
    (line,) = install_lines(
        machine.run("need sh:iproute2 cat:coreutils\nneed_python\ninstall_missing").stderr
    )
    assert f"{INSTALL} iproute2 python3.13-venv" == line


def test_packages_that_cannot_be_installed_are_named(machine: Machine) -> None:
    """An installation that fails ends the script with a sentence.

    Lists that cannot be fetched do not.
    """
    machine.user(0)
    machine.apt()
    machine.program("apt-get", "exit 100")
    ran = machine.run(PACKAGES + "install_missing\necho went on")
    assert (1, "") == (ran.returncode, ran.stdout)
    assert ran.stderr.splitlines()[-1] == (
        "apt-get could not install iproute2 iputils-ping: see above; then run this again"
    )


def test_what_is_optional_stops_nobody(machine: Machine) -> None:
    """Optional packages are named in one line to who may not install.

    An installation that fails is passed over.
    """
    machine.apt(user_mode_linux="6.1")
    script = "wish linux.uml-of-a-test:user-mode-linux x:unknown\ninstall_missing\necho went on"
    ran = machine.run(script)
    assert ("went on\n", [f"{INSTALL} user-mode-linux"]) == (ran.stdout, install_lines(ran.stderr))
    machine.user(0)
    machine.program("apt-get", '[ "$5" = update ]')
    assert "went on\n" == machine.run(script).stdout


def test_nothing_is_said_where_nothing_is_missing(machine: Machine) -> None:
    """A machine that has all is not asked for anything, and optional packages that it does not
    offer are not named.
    """
    machine.python("python3")
    machine.apt()
    ran = machine.run(
        "need sh:dash /:base-files\nwish x-of-a-test:unknown\nneed_python\ninstall_missing"
    )
    assert (0, "", []) == (ran.returncode, ran.stderr, machine.commands)


def test_newer_python_beside_an_older_one_is_used(machine: Machine) -> None:
    """`python3.11` is used where `python3` is older."""
    machine.python("python3", is_new=False)
    machine.python("python3.11")
    ran = machine.run('need_python\ninstall_missing\necho "$python"')
    assert f"{machine.bin}/python3.11\n" == ran.stdout


def test_newer_python_gets_its_own_venv_package(machine: Machine) -> None:
    """Where that one lacks ensurepip, its package is named, not that of the older `python3`."""
    machine.python("python3", is_new=False)
    machine.python("python3.11", makes_environments=False)
    machine.apt(python3_venv="3.10.6", python3_11_venv="3.11.0")
    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)
    assert line.endswith(" python3.11-venv")


def test_newer_python_that_only_apt_has_is_named(machine: Machine) -> None:
    """Where `python3` is too old, one that apt offers beside it is named."""
    machine.python("python3", is_new=False)
    machine.apt(python3_venv="3.10.6", python3_12_venv="3.12.3")
    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)
    assert line.endswith(" python3.12-venv")


def test_system_whose_python_is_too_old_is_told_so(machine: Machine) -> None:
    """Where apt has no newer one either, no package is named: none would help."""
    machine.python("python3", is_new=False)
    machine.apt(python3_venv="3.9.2-3")
    ran = machine.run("need_python\ninstall_missing")
    assert (1, []) == (ran.returncode, install_lines(ran.stderr))
    assert ran.stderr.startswith(
        "Python 3.11 or later is needed. This system has Python 3.9.2, and apt offers no newer"
    )


@pytest.mark.parametrize(
    ("has_python", "package"), [(False, "python3-venv"), (True, "python3.12-venv")]
)
def test_python_is_guessed_where_apt_has_no_lists(
    machine: Machine, has_python: bool, package: str
) -> None:
    """Images come without package lists.

    Then Debian's own Python is named, or the venv of the one that is there.
    """
    machine.apt()
    if has_python:
        machine.python("python3.12", makes_environments=False)
    else:
        (machine.bin / "python3").unlink()
    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)
    assert line.endswith(f" {package}")


def test_system_without_apt_is_told_what_it_lacks(machine: Machine) -> None:
    """Elsewhere than on Debian the sentence names programs and Python, and no command."""
    ran = machine.run(PACKAGES + "need_python\ninstall_missing")
    assert (1, []) == (ran.returncode, install_lines(ran.stderr))
    assert ran.stderr.splitlines() == [
        (
            "This system has no apt-get. Install, by its own means, what is missing here, then run "
            "this again:"
        ),
        "  the programs of the Debian packages iproute2 iputils-ping",
        "  Python 3.11 or later, with its modules venv and ensurepip",
    ]


def test_environment_is_made_once(builder: Machine) -> None:
    """The second run uses what the first made, and says nothing."""
    first, second = builder.make_environment(), builder.make_environment()
    assert [0, 0] == [first.returncode, second.returncode]
    assert ("making a virtual environment in .venv\n", "") == (first.stderr, second.stderr)
    assert ["python3 -m venv .venv"] == builder.commands


def without_pip(environment: Path) -> None:
    """As where ensurepip was missing or did not begin."""
    shutil.rmtree(next(environment.glob("lib/python*/site-packages")))


def without_record(environment: Path) -> None:
    """As where an installation was interrupted: pip writes the list of a package's files last."""
    next(environment.glob("lib/python*/site-packages/pip-*.dist-info/RECORD")).unlink()


def with_dangling_python(environment: Path) -> None:
    """As where the Python that made it is gone."""
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to("/nowhere/python3")


def with_upgraded_python(environment: Path) -> None:
    """As where /usr/bin/python3 is of another version now.

    It looks for its packages in another folder.
    """
    library = next(environment.glob("lib/python*"))
    library.rename(library.with_name("python3.9"))


def of_another_place(environment: Path) -> None:
    """As where the project was moved: its scripts name the Python of the old place."""
    (environment / "for-test").write_text("/elsewhere/project\n")


def with_another_package_half_installed(environment: Path) -> None:
    """As after Ctrl-C while pip installed: the package is known, but not complete."""
    packages = next(environment.glob("lib/python*/site-packages"))
    half = packages / "half-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text("Name: half\nVersion: 1.0\n")


def only_a_folder(environment: Path) -> None:
    """As where making it had only begun."""
    shutil.rmtree(environment)
    environment.mkdir()


def a_dangling_link(environment: Path) -> None:
    """As where it was a link to a folder that is gone."""
    shutil.rmtree(environment)
    environment.symlink_to("/nowhere/venv")


DAMAGES = (
    *(without_pip, without_record, with_dangling_python, with_upgraded_python),
    *(of_another_place, with_another_package_half_installed, only_a_folder, a_dangling_link),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_environment_that_does_not_work_is_made_anew(builder: Machine, damage: "object") -> None:
    """It is found by trying it, removed, and made again; the run goes on."""
    assert callable(damage)
    builder.make_environment()
    damage(builder.project / ".venv")
    ran = builder.make_environment()
    assert 0 == ran.returncode, ran.stderr
    assert ran.stderr.startswith(
        "the virtual environment in .venv does not work: removing it\nmaking "
    )
    assert 2 * ["python3 -m venv .venv"] == builder.commands


def test_interrupted_making_is_made_up_for(builder: Machine, template: Path) -> None:
    """Ctrl-C while the environment is made ends the script; the next run makes it anew."""
    whole = (builder.bin / "python3").read_text()
    builder.program(
        "python3", f'mkdir -p "$3/bin"; cp -a {template}/bin/. "$3/bin"; kill -INT 0; exec sleep 60'
    )
    (builder.bin / "sleep").symlink_to(str(shutil.which("sleep")))
    assert -signal.SIGINT == builder.make_environment().returncode
    (builder.bin / "python3").write_text(whole)
    ran = builder.make_environment()
    assert 0 == ran.returncode, ran.stderr
    assert ["python3 -m venv .venv"] == builder.commands


def test_packages_are_installed_again_when_the_project_changes(builder: Machine) -> None:
    """A pyproject.toml that is newer than the stamp has pip run again, in the same environment."""
    builder.make_environment()
    stamp = builder.project / ".venv" / "for-test"
    os.utime(stamp, (1, 1))
    assert "" == builder.make_environment().stderr
    assert stamp.stat().st_mtime > 1
    assert ["python3 -m venv .venv"] == builder.commands


def test_environment_of_before_is_kept(builder: Machine, template: Path) -> None:
    """One that works and that another made, with a stamp that says nothing, is taken as it is."""
    shutil.copytree(template, builder.project / ".venv", symlinks=True)
    (builder.project / ".venv" / "for-test").touch()
    assert "" == builder.make_environment().stderr
    assert [] == builder.commands


def test_python_that_cannot_make_an_environment_is_named(builder: Machine) -> None:
    """The sentence says which Python failed and where.

    A half-made environment is left for the next run to find.
    """
    builder.program("python3", "exit 1")
    ran = builder.make_environment()
    assert 1 == ran.returncode
    assert ran.stderr.endswith(
        "/python3 could not make a virtual environment in .venv: see above\n"
    )


def test_packages_that_pip_cannot_install_are_named(builder: Machine) -> None:
    """A failure of pip ends the script with a sentence behind pip's own."""
    ran = builder.run(
        f"python={builder.bin}/python3\nenvironment .venv for-test ./no-such-project\necho went on"
    )
    assert (1, "") == (ran.returncode, ran.stdout)
    assert ran.stderr.endswith(
        "pip could not install ./no-such-project into .venv: see above; then run this again\n"
    )
    assert not (builder.project / ".venv" / "for-test").exists()


def test_python_of_the_tests_is_usable() -> None:
    """What the stand-ins answer is what a real Python is asked: this one passes."""
    script = f'PATH={Path(sys.executable).parent}:$PATH\n. {BOOTSTRAP}\nneed_python\necho "$python"'
    ran = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=False)
    assert Path(ran.stdout.strip()).exists()
    assert 0 == ran.returncode, ran.stderr
