"""The checks of CI: run all by `nox`, or some, such as `nox -s lint types`; `nox --list` lists
them.

One Python, the one that runs nox, runs all tests. The other Pythons of this machine run only the
tests that depend most on Python and the packages (`pythons-3.12`). The same tests run with the
lowest versions of the packages (`lowest`) and, on request only, with the newest (`newest`): a fresh
environment has the newest versions already.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nox
import nox.project

nox.options.sessions = [
    "lint",
    "types",
    "docs",
    "tests",
    "pythons",
    "lowest",
    "surface",
    "labs",
    "kernel",
    "fresh",
]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

TESTING = (
    "pytest",
    "mypy",
    "pytest-xdist",
    "coverage[toml]>=7.10",
    "hypothesis",
    "jsonschema",
    "pyyaml",
    "hatchling",
)
SHELL = (
    *("scripts/demo", "scripts/test", "scripts/fresh", "scripts/bootstrap.sh", ".ci/run"),
    *("scripts/kernel", "scripts/uml/init", "scripts/uml/build", "scripts/uml/iproute2"),
    *(f"ipwrap/shims/shell/{name}.sh" for name in ("shim", "calls", "input", "through", "sudo")),
)
# Tests that wait leave room for others.
WORKERS = str(max(4, os.cpu_count() or 1))
# Slow tests stand together: at the end, idle workers take some from one that has many left.
BALANCED = ("--dist", "worksteal")
# Compares a worker of iproute2 with a process for each command.
DIFFERENTIAL = "tests/executors/test_differential.py"
# Tests of `bridge` that need CONFIG_BRIDGE_VLAN_FILTERING, which few machines' kernels have.
VLANS = ("vlan", "global_vlan", "mst", "monitor")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
KERNEL_PYTEST = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--maxfail=25")
# Tests that depend on Python and the packages most: attrs and msgspec, click, structlog, sh,
# tabulate.
FEWER = (
    *(
        "tests/options/codecs",
        "tests/recording",
        "tests/views",
        "tests/cli/test_parse.py",
        "tests/cli/test_group.py",
    ),
    *("tests/sessions/test_log.py", "tests/test_session.py", "tests/test_readme.py"),
)
# The session `tests` writes the tests that this kernel cannot run; a full kernel can run them.
LACKING = Path(".nox/lacking.txt")


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of Python, and all shell scripts by shellcheck, exported scripts included."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run(
        "sh",
        "-c",
        'shellcheck "$@" recordings/*.sh recordings/k8s/*.sh tests/cases/labs/*.sh',
        "shellcheck",
        *SHELL,
        external=True,
    )


@nox.session
def types(session: nox.Session) -> None:
    """Check the types with mypy, strictly."""
    session.install("-e", ".", "types-jsonschema", "types-tabulate", "nox", *TESTING)
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the pages of docs/ as a site in .nox/site, strictly: each link and heading exists.

    `-- --serve` shows them at http://127.0.0.1:8000, and again after each change.
    """
    session.install("mkdocs-material")
    arguments = ("serve",) if "--serve" in session.posargs else ("build", "--strict", "--quiet")
    session.run("python", "-m", "mkdocs", *arguments, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests in sandboxes on this kernel, and report the coverage."""
    session.install("-e", ".[draw,dask]", *TESTING)
    session.run("coverage", "erase")

    pytest_args = session.posargs or (f"--lacking={LACKING}",)
    session.run(
        *("coverage", "run", "-m", "pytest", "-q", "-n", WORKERS, *BALANCED, "--maxfail=25"),
        *pytest_args,
    )
    session.run("coverage", "combine", "--quiet")

    # A selection of tests covers less.
    report_args = [] if session.posargs else ["--fail-under=90"]
    session.run("coverage", "report", *report_args)


@nox.session(python=PYTHONS)
def pythons(session: nox.Session) -> None:
    """Run the tests that depend most on Python, on every other Python of this machine.

    With pyenv, name the versions: `PYENV_VERSION=3.11.7:3.12.1:3.13.0 nox -s pythons`.
    """
    if session.python == f"{sys.version_info.major}.{sys.version_info.minor}":
        session.skip("the session `tests` runs all tests on it")
    fewer_tests(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests that depend most on packages, with the lowest versions in pyproject.toml."""
    requirements = nox.project.load_toml("pyproject.toml")["project"]["dependencies"]
    fewer_tests(session, *(requirement.replace(">=", "==") for requirement in requirements))


@nox.session
def newest(session: nox.Session) -> None:
    """Run the tests that depend most on packages, with the newest releases."""
    fewer_tests(session, "--upgrade", "--upgrade-strategy=eager")


def fewer_tests(session: nox.Session, *requirements: str) -> None:
    """Install the package with some requirements, and run the tests that depend most on them."""
    session.install("-e", ".", *TESTING, *requirements)
    session.run("python", "-m", "pip", "list", "--disable-pip-version-check")
    session.run(
        "python", "-m", "pytest", "-q", "-n", "4", "--maxfail=25", *(session.posargs or FEWER)
    )


@nox.session(venv_backend="none")
def fresh(session: nox.Session) -> None:
    """Run the README's first command as root in a fresh Debian system.

    `-- bookworm trixie sid` runs both commands in more suites, as root and as an ordinary user:
    some minutes a suite. `-- --whole` runs all tests there.
    """
    reason = no_fresh_system()
    if reason:
        session.skip(reason)

    arguments = session.posargs or ("trixie", "--only", "demo", "--as", "root")
    session.run("scripts/fresh", "--check", *arguments, external=True)


def no_fresh_system() -> str:
    """Return why this machine cannot make a fresh system, or nothing."""
    # scripts/machine/system.py sets it; the lower-case name is systemd's.
    if os.environ.get("container") == "ipwrap-fresh":  # noqa: SIM112
        return "this is a fresh system already"
    if os.geteuid() or not all(map(shutil.which, ("debootstrap", "git", "setpriv"))):
        return (
            "fresh systems are made by root, with the Debian packages debootstrap, git and "
            "util-linux"
        )
    if not Path(".git").exists():
        return (
            "fresh systems get the last commit of this repository, and this folder has no history"
        )

    argv = ["unshare", "--mount", "--pid", "--fork", "true"]
    process = subprocess.run(argv, capture_output=True, check=False)
    if process.returncode:
        return "namespaces are forbidden here: " + process.stderr.decode().strip()

    return ""


@nox.session
def surface(session: nox.Session) -> None:
    """Compare ipwrap with every word of the installed iproute2 and of the newest release."""
    session.install("-e", ".")
    session.run("python", "scripts/iproute2_coverage.py", *session.posargs)


@nox.session
def labs(session: nox.Session) -> None:
    """Run every lab, and compare recordings and exports with the files in recordings/."""
    session.install("-e", ".")
    session.run("python", "scripts/recordings.py", *session.posargs)


@nox.session
def manual(session: nox.Session) -> None:
    """Write the man pages, man/ipwrap.1 and one a command, for the next wheel; `-- FOLDER`."""
    session.install("-e", ".")
    session.run("python", "-m", "scripts.manual", *session.posargs)


@nox.session
def torture(session: nox.Session) -> None:
    """Attack ipwrap: hostile recordings, signals, crashes, a long session; `-- --long` runs more.

    The short form takes some minutes, the long form hours. A failure prints how to repeat it.
    """
    session.install("-e", ".")
    session.run("python", "-m", "scripts.torture", *session.posargs)


@nox.session
def releases(session: nox.Session) -> None:
    """Compare workers with processes by each available iproute2.

    The releases are the installed one, the newest that can be fetched, and `-- FOLDER…`: a folder
    holds `ip`, `bridge` and `tc` of one release.
    """
    session.install("-e", ".", *TESTING)
    for folders in _folders(session):
        path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
        version = session.run("ip", "-V", env={"PATH": path}, external=True, silent=True)
        session.log(str(version).strip())
        session.run(
            "python",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            DIFFERENTIAL,
            env={"PATH": path},
        )


def _folders(session: nox.Session) -> Iterator[tuple[str, ...]]:
    """Yield the folders to put before PATH for each release: none for the installed release."""
    yield ()

    fetched = session.run(
        "scripts/uml/iproute2", external=True, silent=True, stderr=None, success_codes=range(256)
    )
    newest = str(fetched).strip().rpartition("\n")[2]
    if newest.startswith("/"):
        yield (newest,)
    else:
        session.log("the newest iproute2 cannot be fetched here")

    for folder in session.posargs:
        yield (os.path.abspath(folder),)


@nox.session
def kernel(session: nox.Session) -> None:
    """Run the live tests of kinds, labs and keys, and those of VLANs, on a full Linux kernel.

    `-- tests/live @.nox/lacking.txt` runs more tests. The kernel uses the newest iproute2 that can
    be fetched, which has options that the installed one lacks.
    """
    output = session.run(
        "scripts/kernel", "--which", external=True, silent=True, success_codes=(0, 125)
    )
    description = str(output).strip()
    if "Linux" not in description:
        session.skip(description)
    session.log(description)
    session.install("-e", ".", *TESTING)

    vlans = [f"tests/bridge/test_{name}.py" for name in VLANS]
    pytest_args = session.posargs or (
        "-m",
        "live",
        "tests/live",
        # Crashes, and the limits of a process, are the same on every kernel.
        "--ignore=tests/live/test_crash.py",
        "--ignore=tests/live/test_shortage.py",
        *vlans,
    )
    run_parts(session, "scripts/kernel", "--newest", *KERNEL_PYTEST, *pytest_args)


def run_parts(session: nox.Session, *command: str) -> None:
    """Run the parts of the tests side by side, as a full kernel uses one processor only."""
    parts = min(2, len(os.sched_getaffinity(0)))
    path = os.pathsep.join((session.bin, os.environ.get("PATH", os.defpath)))
    running = []
    for number in range(1, parts + 1):
        output = Path(f".nox/kernel-{number}.txt")
        with output.open("wb") as file:
            argv = (*command, f"--part={number}/{parts}")
            process = subprocess.Popen(
                argv, env={**os.environ, "PATH": path}, stdout=file, stderr=subprocess.STDOUT
            )
        running.append((process, output))

    statuses = [process.wait() for process, _ in running]
    for _, output in running:
        print(output.read_text(errors="replace"), flush=True)  # noqa: T201
    if any(statuses):
        session.error(f"exit statuses of the parts: {statuses}")
