"""Where commands run."""

from ipwrap.places.base import Place
from ipwrap.places.local import Local
from ipwrap.places.null import Nowhere
from ipwrap.places.sandbox import Sandbox

__all__ = ["Local", "Nowhere", "Place", "Sandbox"]
