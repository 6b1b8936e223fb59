"""What CI runs: `nox`, or some of it, such as `nox -s lint types`.

`nox --list` tells of all sessions.

The whole tests run on one Python, the one that runs nox. Those that depend on Python and on the
packages most run on the others that are here too (`pythons-3.12`), with the lowest versions of the
packages (`lowest`) and with the newest (`newest`: by name only, since a fresh environment has
those).
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
    "hatchling",
)
SHELL = (
    *("scripts/demo", "scripts/test", "scripts/fresh", "scripts/bootstrap.sh", ".ci/run"),
    *("scripts/kernel", "scripts/uml/init", "scripts/uml/build", "scripts/uml/iproute2"),
    *("ipwrap/shims/shim.sh", "ipwrap/shims/sudo.sh"),
)
DIFFERENTIAL = (
    "tests/executors/test_differential.py"  # a worker of iproute2 against a process a command
)
VLANS = (
    "vlan",
    "global_vlan",
    "mst",
    "monitor",
)  # tests of `bridge` that are about what few machines' kernels have
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
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
LACKING = Path(
    ".nox/lacking.txt"
)  # the tests that this kernel could not run: a full one can, after this


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of Python, and shellcheck every shell script, the exported ones included."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run(
        "sh",
        "-c",
        'shellcheck "$@" recordings/*.sh tests/cases/labs/*.sh',
        "shellcheck",
        *SHELL,
        external=True,
    )


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".", "types-jsonschema", "types-tabulate", "nox", *TESTING)
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, in sandboxes on this kernel, and say what they reach."""
    session.install("-e", ".", *TESTING)
    session.run("coverage", "erase")
    asked = session.posargs or (f"--lacking={LACKING}",)
    session.run("coverage", "run", "-m", "pytest", "-q", "-n", "4", "--maxfail=25", *asked)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", *([] if session.posargs else ["--fail-under=90"]))


@nox.session(python=PYTHONS)
def pythons(session: nox.Session) -> None:
    """Run the tests that depend on Python most, on every other Python that is here.

    With pyenv, name the versions: `PYENV_VERSION=3.11.7:3.12.1:3.13.0 nox -s pythons`.
    """
    if session.python == f"{sys.version_info.major}.{sys.version_info.minor}":
        session.skip("the session `tests` runs all tests on it")
    fewer_tests(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests that depend on packages most, with the lowest versions that pyproject.toml
    allows.
    """
    requirements = nox.project.load_toml("pyproject.toml")["project"]["dependencies"]
    fewer_tests(session, *(requirement.replace(">=", "==") for requirement in requirements))


@nox.session
def newest(session: nox.Session) -> None:
    """Run the same tests with the newest releases of all packages."""
    fewer_tests(session, "--upgrade", "--upgrade-strategy=eager")


def fewer_tests(session: nox.Session, *requirements: str) -> None:
    """Install the package under these requirements, and run the tests that depend on Python and on
    packages most.
    """
    session.install("-e", ".", *TESTING, *requirements)
    session.run("python", "-m", "pip", "list", "--disable-pip-version-check")
    session.run(
        "python", "-m", "pytest", "-q", "-n", "4", "--maxfail=25", *(session.posargs or FEWER)
    )


@nox.session(venv_backend="none")
def fresh(session: nox.Session) -> None:
    """Try the README's first command as root in a fresh Debian system; `-- bookworm trixie sid`
    tries more.

    That is both commands, as root and as an ordinary user: some minutes a suite. `-- --whole` runs
    all tests there.
    """
    if reason := no_fresh_system():
        session.skip(reason)
    asked = session.posargs or ("trixie", "--only", "demo", "--as", "root")
    session.run("scripts/fresh", "--check", *asked, external=True)


def no_fresh_system() -> str:
    """Return why no fresh system can be made here, or nothing."""
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
    unshared = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False
    )
    return (
        "namespaces are forbidden here: " + unshared.stderr.decode().strip()
        if unshared.returncode
        else ""
    )


@nox.session
def surface(session: nox.Session) -> None:
    """Hold every word of the installed iproute2, and of the newest release, against what ipwrap
    names.
    """
    session.install("-e", ".")
    session.run("python", "scripts/iproute2_coverage.py", *session.posargs)


@nox.session
def labs(session: nox.Session) -> None:
    """Run every lab, and compare what it records and exports with what is kept in recordings/."""
    session.install("-e", ".")
    session.run("python", "scripts/recordings.py", *session.posargs)


@nox.session
def releases(session: nox.Session) -> None:
    """Compare workers with processes by each iproute2 at hand: installed, the newest that can be
    fetched, `-- FOLDER…`.

    A folder holds `ip`, `bridge` and `tc` of one release.
    """
    session.install("-e", ".", *TESTING)
    for folders in _folders(session):
        path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
        session.log(
            str(session.run("ip", "-V", env={"PATH": path}, external=True, silent=True)).strip()
        )
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
    """Yield what stands before PATH for each release: nothing for the installed one."""
    yield ()
    fetched = session.run(
        "scripts/uml/iproute2", external=True, silent=True, stderr=None, success_codes=range(256)
    )
    newest = str(fetched).strip().rpartition("\n")[2]
    if newest.startswith("/"):
        yield (newest,)
    else:
        session.log("the newest iproute2 cannot be fetched here")
    yield from ((os.path.abspath(folder),) for folder in session.posargs)


@nox.session
def kernel(session: nox.Session) -> None:
    """Run the live tests and those of VLANs on a full Linux kernel, but for crashes, for which any
    will do; say which.

    `-- tests/live @.nox/lacking.txt` runs more of them. They use the newest iproute2 that can be
    fetched, which has options that the installed one lacks.
    """
    found = session.run(
        "scripts/kernel", "--which", external=True, silent=True, success_codes=(0, 125)
    )
    if "Linux" not in str(found):
        session.skip(str(found).strip())
    session.log(str(found).strip())
    session.install("-e", ".", *TESTING)
    vlans = [f"tests/bridge/test_{name}.py" for name in VLANS]
    asked = session.posargs or (
        "-m",
        "live",
        "tests/live",
        "--ignore=tests/live/test_crash.py",
        *vlans,
    )
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--maxfail=25", *asked)
    session.run("scripts/kernel", "--newest", *command, external=True)
