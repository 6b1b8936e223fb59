"""The version is said in one place."""

from importlib.metadata import version

from ipwrap.version import __version__


def test_the_package_has_the_version_of_the_module() -> None:
    """`pip` and `ipwrap --version` say the same."""
    assert version("ipwrap") == __version__
