"""The failures at the top of a report."""

from ipwrap.recording import End
from ipwrap.views.report.failures import MAX_FAILURES
from tests.views.report.checked_page import check_page, page_of
from tests.views.report.recordings import command, recording_of


def test_failures_come_first_and_lead_to_their_steps() -> None:
    """The list at the top links each failure, which is not folded."""
    page = page_of(
        recording_of(*command(1), *command(2, status=2, stderr="RTNETLINK answers: File exists\n"))
    )

    failure = page.classed("failures")[0]
    assert "Failures" == page.named("h2")[0].text
    assert "status 2: RTNETLINK answers: File exists" in failure.text
    assert "#step-2" in page.attribute("href")
    assert [True] == [
        "open" in tag.attributes
        for tag in page.named("details")
        if "File exists" in tag.text and tag.text.startswith("ip ")
    ]
    check_page(page)


def test_error_of_the_session_leads_to_its_command() -> None:
    """The error that ended the session is the first failure."""
    end = End(error="NotFound: no such link", failed=1)

    page = page_of(recording_of(*command(1, status=1), end=end))

    assert (
        "The session ended with an error: NotFound: no such link"
        in page.classed("failures")[0].text
    )
    links = [tag for tag in page.named("a") if tag.text == "NotFound: no such link"]
    assert ["#step-1"] == [link.attributes["href"] for link in links]


def test_error_without_a_command_is_text() -> None:
    """An error of the script itself has no step."""
    page = page_of(recording_of(end=End(error="ValueError: <b>")))

    assert "ValueError: <b>" in page.classed("failures")[0].text


def test_very_many_failures_are_counted() -> None:
    """The list at the top does not become the page."""
    events = [event for number in range(1, MAX_FAILURES + 4) for event in command(number, status=1)]

    page = page_of(recording_of(*events))

    assert "3 more" in page.classed("failures")[0].text
    assert MAX_FAILURES + 3 == len(page.classed("step"))
