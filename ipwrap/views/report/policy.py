"""The content security policy of a report: what a browser may do for the page."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

__all__ = ["content_policy"]


def content_policy(*, script: str, styles: Iterable[str]) -> str:
    """Return the policy of a page that loads nothing, and obeys these styles and this script only.

    They are inline, and known by their hashes (Content Security Policy Level 3, W3C).
    """
    style_hashes = " ".join(sorted(set(map(_hash, styles))))
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {style_hashes}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    """Return the source expression of an inline style or script."""
    digest = b64encode(sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
