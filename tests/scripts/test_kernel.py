"""scripts/kernel: run a command on a full kernel, or on a fake kernel where a fake is enough."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import running
from tests.scripts.covering import cover_files
from tests.waiting import until

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
KERNEL = str(SCRIPTS / "kernel")
PACKAGED = "/usr/bin/linux.uml"
FAKE_KERNEL = """\
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


def run_kernel(
    *arguments: str,
    cwd: Path | None = None,
    prefix: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run scripts/kernel with a stdin that is not empty."""
    argv = [*prefix, KERNEL, *arguments]
    environment = {**os.environ, **(variables or {})}

    return subprocess.run(
        argv, cwd=cwd, env=environment, input="typed\n", capture_output=True, text=True, check=False
    )


def command_errors(process: "subprocess.CompletedProcess[str]") -> str:
    """Return the command's stderr, without the first line of scripts/kernel on a slow machine."""
    announced = "scripts/kernel: booting "
    return "".join(
        line for line in process.stderr.splitlines(keepends=True) if not line.startswith(announced)
    )


@pytest.fixture
def fake_kernel(tmp_path: Path) -> Path:
    """Return a program in the place of the kernel, to which a test adds behaviour."""
    argv = [*cover_files({}), "unshare", "--pid", "--fork", "true"]
    if subprocess.run(argv, check=False).returncode != 0:
        pytest.skip("no process numbers of our own here")

    program = tmp_path / "ipwrap" / "linux"
    program.parent.mkdir()
    program.write_text(FAKE_KERNEL)
    program.chmod(0o755)

    return program


@pytest.fixture(scope="module")
def uml() -> str:
    """Return the path of the kernel; skip with the message of scripts/kernel where no kernel is."""
    process = run_kernel("--which")
    if process.returncode != 0:
        pytest.skip(process.stderr.strip())
    return process.stdout.partition(": Linux")[0]


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_printed(option: str) -> None:
    """`--help` prints the usage on stdout, with status 0."""
    process = run_kernel(option)
    assert (0, "") == (process.returncode, process.stderr)
    assert process.stdout.startswith("Run a command on a full Linux kernel")
    assert "scripts/kernel --newest COMMAND" in process.stdout


def test_no_command_at_all_is_a_mistake() -> None:
    """A call without arguments prints the usage on stderr, with status 2."""
    process = run_kernel()

    assert (2, "", run_kernel("--help").stdout) == (
        process.returncode,
        process.stdout,
        process.stderr,
    )


@pytest.mark.parametrize("option", ["--newst", "-x", "--"])
def test_unknown_option_is_refused_with_the_known_options(option: str) -> None:
    """An unknown option is never run as a command."""
    process = run_kernel(option, "id")
    message = (
        f"scripts/kernel: no such option: {option} (there are --newest, --which, --build, --help)\n"
    )

    assert (2, "", message) == (process.returncode, process.stdout, process.stderr)


def test_newest_needs_a_command() -> None:
    """`--newest` without a command fetches nothing."""
    process = run_kernel("--newest")
    assert (2, "scripts/kernel: --newest needs a command\n") == (process.returncode, process.stderr)


def test_kernel_that_was_built_comes_first(fake_kernel: Path) -> None:
    """A built kernel precedes Debian's package, and KERNEL precedes both."""
    process = run_kernel(
        "--which", variables={"XDG_CACHE_HOME": str(fake_kernel.parents[1]), "KERNEL": ""}
    )

    assert f"{fake_kernel}: Linux 9.9\n" == process.stdout

    kernel = shutil.copy(fake_kernel, fake_kernel.with_name("other"))
    process = run_kernel(
        "--which", variables={"XDG_CACHE_HOME": str(fake_kernel.parents[1]), "KERNEL": str(kernel)}
    )

    assert f"{kernel}: Linux 9.9\n" == process.stdout


def test_kernel_that_is_no_program_is_refused(tmp_path: Path) -> None:
    """With a wrong KERNEL, no other kernel is used."""
    process = run_kernel("true", variables={"KERNEL": str(tmp_path / "gone")})

    assert (125, f"scripts/kernel: KERNEL={tmp_path}/gone is no program\n") == (
        process.returncode,
        process.stderr,
    )


def test_machine_without_a_kernel_is_told_what_to_install(tmp_path: Path) -> None:
    """The message names the package, kmod, and the way to build a kernel."""
    process = run_kernel(
        "true",
        prefix=cover_files({PACKAGED: "/dev/null"}),
        variables={"XDG_CACHE_HOME": str(tmp_path), "KERNEL": ""},
    )

    install = (
        "apt-get install --no-install-recommends user-mode-linux kmod (or: scripts/kernel --build)"
    )

    assert (125, f"scripts/kernel: no full kernel here: {install}\n") == (
        process.returncode,
        process.stderr,
    )


def test_packaged_kernel_without_kmod_is_refused(tmp_path: Path) -> None:
    """Debian's kernel needs kmod, for most kinds of links are modules."""
    prefix = cover_files({PACKAGED: "/bin/true", "/sbin/modprobe": "/dev/null"})
    process = run_kernel(
        "true", prefix=prefix, variables={"XDG_CACHE_HOME": str(tmp_path), "KERNEL": ""}
    )

    assert 125 == process.returncode
    assert (
        f"scripts/kernel: {PACKAGED} needs kmod for its modules: apt-get install" in process.stderr
    )


def test_folder_for_the_run_is_needed(fake_kernel: Path) -> None:
    """A TMPDIR that does not exist is reported."""
    process = run_kernel("true", variables={"KERNEL": str(fake_kernel), "TMPDIR": "/nonexistent"})

    assert 125 == process.returncode
    assert process.stderr.endswith(
        "scripts/kernel: there is no folder to write to: set TMPDIR to one\n"
    )


def test_kernel_runs_on_the_processor_that_was_asked_for(fake_kernel: Path) -> None:
    """KERNEL_CPU selects a processor of the allowed set."""
    cpu = max(os.sched_getaffinity(0))
    with fake_kernel.open("a") as file:
        file.write(REPORT + END)

    process = run_kernel("true", variables={"KERNEL": str(fake_kernel), "KERNEL_CPU": str(cpu)})

    assert (3, f"{cpu}\n") == (process.returncode, process.stdout)


def test_kernels_side_by_side_run_on_processors_of_their_own(
    fake_kernel: Path, tmp_path: Path
) -> None:
    """Kernels use separate processors while processors are left; one more kernel shares."""
    allowed = os.sched_getaffinity(0)
    go = tmp_path / "go"
    with fake_kernel.open("a") as file:
        file.write(f'{REPORT}until [ -e "{go}" ]; do sleep 0.1; done\n{END}')

    environment = {**os.environ, "KERNEL": str(fake_kernel), "KERNEL_CPU": ""}
    locks = {}  # of this test alone: kernels of others run here, too

    for cpu in allowed:
        locks[f"/sys/devices/system/cpu/cpu{cpu}"] = lock = tmp_path / f"cpu{cpu}"
        lock.mkdir()

    argv = [*cover_files(locks), KERNEL, "true"]
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


def test_slow_start_is_announced(fake_kernel: Path, tmp_path: Path) -> None:
    """After five seconds, a line names the kernel and its log."""
    go = tmp_path / "go"
    with fake_kernel.open("a") as file:
        file.write(f'until [ -e "{go}" ]; do sleep 0.1; done\n{END}')

    environment = {**os.environ, "KERNEL": str(fake_kernel)}

    with subprocess.Popen(
        [KERNEL, "true"], stderr=subprocess.PIPE, env=environment, text=True
    ) as kernel:
        try:
            assert kernel.stderr is not None
            line = kernel.stderr.readline()
        finally:
            go.touch()

    assert line.startswith(f"scripts/kernel: booting Linux 9.9 ({fake_kernel}); it writes to ")
    assert 3 == kernel.returncode


def test_installed_iproute2_is_used_where_none_can_be_fetched(
    fake_kernel: Path, tmp_path: Path
) -> None:
    """The command runs with the installed iproute2, and a line says so."""
    with fake_kernel.open("a") as file:
        file.write(REPORT + END)

    (tmp_path / "full").touch()
    variables = {"KERNEL": str(fake_kernel), "XDG_CACHE_HOME": str(tmp_path / "full")}
    process = run_kernel("--newest", "true", variables=variables)

    assert 3 == process.returncode
    assert process.stderr.endswith("scripts/kernel: with the iproute2 that is installed\n")


def test_command_gives_its_output_and_status(uml: str, tmp_path: Path) -> None:
    """Output, status, folder and files of the command are as on this machine.

    Stdout and stderr stay separate, stdin is empty, and the current folder may have any name.
    """
    folder = tmp_path / "a, b c"
    folder.mkdir()
    script = 'cat; echo "$1"; echo no >&2; pwd; id -u; uname -r >release; exit 3'
    process = run_kernel("sh", "-c", script, "sh", "one  two\n three", cwd=folder)

    assert (3, f"one  two\n three\n{folder}\n0\n", "no\n") == (
        process.returncode,
        process.stdout,
        command_errors(process),
    )

    version = subprocess.run([uml, "--version"], capture_output=True, text=True, check=True).stdout
    assert version == (folder / "release").read_text()


def test_programs_keep_what_they_copy(uml: str, tmp_path: Path) -> None:
    """Registers survive a page that is made meanwhile, on processors with more of them as well."""
    script = (
        "import os; data = os.urandom(3 << 20); print(all(bytes(bytearray(data[: 517 * n])) "
        "== data[: 517 * n] for n in range(400)))"
    )
    # The kernel has a /tmp of its own, in which no virtual environment of this machine is.
    process = run_kernel(os.path.realpath(sys.executable), "-c", script, cwd=tmp_path)

    assert (0, "True\n") == (process.returncode, process.stdout)


def test_large_environment_and_words_arrive(uml: str, tmp_path: Path) -> None:
    """Large environments and arguments arrive; xargs alone would split the command in two."""
    large = {f"LARGE{number}": "x" * 100_000 for number in range(4)}
    process = run_kernel(
        "sh",
        "-c",
        "echo ${#LARGE0} ${#LARGE3} ${#1}",
        "sh",
        "y" * 100_000,
        cwd=tmp_path,
        variables=large,
    )

    assert (0, "100000 100000 100000\n") == (process.returncode, process.stdout)


def test_command_that_cannot_be_run(uml: str, tmp_path: Path) -> None:
    """A missing command ends with a shell's status and message."""
    process = run_kernel("nonesuch", cwd=tmp_path)

    assert (127, "", "scripts/kernel: 1: nonesuch: not found\n") == (
        process.returncode,
        process.stdout,
        command_errors(process),
    )


def test_kernels_run_side_by_side(uml: str, tmp_path: Path) -> None:
    """Two kernels that wait for each other both succeed."""
    meeting = 'touch "$1"; until [ -e "$2" ]; do sleep 0.1; done; echo met'
    started = []

    for names in (("a", "b"), ("b", "a")):
        argv = [KERNEL, "sh", "-c", meeting, "sh", *names]
        started.append(subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True))

    assert ["met\n"] * 2 == [kernel.communicate()[0] for kernel in started]
    assert [0, 0] == [kernel.returncode for kernel in started]


def test_init_that_fails_ends_the_kernel_at_once(uml: str, tmp_path: Path) -> None:
    """A failed init ends with status 125 and the name of the failed step."""
    process = run_kernel(
        "echo", "ran", cwd=tmp_path, prefix=cover_files({"/usr/bin/mkfifo": "/usr/bin/false"})
    )

    assert (125, "") == (process.returncode, process.stdout)
    assert "scripts/uml/init: failed with 1: mkfifo /run/out /run/err\n" in process.stderr
    assert process.stderr.endswith("before the command did; above is what it said last\n")


def test_kernel_that_panics_ends(uml: str, tmp_path: Path) -> None:
    """A panic ends with status 125 and the last output.

    Process 1 cannot be aborted, so another process panics.
    """
    process = run_kernel("sh", "-c", "echo c >/proc/sysrq-trigger", cwd=tmp_path)
    assert 125 == process.returncode
    assert "Kernel panic - not syncing" in process.stderr


def test_too_little_memory_is_reported(uml: str, tmp_path: Path) -> None:
    """The kernel itself reports too little memory."""
    process = run_kernel("true", cwd=tmp_path, variables={"KERNEL_MEMORY": "1M"})
    assert 125 == process.returncode
    assert "physical memory" in process.stderr


def test_time_out_has_a_status_of_its_own(uml: str, tmp_path: Path) -> None:
    """A timeout ends with status 124, wherever the kernel is."""
    process = run_kernel("sleep", "600", cwd=tmp_path, variables={"KERNEL_TIMEOUT": "2"})
    assert (124, "") == (process.returncode, process.stdout)
    assert process.stderr.endswith("scripts/kernel: ended after 2 s\n")


def test_interrupted_run_leaves_nothing(uml: str, tmp_path: Path) -> None:
    """After Ctrl-C, no folder and no process is left."""
    temporary = tmp_path / "held"
    temporary.mkdir()
    argv = [KERNEL, "sh", "-c", "echo up; exec sleep 600"]
    environment = {**os.environ, "TMPDIR": str(temporary)}

    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        assert "up\n" == kernel.stdout.readline()
        (folder,) = temporary.iterdir()
        assert [] != running(f"uml_dir={folder}/uml")
        kernel.send_signal(signal.SIGINT)
        assert 130 == kernel.wait()
        assert [] == list(temporary.iterdir())
        assert until(lambda: [] == running(f"uml_dir={folder}/uml"))


@pytest.fixture
def user_environment(uml: str) -> Iterator[Mapping[str, str]]:
    """Return the environment of an ordinary user with the scripts and the kernel at home."""
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


def test_ordinary_user_is_root_in_the_kernel(user_environment: Mapping[str, str]) -> None:
    """An ordinary user may create links and write to the home folder, but not to root's files."""
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

    unshare = subprocess.run(
        [*argv[:6], "unshare", "--user", "true"], capture_output=True, text=True, check=False
    )
    if unshare.returncode != 0:
        pytest.skip(f"no user namespaces for ordinary users: {unshare.stderr.strip()}")

    process = subprocess.run(
        argv,
        cwd=user_environment["HOME"],
        env=user_environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "0\n1\n" == process.stdout, process.stderr
    assert "Read-only file system" in process.stderr

    owner = Path(user_environment["HOME"], "made").stat()
    assert (1000, 1000) == (owner.st_uid, owner.st_gid)
