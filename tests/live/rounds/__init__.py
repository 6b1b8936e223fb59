"""The round trips of every kind, with a module for each family of kinds.

Every module has ``ROUNDS`` by kind, and is imported automatically. Kinds without requirements are
left out.
"""

from collections import defaultdict
from importlib import import_module
from pkgutil import iter_modules

from tests.live.rounds.base import Round

__all__ = ["ROUNDS"]

ROUNDS: defaultdict[str, Round] = defaultdict(Round)
for module in iter_modules(__path__, f"{__name__}."):
    ROUNDS.update(getattr(import_module(module.name), "ROUNDS", {}))
