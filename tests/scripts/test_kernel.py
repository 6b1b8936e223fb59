"""scripts/kernel: a command on a full kernel, with a stand-in for the kernel where that is
enough.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import running
from tests.scripts.covering import covering
from tests.waiting import until

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
KERNEL = str(SCRIPTS / "kernel")
PACKAGED = "/usr/bin/linux.uml"
STAND_IN = """\
#!/bin/sh
[ "$1" != --version ] || { echo 9.9; exit; }
for word; do
    case $word in folder=*) eval "$word" ;; esac
done
"""
REPORT = """\
: >"$folder/booted"
taskset -cp $$ | sed 's/.*: //' >&4
"""
END = """\
echo 3 >"$folder/status"
"""


def run(
    *words: str,
    cwd: Path | None = None,
    before: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run scripts/kernel with some words, and with a stdin that is not empty."""
    argv = [*before, KERNEL, *words]
    environment = {**os.environ, **(variables or {})}
    return subprocess.run(
        argv, cwd=cwd, env=environment, input="typed\n", capture_output=True, text=True, check=False
    )


def errors(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what the command wrote on stderr, without the line that a slow machine has before
    it.
    """
    announced = "scripts/kernel: booting "
    return "".join(
        line for line in done.stderr.splitlines(keepends=True) if not line.startswith(announced)
    )


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """Return a program in the kernel's place, to which a test adds what it does."""
    if (
        subprocess.run(
            [*covering({}), "unshare", "--pid", "--fork", "true"], check=False
        ).returncode
        != 0
    ):
        pytest.skip("no process numbers of our own here")
    program = tmp_path / "ipwrap" / "linux"
    program.parent.mkdir()
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return program


@pytest.fixture(scope="module")
def uml() -> str:
    """Return the kernel's file; skip where there is none, with what scripts/kernel says."""
    done = run("--which")
    if done.returncode != 0:
        pytest.skip(done.stderr.strip())
    return done.stdout.partition(": Linux")[0]


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_printed(word: str) -> None:
    """The usage, on stdout, with status 0."""
    done = run(word)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("Run a command on a full Linux kernel")
    assert "scripts/kernel --newest COMMAND" in done.stdout


def test_no_command_at_all_is_a_mistake() -> None:
    """The usage, on stderr, with status 2."""
    done = run()
    assert (2, "", run("--help").stdout) == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("word", ["--newst", "-x", "--"])
def test_unknown_option_is_refused_with_those_that_there_are(word: str) -> None:
    """It is never run as a command."""
    done = run(word, "id")
    said = (
        f"scripts/kernel: no such option: {word} (there are --newest, --which, --build, --help)\n"
    )
    assert (2, "", said) == (done.returncode, done.stdout, done.stderr)


def test_newest_needs_a_command() -> None:
    """Nothing is fetched for nothing."""
    done = run("--newest")
    assert (2, "scripts/kernel: --newest needs a command\n") == (done.returncode, done.stderr)


def test_kernel_that_was_built_comes_first(stand_in: Path) -> None:
    """Then that of Debian's package; KERNEL says another one."""
    done = run("--which", variables={"XDG_CACHE_HOME": str(stand_in.parents[1]), "KERNEL": ""})
    assert f"{stand_in}: Linux 9.9\n" == done.stdout

    other = shutil.copy(stand_in, stand_in.with_name("other"))
    done = run(
        "--which", variables={"XDG_CACHE_HOME": str(stand_in.parents[1]), "KERNEL": str(other)}
    )
    assert f"{other}: Linux 9.9\n" == done.stdout


def test_kernel_that_is_no_program_is_refused(tmp_path: Path) -> None:
    """No other one is taken for it."""
    done = run("true", variables={"KERNEL": str(tmp_path / "gone")})
    assert (125, f"scripts/kernel: KERNEL={tmp_path}/gone is no program\n") == (
        done.returncode,
        done.stderr,
    )


def test_machine_without_a_kernel_is_told_what_to_install(tmp_path: Path) -> None:
    """The package, and kmod, and the other way."""
    done = run(
        "true",
        before=covering({PACKAGED: "/dev/null"}),
        variables={"XDG_CACHE_HOME": str(tmp_path), "KERNEL": ""},
    )
    install = (
        "apt-get install --no-install-recommends user-mode-linux kmod (or: scripts/kernel --build)"
    )
    assert (125, f"scripts/kernel: no full kernel here: {install}\n") == (
        done.returncode,
        done.stderr,
    )


def test_packaged_kernel_without_kmod_is_refused(tmp_path: Path) -> None:
    """Most kinds of links are modules of it."""
    before = covering({PACKAGED: "/bin/true", "/sbin/modprobe": "/dev/null"})
    done = run("true", before=before, variables={"XDG_CACHE_HOME": str(tmp_path), "KERNEL": ""})
    assert 125 == done.returncode
    assert f"scripts/kernel: {PACKAGED} needs kmod for its modules: apt-get install" in done.stderr


def test_folder_for_the_run_is_needed(stand_in: Path) -> None:
    """A TMPDIR that is none is reported."""
    done = run("true", variables={"KERNEL": str(stand_in), "TMPDIR": "/nonexistent"})
    assert 125 == done.returncode
    assert done.stderr.endswith(
        "scripts/kernel: there is no folder to write to: set TMPDIR to one\n"
    )


def test_kernel_runs_on_the_processor_that_was_asked_for(stand_in: Path) -> None:
    """On one of those that we may run on."""
    cpu = max(os.sched_getaffinity(0))
    with stand_in.open("a") as file:
        file.write(REPORT + END)
    done = run("true", variables={"KERNEL": str(stand_in), "KERNEL_CPU": str(cpu)})
    assert (3, f"{cpu}\n") == (done.returncode, done.stdout)


def test_kernels_side_by_side_run_on_processors_of_their_own(
    stand_in: Path, tmp_path: Path
) -> None:
    """As long as there are any left; one more shares one."""
    allowed = os.sched_getaffinity(0)
    go = tmp_path / "go"
    with stand_in.open("a") as file:
        file.write(f'{REPORT}until [ -e "{go}" ]; do sleep 0.1; done\n{END}')
    environment = {**os.environ, "KERNEL": str(stand_in), "KERNEL_CPU": ""}
    locks = {}  # of this test alone: kernels of others run here, too
    for cpu in allowed:
        locks[f"/sys/devices/system/cpu/cpu{cpu}"] = lock = tmp_path / f"cpu{cpu}"
        lock.mkdir()
    argv = [*covering(locks), KERNEL, "true"]
    used = []
    with ExitStack() as started:
        started.callback(go.touch)
        for _ in range(len(allowed) + 1):
            kernel = subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment, text=True)
            started.callback(kernel.__exit__, None, None, None)
            assert kernel.stdout is not None
            used.append(int(kernel.stdout.readline()))
        go.touch()
    assert allowed == set(used)


def test_slow_start_is_announced(stand_in: Path, tmp_path: Path) -> None:
    """After five seconds, with where to look."""
    go = tmp_path / "go"
    with stand_in.open("a") as file:
        file.write(f'until [ -e "{go}" ]; do sleep 0.1; done\n{END}')
    environment = {**os.environ, "KERNEL": str(stand_in)}
    with subprocess.Popen(
        [KERNEL, "true"], stderr=subprocess.PIPE, env=environment, text=True
    ) as kernel:
        try:
            assert kernel.stderr is not None
            line = kernel.stderr.readline()
        finally:
            go.touch()
    assert line.startswith(f"scripts/kernel: booting Linux 9.9 ({stand_in}); it writes to ")
    assert 3 == kernel.returncode


def test_installed_iproute2_is_used_where_none_can_be_fetched(
    stand_in: Path, tmp_path: Path
) -> None:
    """The command runs, and it is said."""
    with stand_in.open("a") as file:
        file.write(REPORT + END)
    (tmp_path / "full").touch()
    variables = {"KERNEL": str(stand_in), "XDG_CACHE_HOME": str(tmp_path / "full")}
    done = run("--newest", "true", variables=variables)
    assert 3 == done.returncode
    assert done.stderr.endswith("scripts/kernel: with the iproute2 that is installed\n")


def test_command_gives_its_output_and_status(uml: str, tmp_path: Path) -> None:
    """Both streams apart, no stdin, the current folder and its files written as here, whatever its
    name.
    """
    folder = tmp_path / "a, b c"
    folder.mkdir()
    script = 'cat; echo "$1"; echo no >&2; pwd; id -u; uname -r >release; exit 3'
    done = run("sh", "-c", script, "sh", "one  two\n three", cwd=folder)
    assert (3, f"one  two\n three\n{folder}\n0\n", "no\n") == (
        done.returncode,
        done.stdout,
        errors(done),
    )
    version = subprocess.run([uml, "--version"], capture_output=True, text=True, check=True).stdout
    assert version == (folder / "release").read_text()


def test_large_environment_and_words_arrive(uml: str, tmp_path: Path) -> None:
    """More than xargs takes by itself, which would then run two commands."""
    large = {f"LARGE{number}": "x" * 100_000 for number in range(4)}
    done = run(
        "sh",
        "-c",
        "echo ${#LARGE0} ${#LARGE3} ${#1}",
        "sh",
        "y" * 100_000,
        cwd=tmp_path,
        variables=large,
    )
    assert (0, "100000 100000 100000\n") == (done.returncode, done.stdout)


def test_command_that_cannot_be_run(uml: str, tmp_path: Path) -> None:
    """A shell's status and words."""
    done = run("nonesuch", cwd=tmp_path)
    assert (127, "", "scripts/kernel: 1: nonesuch: not found\n") == (
        done.returncode,
        done.stdout,
        errors(done),
    )


def test_kernels_run_side_by_side(uml: str, tmp_path: Path) -> None:
    """Two that wait for one another both end well."""
    meeting = 'touch "$1"; until [ -e "$2" ]; do sleep 0.1; done; echo met'
    started = []
    for names in (("a", "b"), ("b", "a")):
        argv = [KERNEL, "sh", "-c", meeting, "sh", *names]
        started.append(subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True))
    assert ["met\n"] * 2 == [kernel.communicate()[0] for kernel in started]
    assert [0, 0] == [kernel.returncode for kernel in started]


def test_init_that_fails_ends_the_kernel_at_once(uml: str, tmp_path: Path) -> None:
    """With status 125, and which step it was."""
    done = run("echo", "ran", cwd=tmp_path, before=covering({"/usr/bin/mkfifo": "/usr/bin/false"}))
    assert (125, "") == (done.returncode, done.stdout)
    assert "scripts/uml/init: failed with 1: mkfifo /run/out /run/err\n" in done.stderr
    assert done.stderr.endswith("before the command did; above is what it said last\n")


def test_kernel_that_panics_ends(uml: str, tmp_path: Path) -> None:
    """With status 125 and its last words, though process 1 cannot be aborted.

    It is another process.
    """
    done = run("sh", "-c", "echo c >/proc/sysrq-trigger", cwd=tmp_path)
    assert 125 == done.returncode
    assert "Kernel panic - not syncing" in done.stderr


def test_too_little_memory_is_reported(uml: str, tmp_path: Path) -> None:
    """The kernel says so itself."""
    done = run("true", cwd=tmp_path, variables={"KERNEL_MEMORY": "1M"})
    assert 125 == done.returncode
    assert "physical memory" in done.stderr


def test_time_out_has_a_status_of_its_own(uml: str, tmp_path: Path) -> None:
    """Wherever the kernel is by then."""
    done = run("sleep", "600", cwd=tmp_path, variables={"KERNEL_TIMEOUT": "2"})
    assert (124, "") == (done.returncode, done.stdout)
    assert done.stderr.endswith("scripts/kernel: ended after 2 s\n")


def test_interrupted_run_leaves_nothing(uml: str, tmp_path: Path) -> None:
    """No folder and no process, as soon as it has ended."""
    held = tmp_path / "held"
    held.mkdir()
    argv = [KERNEL, "sh", "-c", "echo up; exec sleep 600"]
    environment = {**os.environ, "TMPDIR": str(held)}
    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        assert "up\n" == kernel.stdout.readline()
        (folder,) = held.iterdir()
        assert [] != running(f"uml_dir={folder}/uml")
        kernel.send_signal(signal.SIGINT)
        assert 130 == kernel.wait()
        assert [] == list(held.iterdir())
        assert until(lambda: [] == running(f"uml_dir={folder}/uml"))


@pytest.fixture
def users(uml: str) -> Iterator[Mapping[str, str]]:
    """Return the variables of an ordinary user who has a copy of the scripts and of the kernel at
    home.
    """
    if os.geteuid() != 0:
        pytest.skip("we are an ordinary user already")
    home = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(SCRIPTS / "uml", home / "scripts" / "uml")
        shutil.copy(KERNEL, home / "scripts" / "kernel")
        kernel = uml if uml == PACKAGED else shutil.copy(uml, home / "linux")
        subprocess.run(["chown", "-R", "1000:1000", home], check=True)
        yield {"HOME": str(home), "KERNEL": str(kernel), "PATH": os.environ["PATH"]}
    finally:
        shutil.rmtree(home)


def test_ordinary_user_is_root_there(users: Mapping[str, str]) -> None:
    """Who can make links and write the own folder, and nothing of root's."""
    script = (
        "id -u; echo >made; ip link add v0 type veth && cat /sys/class/net/v0/address | wc "
        "-l; echo >/etc/made"
    )
    argv = [
        "setpriv",
        "--reuid",
        "1000",
        "--regid",
        "1000",
        "--clear-groups",
        "./scripts/kernel",
        "sh",
        "-c",
        script,
    ]
    tried = subprocess.run(
        [*argv[:6], "unshare", "--user", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"no user namespaces for ordinary users: {tried.stderr.strip()}")
    done = subprocess.run(
        argv, cwd=users["HOME"], env=users, capture_output=True, text=True, check=False
    )
    assert "0\n1\n" == done.stdout, done.stderr
    assert "Read-only file system" in done.stderr
    assert (1000, 1000) == ((made := Path(users["HOME"], "made").stat()).st_uid, made.st_gid)
