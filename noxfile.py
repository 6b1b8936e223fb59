"""What CI runs: `nox`, or one of `nox -s lint types tests surface labs kernel`; `nox -s releases`."""

import os
from collections.abc import Iterator
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests", "surface", "labs", "kernel"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

TESTING = ("pytest", "mypy", "pytest-xdist", "coverage[toml]>=7.10", "hypothesis", "jsonschema")
SHELL = (
    *("scripts/demo", "scripts/test", "scripts/bootstrap.sh", ".ci/run"),
    *("scripts/kernel", "scripts/uml/init", "scripts/uml/build", "scripts/uml/iproute2"),
    *("ipwrap/capture/shim.sh", "ipwrap/capture/sudo.sh"),
)
DIFFERENTIAL = "tests/executors/test_differential.py"  # a worker of iproute2 against a process a command
VLANS = ("vlan", "global_vlan", "mst", "monitor")  # tests of `bridge` that are about what few machines' kernels have
LACKING = Path(".nox/lacking.txt")  # the tests that this kernel could not run: a full one can, after this


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of Python, and shellcheck every shell script, the exported ones included."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run(
        "sh", "-c", 'shellcheck "$@" recordings/*.sh tests/cases/labs/*.sh', "shellcheck", *SHELL, external=True
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
    session.run("coverage", "report", "--fail-under=90")


@nox.session
def surface(session: nox.Session) -> None:
    """Hold every word of the installed iproute2, and of the newest release, against what ipwrap names."""
    session.install("-e", ".")
    session.run("python", "scripts/coverage.py", *session.posargs)


@nox.session
def labs(session: nox.Session) -> None:
    """Run every lab, and compare what it records and exports with what is kept in recordings/."""
    session.install("-e", ".")
    session.run("python", "scripts/recordings.py", *session.posargs)


@nox.session
def releases(session: nox.Session) -> None:
    """Compare workers with processes by each iproute2 at hand: installed, the newest that can be fetched, `-- FOLDER…`.

    A folder holds `ip`, `bridge` and `tc` of one release.
    """
    session.install("-e", ".", *TESTING)
    for folders in _folders(session):
        path = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
        session.log(str(session.run("ip", "-V", env={"PATH": path}, external=True, silent=True)).strip())
        session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", DIFFERENTIAL, env={"PATH": path})


def _folders(session: nox.Session) -> Iterator[tuple[str, ...]]:
    """Yield what stands before PATH for each release: nothing for the installed one."""
    yield ()
    fetched = session.run("scripts/uml/iproute2", external=True, silent=True, stderr=None, success_codes=range(256))
    newest = str(fetched).strip().rpartition("\n")[2]
    if newest.startswith("/"):
        yield (newest,)
    else:
        session.log("the newest iproute2 cannot be fetched here")
    yield from ((os.path.abspath(folder),) for folder in session.posargs)


@nox.session
def kernel(session: nox.Session) -> None:
    """Run the live tests and those of VLANs on a full Linux kernel, but for crashes, for which any will do; say which.

    `-- tests/live @.nox/lacking.txt` runs more of them.
    They use the newest iproute2 that can be fetched, which has options that the installed one lacks.
    """
    found = session.run("scripts/kernel", "--which", external=True, silent=True, success_codes=(0, 125))
    if "Linux" not in str(found):
        session.skip(str(found).strip())
    session.log(str(found).strip())
    session.install("-e", ".", *TESTING)
    vlans = [f"tests/bridge/test_{name}.py" for name in VLANS]
    asked = session.posargs or ("-m", "live", "tests/live", "--ignore=tests/live/test_crash.py", *vlans)
    command = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--maxfail=25", *asked)
    session.run("scripts/kernel", "--newest", *command, external=True)
