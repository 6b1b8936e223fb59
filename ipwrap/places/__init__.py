"""Where commands run."""

from ipwrap.places.base import Place
from ipwrap.places.local import Local
from ipwrap.places.null import NullPlace
from ipwrap.places.sandbox import Sandbox

__all__ = ["Local", "NullPlace", "Place", "Sandbox"]
