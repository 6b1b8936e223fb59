"""`OpenBatch`: the open ``session.batch()`` block of each thread."""

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from ipwrap.sessions.batching import BatchBlock

__all__ = ["OpenBatch"]


class OpenBatch(threading.local):
    """The open block of a session, or None. Each thread has a separate block."""

    current: "BatchBlock | None" = None

    @contextlib.contextmanager
    def begin(self, block: "BatchBlock") -> Iterator[None]:
        """Open a block; at the end wait for the changes, and raise the failure of a change."""
        if self.current is not None and self.current.is_own:
            raise IpwrapError("a batch block is open already in this thread; end it first")

        self.current = block
        try:
            yield
            if block.is_own:  # the changes of a forked child's parent are the parent's
                block.drain()
        except BaseException as error:
            if block.is_own:
                block.abort(error)
            raise
        finally:
            self.current = None
