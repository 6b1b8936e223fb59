"""Places: where commands run."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.places.base import Place as Place
    from ipwrap.places.local import Local as Local
    from ipwrap.places.null import NullPlace as NullPlace
    from ipwrap.places.sandbox import Sandbox as Sandbox
    from ipwrap.places.ssh import Ssh as Ssh

MODULES = {
    "base": ("Place",),
    "local": ("Local",),
    "null": ("NullPlace",),
    "sandbox": ("Sandbox",),
    "ssh": ("Ssh",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
