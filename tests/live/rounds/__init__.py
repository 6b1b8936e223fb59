"""What the round trip of each kind needs: a module for each family of kinds, found by itself.

A module holds ``ROUNDS``, by the kind's name. A kind that needs nothing of all this is not named.
"""

from collections import defaultdict
from importlib import import_module
from pkgutil import iter_modules

from tests.live.rounds.base import Round

__all__ = ["ROUNDS"]

ROUNDS: defaultdict[str, Round] = defaultdict(Round)
for module in iter_modules(__path__, f"{__name__}."):
    ROUNDS.update(getattr(import_module(module.name), "ROUNDS", {}))
