"""`SessionOffer`: the place and the recording for sessions that a script opens without either.

`ipwrap run` makes the offer to a script that opens sessions by itself.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import define, field

if TYPE_CHECKING:
    from ipwrap.places import Place

__all__ = ["SessionOffer", "current_offer", "is_kept_open", "offer_to_sessions"]


@define
class SessionOffer:
    """A place and a recording, for sessions without place or recording.

    ``find_place`` returns the place. The first of several sessions without a recording gets
    ``record`` and ``transcript``.

    With ``keeps_sessions``, a session closed by the script stays open, and is added to
    ``kept_sessions``: the maker of the offer closes these sessions.
    """

    find_place: "Callable[[], Place]"
    record: str | None = None
    transcript: bool = False
    keeps_sessions: bool = False
    is_record_taken: bool = field(default=False, init=False)
    kept_sessions: list[Any] = field(factory=list, init=False)  # of `Session`, which imports this
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def take_record(self) -> str | None:
        """Return the path of the recording, once."""
        with self._lock:
            if self.is_record_taken:
                return None
            self.is_record_taken = True
            return self.record


_offers: list[SessionOffer] = []  # the last one holds


def current_offer() -> SessionOffer | None:
    """Return the present offer; None for a script outside `ipwrap run`."""
    return _offers[-1] if _offers else None


def is_kept_open(session: Any) -> bool:
    """Return whether the present offer keeps a `Session` open that is to be closed."""
    offer = current_offer()
    if offer is None or not offer.keeps_sessions or not session.executor.live:
        return False

    with offer._lock:
        if not any(kept is session for kept in offer.kept_sessions):
            offer.kept_sessions.append(session)
    return True


@contextlib.contextmanager
def offer_to_sessions(offer: SessionOffer) -> Iterator[None]:
    """Let an offer hold inside the block."""
    _offers.append(offer)
    try:
        yield
    finally:
        _offers.remove(offer)
