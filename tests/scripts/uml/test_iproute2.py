"""The newest iproute2 that a release offers, asked of apt.

Of a repository in a folder, as a system that is made up.
"""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import attrs
import pytest

from tests.scripts.covering import covering

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
    """A Debian whose release, sources and installed iproute2 are a test's."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Return the cache for all that ipwrap keeps."""
        return self.folder / "home" / "ipwrap"

    def offer(self, suite: str, version: str) -> None:
        """Have a suite of the mirror offer a package."""
        package = self._package(version)
        index = self._index(suite, package)
        held = index.read_bytes()
        digest = hashlib.sha256(held).hexdigest()
        path = index.relative_to(self.folder / "mirror" / "dists" / suite)
        about = (
            f"Origin: Debian\nSuite: {suite}\nCodename: {suite}\nArchitectures: "
            f"{index.parent.name[7:]} all\n"
        )
        release = self.folder / "mirror" / "dists" / suite / "Release"
        release.write_text(f"{about}Components: main\nSHA256:\n {digest} {len(held)} {path}\n")

    def _package(self, version: str) -> Path:
        """Return the package of a version; its `ip` runs."""
        tree = Path(tempfile.mkdtemp(dir=self.folder))
        tree.chmod(0o755)
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN" / "control").write_text(CONTROL.format(version=version))
        (tree / "bin").mkdir()
        (tree / "bin" / "ip").write_text(f"#!/bin/sh\necho iproute2-{version}\n")
        (tree / "bin" / "ip").chmod(0o755)
        package = self.folder / "mirror" / f"iproute2_{version}_all.deb"
        package.parent.mkdir(exist_ok=True)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", tree, package],
            capture_output=True,
            check=True,
        )
        return package

    def _index(self, suite: str, package: Path) -> Path:
        """Return the list of the packages of a suite: this one."""
        architecture = subprocess.run(
            ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
        )
        binaries = f"binary-{architecture.stdout.strip()}"
        index = self.folder / "mirror" / "dists" / suite / "main" / binaries / "Packages"
        index.parent.mkdir(parents=True)
        control = subprocess.run(
            ["dpkg-deb", "--info", package, "control"], capture_output=True, text=True, check=True
        )
        held = package.read_bytes()
        digest = hashlib.sha256(held).hexdigest()
        index.write_text(
            f"{control.stdout}Filename: {package.name}\nSize: {len(held)}\nSHA256: {digest}\n"
        )
        return index

    def install(self, release: str, version: str) -> None:
        """Be that release, with its suite as the only source, which was asked, and with that
        iproute2.
        """
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
        """Return the variables that make programs see this machine."""
        paths = {"APT_CONFIG": self.folder / "apt.conf", "DPKG_ADMINDIR": self.folder}
        return {**os.environ, "XDG_CACHE_HOME": str(self.folder / "home")} | {
            k: str(v) for k, v in paths.items()
        }

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Ask for the newest iproute2."""
        argv = [*covering({"/etc/os-release": self.folder / "os-release"}), str(SCRIPT)]
        return subprocess.run(
            argv, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine, where apt is there to run it."""
    for program in ("/usr/bin/apt-get", "/usr/bin/dpkg-deb"):
        if not Path(program).exists():
            pytest.skip(f"no {program} here")
    for folder in ("lists/partial", "packages/archives/partial", "updates", "info"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "apt.conf").write_text(SETTINGS.format(folder=tmp_path))
    return Machine(tmp_path)


def version(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what the `ip` in the printed folders says."""
    assert 0 == done.returncode, done.stderr
    assert "" != done.stdout
    ran = subprocess.run(
        ["ip"], env={"PATH": done.stdout.strip()}, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def test_backports_of_the_release_are_asked_where_the_release_is_from(machine: Machine) -> None:
    """Their package is unpacked in the cache, under the names of the release and of its version."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")

    done = machine.run()

    assert "iproute2-2.0" == version(done)
    assert ["2.0", "asked"] == sorted(
        path.name for path in (machine.cache / "iproute2-buzz").iterdir()
    )
    assert done.stderr.endswith("iproute2 2.0, of buzz; installed: 1.0\n"), done.stderr


def test_a_newer_package_of_the_release_itself_is_taken(machine: Machine) -> None:
    """A system that was not upgraded lately; the backports are older than that."""
    machine.offer("buzz", "3.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")

    assert "iproute2-3.0" == version(machine.run())


def test_installed_one_is_used_where_none_is_newer(machine: Machine) -> None:
    """Nothing is printed for PATH, and it is said which one that is."""
    machine.offer("buzz", "2.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "2.0")

    done = machine.run()

    assert (0, "") == (done.returncode, done.stdout)
    assert "iproute2 2.0, which is installed: buzz offers none that is newer\n" == done.stderr


def test_release_whose_backports_do_not_answer_offers_its_own(machine: Machine) -> None:
    """A testing release has none.

    That is asked again the next time, since a network may just be down.
    """
    machine.offer("buzz", "2.0")
    machine.install("buzz", "1.0")

    assert "iproute2-2.0" == version(machine.run())
    assert not (machine.cache / "iproute2-buzz" / "asked").exists()

    machine.offer("buzz-backports", "3.0")
    assert "iproute2-3.0" == version(machine.run())


def test_source_by_another_name_than_the_release_has_no_backports(machine: Machine) -> None:
    """As with sid, which calls itself by the name of the next release."""
    machine.offer("sid", "2.0")
    machine.install("sid", "1.0")
    (machine.folder / "os-release").write_text("VERSION_CODENAME=rex\n")

    assert "iproute2-2.0" == version(machine.run())
    assert (machine.cache / "iproute2-rex" / "asked").exists()


def test_apt_is_asked_once_a_day_and_after_an_upgrade(machine: Machine) -> None:
    """An answer of less than a day is used without apt; another release has another answer."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")
    assert "iproute2-2.0" == version(machine.run())

    machine.offer("rex", "3.0")
    machine.offer("rex-backports", "4.0")
    (machine.folder / "sources.list").unlink()
    assert "iproute2-2.0" == version(machine.run())

    machine.install("rex", "1.0")
    assert "iproute2-4.0" == version(machine.run())

    machine.install("rex", "5.0")
    assert "" == machine.run().stdout


def test_interrupted_fetch_is_made_anew(machine: Machine) -> None:
    """What is half made has another name than what is whole."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")
    (machine.cache / "iproute2-buzz" / "new.abcdef" / "unpacked" / "bin").mkdir(parents=True)

    assert "iproute2-2.0" == version(machine.run())


def test_package_that_does_not_run_here_is_refused(machine: Machine) -> None:
    """Its libraries may be missing: the installed one is used, with status 1."""
    machine.offer("buzz", "1.0")
    machine.offer("buzz-backports", "2.0")
    machine.install("buzz", "1.0")
    (machine.cache / "iproute2-buzz" / "9.0" / "bin").mkdir(parents=True)

    done = machine.run()

    assert (1, "") == (done.returncode, done.stdout)
    assert f"{machine.cache}/iproute2-buzz/9.0 does not run here" in done.stderr


def test_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    """A read-only home, say: status 1."""
    machine.offer("buzz", "2.0")
    machine.install("buzz", "1.0")
    (machine.folder / "home").write_text("no folder")

    done = machine.run()

    assert (1, "") == (done.returncode, done.stdout)
    assert f"or not be kept in {machine.cache}/iproute2-buzz" in done.stderr
