"""scripts/uml/iproute2 fetches the newest iproute2 of a release by apt, here from a local
repository.
"""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import attrs
import pytest

from tests.scripts.covering import cover_files

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "uml" / "iproute2"
CONTROL = """\
Package: iproute2
Version: {version}
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: a program that prints its version
"""
SETTINGS = """\
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/packages";
Acquire::AllowInsecureRepositories "true";
APT::Get::AllowUnauthenticated "true";
APT::Sandbox::User "root";
"""


@attrs.frozen
class Machine:
    """A Debian with a given release, sources and installed iproute2."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Return ipwrap's cache folder."""
        return self.folder / "home" / "ipwrap"

    def offer(self, suite: str, version: str) -> None:
        """Offer a version of the package in a suite of the mirror."""
        package = self._package(version)
        index = self._index(suite, package)
        content = index.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        path = index.relative_to(self.folder / "mirror" / "dists" / suite)
        header = (
            f"Origin: Debian\nSuite: {suite}\nCodename: {suite}\nArchitectures: "
            f"{index.parent.name[7:]} all\n"
        )
        release = self.folder / "mirror" / "dists" / suite / "Release"
        release.write_text(f"{header}Components: main\nSHA256:\n {digest} {len(content)} {path}\n")

    def _package(self, version: str) -> Path:
        """Build the package of a version, with an `ip` that runs."""
        tree = Path(tempfile.mkdtemp(dir=self.folder))
        tree.chmod(0o755)

        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(CONTROL.format(version=version))
        (tree / "bin").mkdir()
        program = tree / "bin" / "ip"
        program.write_text(f"#!/bin/sh\necho iproute2-{version}\n")
        program.chmod(0o755)

        package = self.folder / "mirror" / f"iproute2_{version}_all.deb"
        package.parent.mkdir(exist_ok=True)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", tree, package],
            capture_output=True,
            check=True,
        )

        return package

    def _index(self, suite: str, package: Path) -> Path:
        """Write the package list of a suite with one package, and return the list."""
        architecture = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        )

        binaries = f"binary-{architecture.stdout.strip()}"
        index = self.folder / "mirror" / "dists" / suite / "main" / binaries / "Packages"
        index.parent.mkdir(parents=True)

        control = subprocess.run(
            ["dpkg-deb", "--info", package, "control"], capture_output=True, text=True, check=True
        )
        content = package.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        index.write_text(
            f"{control.stdout}Filename: {package.name}\nSize: {len(content)}\nSHA256: {digest}\n"
        )

        return index

    def install(self, release: str, version: str) -> None:
        """Become a release with one source, updated lists, and an installed iproute2."""
        (self.folder / "os-release").write_text(f"ID=debian\nVERSION_CODENAME={release}\n")
        (self.folder / "sources.list").write_text(f"deb file:{self.folder}/mirror {release} main\n")
        installed = CONTROL.format(version=version).replace(
            "Version", "Status: install ok installed\nVersion"
        )
        (self.folder / "status").write_text(installed)
        subprocess.run(
            ["apt-get", "-qq", "update"], env=self.environment, capture_output=True, check=True
        )

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that make programs use this machine."""
        return {
            **os.environ,
            "XDG_CACHE_HOME": str(self.folder / "home"),
            "APT_CONFIG": str(self.folder / "apt.conf"),
            "DPKG_ADMINDIR": str(self.folder),
        }

    def run_script(self) -> "subprocess.CompletedProcess[str]":
        """Run scripts/uml/iproute2."""
        argv = [*cover_files({"/etc/os-release": self.folder / "os-release"}), str(SCRIPT)]
        return subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine; skip without apt."""
    for program in ("/usr/bin/apt-get", "/usr/bin/dpkg-deb"):
        if not Path(program).exists():
            pytest.skip(f"no {program} here")

    for folder in ("lists/partial", "packages/archives/partial", "updates", "info"):
        (tmp_path / folder).mkdir(parents=True)

    (tmp_path / "apt.conf").write_text(SETTINGS.format(folder=tmp_path))

    return Machine(tmp_path)


def fetched_version(process: "subprocess.CompletedProcess[str]") -> str:
    """Return the version that the `ip` in the printed folders prints."""
    assert 0 == process.returncode, process.stderr
    assert "" != process.stdout

    ip = subprocess.run(
        ["ip"], env={"PATH": process.stdout.strip()}, capture_output=True, text=True, check=True
    )

    return ip.stdout.strip()


def test_backports_of_the_release_are_asked_where_the_release_is_from(machine: Machine) -> None:
    """The package of the backports is unpacked in the cache, by release and version."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")

    process = machine.run_script()

    assert "iproute2-2.0" == fetched_version(process)
    assert ["2.0", "asked"] == sorted(
        path.name for path in (machine.cache / "iproute2-buzz").iterdir()
    )
    assert process.stderr.endswith("iproute2 2.0, of buzz; installed: 1.0\n"), process.stderr


def test_a_newer_package_of_the_release_itself_is_taken(machine: Machine) -> None:
    """The release's own package is used where the backports are older."""
    machine.offer("buzz", "3.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")

    assert "iproute2-3.0" == fetched_version(machine.run_script())


def test_installed_iproute2_is_used_where_no_package_is_newer(machine: Machine) -> None:
    """Nothing is printed for PATH, and a message names the installed version."""
    machine.offer("buzz", "2.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "2.0")

    process = machine.run_script()

    assert (0, "") == (process.returncode, process.stdout)
    assert "iproute2 2.0, which is installed: buzz offers none that is newer\n" == process.stderr


def test_release_whose_backports_do_not_answer_offers_its_own(machine: Machine) -> None:
    """Without backports, as in testing, the release's own package is used.

    The next run asks again, since a network may just be down.
    """
    machine.offer("buzz", "2.0")
    machine.install("buzz", "1.0")

    assert "iproute2-2.0" == fetched_version(machine.run_script())
    assert not (machine.cache / "iproute2-buzz" / "asked").exists()

    machine.offer("buzz-backports", "3.0")

    assert "iproute2-3.0" == fetched_version(machine.run_script())


def test_source_by_another_name_than_the_release_has_no_backports(machine: Machine) -> None:
    """A source of another name has no backports, such as sid with the name of the next release."""
    machine.offer("sid", "2.0")
    machine.install("sid", "1.0")
    (machine.folder / "os-release").write_text("VERSION_CODENAME=rex\n")

    assert "iproute2-2.0" == fetched_version(machine.run_script())
    assert (machine.cache / "iproute2-rex" / "asked").exists()


def test_apt_is_asked_once_a_day_and_after_an_upgrade(machine: Machine) -> None:
    """A cached answer is used for a day; another release has another answer."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")

    assert "iproute2-2.0" == fetched_version(machine.run_script())

    machine.offer("rex", "3.0")
    machine.offer("rex-backports", "4.0")
    (machine.folder / "sources.list").unlink()

    assert "iproute2-2.0" == fetched_version(machine.run_script())

    machine.install("rex", "1.0")

    assert "iproute2-4.0" == fetched_version(machine.run_script())

    machine.install("rex", "5.0")

    assert "" == machine.run_script().stdout


def test_interrupted_fetch_is_repeated(machine: Machine) -> None:
    """An incomplete package has another folder name than a complete package."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")
    (machine.cache / "iproute2-buzz" / "new.abcdef" / "unpacked" / "bin").mkdir(parents=True)

    assert "iproute2-2.0" == fetched_version(machine.run_script())


def test_package_that_does_not_run_here_is_refused(machine: Machine) -> None:
    """If the package lacks libraries, the installed iproute2 is used, with status 1."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")
    (machine.cache / "iproute2-buzz" / "9.0" / "bin").mkdir(parents=True)

    process = machine.run_script()

    assert (1, "") == (process.returncode, process.stdout)
    assert f"{machine.cache}/iproute2-buzz/9.0 does not run here" in process.stderr


def test_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    """A read-only cache ends with status 1 and a message."""
    machine.offer("buzz", "2.0")
    machine.install("buzz", "1.0")
    (machine.folder / "home").write_text("no folder")

    process = machine.run_script()

    assert (1, "") == (process.returncode, process.stdout)
    assert f"or not be kept in {machine.cache}/iproute2-buzz" in process.stderr
