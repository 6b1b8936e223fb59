"""Read what was printed, in whatever container: the models, and notes on what is not in them."""

from typing import Any

from attrs import frozen

from ipwrap.errors import OutputError
from ipwrap.jsonio import containers, reader
from ipwrap.models.base import read

__all__ = ["Output", "read_output"]


@frozen
class Output:
    """The models of a text, the JSON list that they are from, and notes for the user.

    Notes are the messages of iproute2 in the text, and that it is cut off.
    """

    models: list[Any]
    text: str
    notes: tuple[str, ...] = ()


def read_output(cls: type, text: str, *, partial: bool = False) -> Output:
    """Return the models of a text that a `show` printed, in a list or in another container.

    Containers are one object, JSON Lines, several lists one after the other, a list with a prompt
    or a message of iproute2 before or behind it. With ``partial``, the end may be cut off.

    Raises `OutputError` for what is none of these.
    """
    try:
        return Output(read(cls, text), text)
    except OutputError:
        listing = containers.find_list(text)
        if listing is None:
            raise
        if listing.text.strip() == text.strip():
            raise  # a plain list, and no container helps

    notes = _check_listing(text, listing, partial=partial)
    return Output(read(cls, listing.text), listing.text, notes)


def _check_listing(text: str, listing: containers.Listing, *, partial: bool) -> tuple[str, ...]:
    """Return the notes on a list that was made of a text.

    Raises `OutputError` for an unreadable line, and for a text that is cut off unless ``partial``.
    """
    if listing.unreadable is not None:
        reason = "neither JSON nor a prompt"
        raise OutputError(reader.describe_position(text, listing.unreadable, reason=reason))

    notes = [f"printed beside the JSON: {line!r}" for line in listing.messages]
    cut = listing.cut
    if cut is not None:
        objects = "object" if cut.whole_objects == 1 else "objects"
        reason = f"cut off behind {cut.whole_objects} whole {objects}"
        if not partial:
            reason = f"{reason}; --partial, or partial=True, reads those"
            raise OutputError(reader.describe_position(text, cut.position, reason=reason))
        notes.append(reason)

    return tuple(notes)
