"""The content security policy of a report."""

import re
from base64 import b64encode
from hashlib import sha256

from ipwrap.recording import End
from tests.views.drawing.figures import EVERYTHING
from tests.views.report.checked_page import page_of
from tests.views.report.recordings import command, recording_of


def test_policy_allows_only_the_own_styles_and_script() -> None:
    """The content security policy has the hashes of the page's styles and script, and no more."""
    page = page_of(recording_of(*command(1), end=End(state=EVERYTHING)))

    (policy,) = (
        tag.attributes["content"] or ""
        for tag in page.named("meta")
        if tag.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    texts = [tag.text for tag in page.named("style", "script")]
    digests = {b64encode(sha256(text.encode()).digest()).decode() for text in texts}
    assert digests == allowed
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
