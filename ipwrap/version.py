"""The version, in one place: the package, the recordings and `ipwrap --version` read it here."""

__all__ = ["__version__"]

__version__ = "0.1.0"
