"""scripts/bootstrap.sh: installed or requested packages on bare machines, and broken environments.

The machines are folders of fake programs (apt-get, sudo, Pythons); the shell and the virtual
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
    """A folder of programs as the only folder on PATH, and an empty project beside it."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The folder of programs."""
        return self.folder / "bin"

    @property
    def project(self) -> Path:
        """The project that gets a virtual environment."""
        return self.folder / "project"

    @property
    def commands(self) -> list[str]:
        """The logged commands that would change the machine, in order."""
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def program(self, name: str, script: str) -> None:
        """Add a program: lines of shell, in which `log` appends its arguments to the log."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\nlog() {{ echo "$*" >>{self.folder}/log; }}\n{script}\n')
        path.chmod(0o755)

    def python(self, name: str, *, is_new: bool = True, makes_environments: bool = True) -> None:
        """Add a Python that only answers the questions of the bootstrap."""
        self.program(
            name,
            f"""case "$*" in
-V) echo Python 3.9.2 ;;
*version_info*) exit {0 if is_new else 1} ;;
*ensurepip*) [ -e {self.bin}/makes-environments ] || exit {0 if makes_environments else 1} ;;
esac""",
        )

    def apt(self, **candidates: str) -> None:
        """Add an apt that offers packages: `python3_venv="3.11.2"`."""
        cases = []
        for keyword, version in candidates.items():
            package = keyword.replace("_", "-").replace("python3-1", "python3.1")
            cases.append(f"{package}) echo Version: {version} ;;")

        known = "\n".join(cases)

        self.program(
            "apt-cache",
            f'for word; do :; done\ncase "$word" in\n{known}\n*) exit 100 ;;\nesac',
        )
        self.program(
            "apt-get",
            f'log apt-get "$@"; case "$*" in *-venv*) : >{self.bin}/makes-environments ;; esac',
        )
        self.program("dpkg", 'log dpkg "$@"')

    def user(self, uid: int) -> None:
        """Set the user ID of the machine's user."""
        self.program("id", f"echo {uid}")

    def run(self, script: str) -> "subprocess.CompletedProcess[str]":
        """Run a script that sources the bootstrap, in a new process group."""
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
        """Make the environment with pip, which needs no network: every environment has pip."""
        return self.run(
            f"python={self.bin}/python3\nenvironment .venv for-test pip\n.venv/bin/python -c "
            "'import pip'"
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a user's machine without Python, apt and sudo."""
    machine = Machine(tmp_path)
    machine.bin.mkdir()
    machine.project.mkdir()
    (machine.project / "pyproject.toml").touch()

    for tool in TOOLS:
        path = shutil.which(tool)
        if path:
            (machine.bin / tool).symlink_to(path)

    # TOOLS are links into /usr/bin; these programs hide the Pythons beside them.
    for name in PYTHONS:
        machine.program(name, "exit 127")

    machine.user(1000)

    return machine


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment as Python makes it."""
    folder = tmp_path_factory.mktemp("template") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    return folder


@pytest.fixture
def builder(machine: Machine, template: Path) -> Machine:
    """Return a machine whose Python makes real environments."""
    machine.program("python3", f'log python3 "$@"; mkdir -p "$3" && cp -al {template}/. "$3"')
    return machine


def install_lines(output: str) -> list[str]:
    """Return the lines of an output that can be pasted."""
    return [line.strip() for line in output.splitlines() if line.startswith("    ")]


def test_user_without_sudo_gets_one_line_for_all_packages(machine: Machine) -> None:
    """One line for root installs programs, Python with venv, and optional packages.

    No command changes the machine.
    """
    machine.apt(python3_venv="3.11.2-1", user_mode_linux="6.1")
    process = machine.run(
        PACKAGES
        + "wish linux.uml-of-a-test:user-mode-linux x:unknown\nneed_python\ninstall_missing"
    )

    assert 1 == process.returncode
    assert [f"{INSTALL} iproute2 iputils-ping python3-venv user-mode-linux"] == install_lines(
        process.stderr
    )
    assert process.stderr.startswith(
        "Debian packages are missing. Install them as root, then run this again:\n\n"
    )
    assert [] == machine.commands


def test_user_with_a_sudo_password_gets_the_line_with_sudo(machine: Machine) -> None:
    """With sudo on the machine, both commands of the line begin with sudo."""
    machine.apt(python3_venv="3.11.2-1")
    machine.program("sudo", "exit 1")
    process = machine.run(PACKAGES + "need_python\ninstall_missing")
    with_sudo = INSTALL.replace("apt-get", "sudo apt-get")

    assert [f"{with_sudo} iproute2 iputils-ping python3-venv"] == install_lines(process.stderr)
    assert [] == machine.commands


@pytest.mark.parametrize(("uid", "sudo"), [(0, ""), (1000, "sudo -n ")])
def test_root_and_sudo_install_at_once(machine: Machine, uid: int, sudo: str) -> None:
    """Root, and a user with sudo and no password, get the packages installed.

    The new Python is used at once.
    """
    machine.user(uid)
    machine.apt(python3_venv="3.11.2-1")
    machine.python("python3", makes_environments=False)
    machine.program("sudo", '[ "$*" = "-n true" ] && exit; log sudo -n; shift; exec "$@"')
    process = machine.run(PACKAGES + 'need_python\ninstall_missing\necho "$python"')

    assert (f"{machine.bin}/python3\n", 0) == (process.stdout, process.returncode)

    applied = [line for line in machine.commands if line != "sudo -n"]
    options = "-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0"
    install = "install -y -qq --no-install-recommends iproute2 iputils-ping python3-venv"

    assert [f"apt-get {options} update -qq", f"apt-get {options} {install}"] == applied
    assert bool(sudo) == ("sudo -n" in machine.commands)


def test_interrupted_installation_is_completed_first(machine: Machine) -> None:
    """After a half-configured package, apt-get refuses to install.

    Then dpkg configures the package, and the installation is repeated.
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
    """A package counts as missing until it is configured.

    The programs exist as soon as a package is unpacked, but may lack a library.
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
    """A failed installation ends the script with a message; a failed update does not."""
    machine.user(0)
    machine.apt()
    machine.program("apt-get", "exit 100")
    process = machine.run(PACKAGES + "install_missing\necho went on")

    assert (1, "") == (process.returncode, process.stdout)
    assert process.stderr.splitlines()[-1] == (
        "apt-get could not install iproute2 iputils-ping: see above; then run this again"
    )


def test_optional_packages_are_no_obstacle(machine: Machine) -> None:
    """Optional packages are named in one line, and a failed installation of them is ignored."""
    machine.apt(user_mode_linux="6.1")
    script = "wish linux.uml-of-a-test:user-mode-linux x:unknown\ninstall_missing\necho went on"
    process = machine.run(script)

    assert ("went on\n", [f"{INSTALL} user-mode-linux"]) == (
        process.stdout,
        install_lines(process.stderr),
    )

    machine.user(0)
    machine.program("apt-get", '[ "$5" = update ]')

    assert "went on\n" == machine.run(script).stdout


def test_complete_machine_gets_no_message(machine: Machine) -> None:
    """A complete machine gets no request, and unknown optional packages are not named."""
    machine.python("python3")
    machine.apt()
    process = machine.run(
        "need sh:dash /:base-files\nwish x-of-a-test:unknown\nneed_python\ninstall_missing"
    )

    assert (0, "", []) == (process.returncode, process.stderr, machine.commands)


def test_newer_python_beside_an_older_one_is_used(machine: Machine) -> None:
    """`python3.11` is used where `python3` is older."""
    machine.python("python3", is_new=False)
    machine.python("python3.11")
    process = machine.run('need_python\ninstall_missing\necho "$python"')
    assert f"{machine.bin}/python3.11\n" == process.stdout


def test_newer_python_gets_its_own_venv_package(machine: Machine) -> None:
    """Without ensurepip, the venv package of the newer Python is named, not of `python3`."""
    machine.python("python3", is_new=False)
    machine.python("python3.11", makes_environments=False)
    machine.apt(python3_venv="3.10.6", python3_11_venv="3.11.0")
    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)

    assert line.endswith(" python3.11-venv")


def test_newer_python_that_only_apt_has_is_named(machine: Machine) -> None:
    """Where `python3` is too old, a newer Python of apt is named."""
    machine.python("python3", is_new=False)
    machine.apt(python3_venv="3.10.6", python3_12_venv="3.12.3")
    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)
    assert line.endswith(" python3.12-venv")


def test_too_old_python_is_reported(machine: Machine) -> None:
    """Where apt has no newer Python either, no package is named, for no package would help."""
    machine.python("python3", is_new=False)
    machine.apt(python3_venv="3.9.2-3")
    process = machine.run("need_python\ninstall_missing")

    assert (1, []) == (process.returncode, install_lines(process.stderr))
    assert process.stderr.startswith(
        "Python 3.11 or later is needed. This system has Python 3.9.2, and apt offers no newer"
    )


@pytest.mark.parametrize(
    ("has_python", "package"), [(False, "python3-venv"), (True, "python3.12-venv")]
)
def test_python_is_guessed_where_apt_has_no_lists(
    machine: Machine, has_python: bool, package: str
) -> None:
    """Without package lists, Debian's Python or the venv of the present Python is named."""
    machine.apt()

    if has_python:
        machine.python("python3.12", makes_environments=False)
    else:
        (machine.bin / "python3").unlink()

    (line,) = install_lines(machine.run("need_python\ninstall_missing").stderr)

    assert line.endswith(f" {package}")


def test_missing_programs_are_listed_without_apt(machine: Machine) -> None:
    """Without apt, the message names programs and Python, and no command."""
    process = machine.run(PACKAGES + "need_python\ninstall_missing")

    assert (1, []) == (process.returncode, install_lines(process.stderr))
    assert process.stderr.splitlines() == [
        (
            "This system has no apt-get. Install, by its own means, what is missing here, then run "
            "this again:"
        ),
        "  the programs of the Debian packages iproute2 iputils-ping",
        "  Python 3.11 or later, with its modules venv and ensurepip",
    ]


def test_environment_is_made_once(builder: Machine) -> None:
    """The second run uses the environment of the first run, without output."""
    first, second = builder.make_environment(), builder.make_environment()
    assert [0, 0] == [first.returncode, second.returncode]
    assert ("making a virtual environment in .venv\n", "") == (first.stderr, second.stderr)
    assert ["python3 -m venv .venv"] == builder.commands


def without_pip(environment: Path) -> None:
    """Remove the packages, as if ensurepip were missing or had not begun."""
    shutil.rmtree(next(environment.glob("lib/python*/site-packages")))


def without_record(environment: Path) -> None:
    """Remove pip's list of files, which pip writes last: an interrupted installation."""
    next(environment.glob("lib/python*/site-packages/pip-*.dist-info/RECORD")).unlink()


def with_dangling_python(environment: Path) -> None:
    """Link to a missing Python, as if the Python of the environment were removed."""
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to("/nowhere/python3")


def with_upgraded_python(environment: Path) -> None:
    """Rename the library folder, as if /usr/bin/python3 had another version now.

    The new version looks for its packages in another folder.
    """
    library = next(environment.glob("lib/python*"))
    library.rename(library.with_name("python3.9"))


def in_a_moved_project(environment: Path) -> None:
    """Write a stamp of another path: the scripts of a moved project name the old Python."""
    (environment / "for-test").write_text("/elsewhere/project\n")


def with_another_package_half_installed(environment: Path) -> None:
    """Add a package with metadata and no files, as after Ctrl-C during pip's installation."""
    packages = next(environment.glob("lib/python*/site-packages"))
    half = packages / "half-1.0.dist-info"
    half.mkdir()
    (half / "METADATA").write_text("Name: half\nVersion: 1.0\n")


def only_a_folder(environment: Path) -> None:
    """Leave only the folder, as if the creation had just begun."""
    shutil.rmtree(environment)
    environment.mkdir()


def a_dangling_link(environment: Path) -> None:
    """Link the environment to a missing folder."""
    shutil.rmtree(environment)
    environment.symlink_to("/nowhere/venv")


DAMAGES = (
    *(without_pip, without_record, with_dangling_python, with_upgraded_python),
    *(in_a_moved_project, with_another_package_half_installed, only_a_folder, a_dangling_link),
)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_broken_environment_is_replaced(builder: Machine, damage: "object") -> None:
    """A broken environment is detected, removed and made again, and the run continues."""
    assert callable(damage)

    builder.make_environment()
    damage(builder.project / ".venv")
    process = builder.make_environment()

    assert 0 == process.returncode, process.stderr
    assert process.stderr.startswith(
        "the virtual environment in .venv does not work: removing it\nmaking "
    )
    assert 2 * ["python3 -m venv .venv"] == builder.commands


def test_interrupted_environment_is_replaced(builder: Machine, template: Path) -> None:
    """Ctrl-C during the creation ends the script, and the next run replaces the environment."""
    original = (builder.bin / "python3").read_text()
    builder.program(
        "python3", f'mkdir -p "$3/bin"; cp -a {template}/bin/. "$3/bin"; kill -INT 0; exec sleep 60'
    )
    (builder.bin / "sleep").symlink_to(str(shutil.which("sleep")))

    assert -signal.SIGINT == builder.make_environment().returncode

    (builder.bin / "python3").write_text(original)
    process = builder.make_environment()

    assert 0 == process.returncode, process.stderr
    assert ["python3 -m venv .venv"] == builder.commands


def test_packages_are_installed_again_when_the_project_changes(builder: Machine) -> None:
    """After a change of pyproject.toml, pip runs again in the same environment."""
    builder.make_environment()
    stamp = builder.project / ".venv" / "for-test"
    os.utime(stamp, (1, 1))

    assert "" == builder.make_environment().stderr
    assert stamp.stat().st_mtime > 1
    assert ["python3 -m venv .venv"] == builder.commands


def test_existing_environment_is_kept(builder: Machine, template: Path) -> None:
    """A working environment of another origin, with an empty stamp, is used unchanged."""
    shutil.copytree(template, builder.project / ".venv", symlinks=True)
    (builder.project / ".venv" / "for-test").touch()
    assert "" == builder.make_environment().stderr
    assert [] == builder.commands


def test_python_that_cannot_make_an_environment_is_named(builder: Machine) -> None:
    """The message names the failed Python and the folder; the next run finds a half-made
    environment.
    """
    builder.program("python3", "exit 1")
    process = builder.make_environment()

    assert 1 == process.returncode
    assert process.stderr.endswith(
        "/python3 could not make a virtual environment in .venv: see above\n"
    )


def test_packages_that_pip_cannot_install_are_named(builder: Machine) -> None:
    """A failure of pip ends the script with a message after pip's own."""
    process = builder.run(
        f"python={builder.bin}/python3\nenvironment .venv for-test ./no-such-project\necho went on"
    )

    assert (1, "") == (process.returncode, process.stdout)
    assert process.stderr.endswith(
        "pip could not install ./no-such-project into .venv: see above; then run this again\n"
    )
    assert not (builder.project / ".venv" / "for-test").exists()


def test_python_of_the_tests_is_usable() -> None:
    """A real Python passes the checks that the fake Pythons answer."""
    script = f'PATH={Path(sys.executable).parent}:$PATH\n. {BOOTSTRAP}\nneed_python\necho "$python"'
    process = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=False)
    assert Path(process.stdout.strip()).exists()
    assert 0 == process.returncode, process.stderr
