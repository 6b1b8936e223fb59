"""Ranges of numbers, of VLANs and of tunnels, as the single objects that they are in the kernel.

A command names a range, and the kernel joins neighbours with equal options when it lists them: the
ends of a range tell nothing of who made it. An object for each number can be compared and deleted.
"""

from collections.abc import Iterable

from attrs import evolve

from ipwrap.command import CreatedObject

__all__ = ["MAX_NUMBERS", "expand_created", "expand_numbers"]

# A vxlan has up to 16 million tunnels: a longer range stays one object.
MAX_NUMBERS = 4096


def expand_numbers(first: int, last: int) -> range | None:
    """Return the numbers of a range; None for one that is too long."""
    return range(first, last + 1) if last - first < MAX_NUMBERS else None


def expand_created(created: CreatedObject, key: str) -> Iterable[CreatedObject]:
    """Return an object for each number of a created range, which ``key`` of the identity has."""
    first, dash, last = created.identity[key].partition("-")
    numbers = expand_numbers(int(first), int(last)) if dash else None
    if numbers is None:
        return (created,)

    _, _, rest = created.name.partition(" dev ")
    return [
        evolve(
            created,
            name=f"{number} dev {rest}",
            identity={**created.identity, key: str(number)},
        )
        for number in numbers
    ]
