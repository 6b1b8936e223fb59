"""The version is defined once."""

from importlib.metadata import version

from ipwrap.version import __version__


def test_the_package_has_the_version_of_the_module() -> None:
    """`pip` and `ipwrap --version` report the same version."""
    assert version("ipwrap") == __version__
