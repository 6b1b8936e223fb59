"""`SessionOffer`: the place and the recording for the sessions that a script makes without them.

`ipwrap run` makes the offer while it runs a script that makes sessions of its own.
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
    """A place and a recording, each for a session that has none of its own.

    ``find_place`` returns the place. Of several sessions without a recording, the first gets
    ``record``; ``transcript`` goes with it.

    With ``keeps_sessions`` a session that the script closes stays open, and goes to
    ``kept_sessions``: whoever made the offer closes them.
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
    """Return the offer that holds; None for a script that `ipwrap run` does not run."""
    return _offers[-1] if _offers else None


def is_kept_open(session: Any) -> bool:
    """Return whether a `Session` that is to be closed stays open by the offer that holds."""
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
