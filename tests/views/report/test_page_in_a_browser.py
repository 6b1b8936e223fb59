"""The page of a report in headless Chromium: it folds, searches, copies, and loads nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from ipwrap.recording import Event, Note, Recording
from ipwrap.views.report.page import make_report
from tests.views.report.recordings import HOSTILE, command, recording_of
from tests.waiting import LIMIT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# The sandbox of Chromium needs what a container, and root, has not.
ARGUMENTS = ["--no-sandbox"]
IS_IN_SIGHT = """identifier => {
    const box = document.getElementById(identifier).getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight;
}"""


@define
class Visit:
    """A page in the browser, with what it has loaded and what it complains of."""

    page: "Page"
    requests: list[str] = field(factory=list)
    complaints: list[str] = field(factory=list)

    def is_open(self, step: int) -> bool:
        """Return whether a step shows its output."""
        return bool(self.page.locator(f"#step-{step} details").evaluate("node => node.open"))

    def focused(self) -> str:
        """Return the identifier of the element that has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Headless Chromium; skipped without it, or without playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")

    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


def visit(browser: "Browser", recording: Recording, folder: Path, **options: Any) -> Visit:
    """Open the page of a recording."""
    path = make_report(recording, title="A lab").save(folder / "lab.html")
    context = browser.new_context(**options)
    context.set_default_timeout(LIMIT * 1000)
    visited = Visit(context.new_page())
    visited.page.on("request", lambda request: visited.requests.append(request.url))
    visited.page.on("console", lambda message: visited.complaints.append(message.text))
    visited.page.on("pageerror", lambda error: visited.complaints.append(str(error)))
    visited.page.goto(path.as_uri())
    return visited


@pytest.fixture
def lab(browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    """The page of four steps, of which the last has failed. It stays without complaint."""
    recording = recording_of(
        Note("First part"),
        *command(1, begin=0),
        *command(2, "ls", stdout="one\ntwo\n", begin=1),
        Note("Second part"),
        *command(3, "cat", "file", stdout="three\n", begin=2),
        *command(4, status=2, stderr="File exists\n", begin=3),
    )
    visited = visit(browser, recording, tmp_path, permissions=["clipboard-read", "clipboard-write"])
    yield visited
    assert [] == visited.complaints
    assert [(tmp_path / "lab.html").as_uri()] == [
        url.partition("#")[0] for url in visited.requests if not url.startswith("blob:")
    ]
    visited.page.context.close()


def test_output_is_folded(lab: Visit) -> None:
    """A click shows the output of a command, and another one folds it; a failure is open."""
    assert (False, True) == (lab.is_open(2), lab.is_open(4))

    lab.page.click("#step-2 summary")
    assert lab.is_open(2)

    lab.page.click("#step-2 summary")
    assert not lab.is_open(2)


def test_all_steps_are_expanded_and_folded(lab: Visit) -> None:
    """The button expands all, and the key folds all again."""
    lab.page.click("#fold")
    assert all(lab.is_open(step) for step in (2, 3, 4))
    assert "Fold all" == lab.page.inner_text("#fold")

    lab.page.keyboard.press("e")
    assert not any(lab.is_open(step) for step in (2, 3, 4))


def test_search_filters_as_one_types(lab: Visit) -> None:
    """Steps without the words are hidden, also in their output; so are parts without steps."""
    lab.page.keyboard.press("/")
    assert "search" == lab.focused()

    lab.page.keyboard.type("THREE cat")
    lab.page.wait_for_function("document.getElementById('found').textContent.includes('1 of 4')")

    assert [False, False, True, False] == [
        lab.page.is_visible(f"#step-{step}") for step in (1, 2, 3, 4)
    ]
    assert not lab.page.is_visible("text=First part")

    lab.page.keyboard.press("Escape")
    assert "4 steps" == lab.page.inner_text("#found")
    assert lab.page.is_visible("#step-1")


def test_keys_lead_from_step_to_step(lab: Visit) -> None:
    """`j` and `k` go to the next and the previous step, `f` to the next failure."""
    foci = []
    for key in ("j", "j", "k", "f", "f"):
        lab.page.keyboard.press(key)
        foci.append(lab.focused())

    assert ["step-1", "step-2", "step-1", "step-4", "step-4"] == foci


def test_link_to_a_failure_shows_it(lab: Visit) -> None:
    """The list of failures leads to the step, also where a search has hidden it."""
    lab.page.fill("#search", "ls")
    lab.page.wait_for_function("document.getElementById('step-4').hidden")

    lab.page.click(".failures a")
    lab.page.wait_for_function("!document.getElementById('step-4').hidden")

    assert "step-4" == lab.focused()
    assert "" == lab.page.input_value("#search")


def test_script_is_copied(lab: Visit) -> None:
    """The button puts the whole script on the clipboard, and says so."""
    lab.page.click("#copy")
    lab.page.wait_for_function("document.getElementById('message').textContent === 'Copied.'")

    copied = lab.page.evaluate("navigator.clipboard.readText()")
    assert lab.page.text_content("#script") == copied
    assert copied.startswith("#!/bin/sh")


def test_script_is_copied_without_a_clipboard(lab: Visit) -> None:
    """Where a page may not use the clipboard, as in a notebook, the selection is copied."""
    lab.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    lab.page.click("#copy")
    lab.page.wait_for_function("document.getElementById('message').textContent !== ''")

    selected = str(lab.page.evaluate("getSelection().toString()"))
    assert selected.startswith("#!/bin/sh")


def test_script_is_downloaded(lab: Visit, tmp_path: Path) -> None:
    """The button saves the script under the title of the page."""
    with lab.page.expect_download() as download:
        lab.page.click("#download")

    path = tmp_path / "downloaded"
    download.value.save_as(path)
    assert "A_lab.sh" == download.value.suggested_filename
    assert lab.page.text_content("#script") == path.read_text()


def test_keyboard_reaches_every_control_in_order(lab: Visit) -> None:
    """The tab key leads from the link to the steps over search and buttons to the script."""
    order = []
    for _ in range(60):
        lab.page.keyboard.press("Tab")
        order.append(lab.focused() or str(lab.page.evaluate("document.activeElement.className")))
        if order[-1] == "download":
            break

    wanted = ["skip", "search", "fold", "copy", "download"]
    assert wanted == [name for name in order if name in wanted]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_page_fits_and_follows_the_scheme(
    width: int, scheme: str, browser: "Browser", tmp_path: Path
) -> None:
    """No screen is too narrow, and a dark scheme has a dark page with light text."""
    path = Path(__file__).parents[3] / "recordings" / "http_pods.jsonl"
    visited = visit(
        browser,
        Recording.load(path),
        tmp_path,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
    )

    visited.page.keyboard.press("e")

    assert visited.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    colour = visited.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ("rgb(255, 255, 255)" == colour) == (scheme == "light")
    assert [] == visited.complaints
    visited.page.context.close()


def test_hostile_recording_runs_nothing(browser: "Browser", tmp_path: Path) -> None:
    """Markup of a recording runs no script, and the content security policy has nothing to do."""
    recording = recording_of(
        Note(HOSTILE),
        *command(1, "echo", "<img src=x onerror=alert(1)>", stdout=HOSTILE, call_site=HOSTILE),
    )

    visited = visit(browser, recording, tmp_path)
    visited.page.keyboard.press("e")

    assert visited.is_open(1)
    assert 1 == visited.page.locator("script").count()
    assert 0 == visited.page.locator("img").count()
    assert [] == visited.complaints
    visited.page.context.close()


def test_policy_stops_what_is_foreign(browser: "Browser", tmp_path: Path) -> None:
    """A script or a picture that got into the page would neither run nor be loaded."""
    visited = visit(browser, recording_of(*command(1)), tmp_path)

    visited.page.evaluate(
        "() => { const script = document.createElement('script');"
        " script.textContent = 'window.ran = true'; document.body.append(script);"
        " const picture = new Image(); picture.src = 'http://127.0.0.1:9/x.png';"
        " document.body.append(picture); }"
    )

    assert visited.page.evaluate("window.ran") is None
    assert 2 == len([text for text in visited.complaints if "Content Security Policy" in text])
    visited.page.context.close()


def test_page_works_in_the_frame_of_a_notebook(browser: "Browser", tmp_path: Path) -> None:
    """The frame that a notebook shows runs the script of the page, apart from the notebook."""
    report = make_report(recording_of(*command(1, "ls", stdout="one\n")))
    (tmp_path / "notebook.html").write_text(f"<!DOCTYPE html>{report._repr_html_()}")
    page = browser.new_page()
    page.set_default_timeout(LIMIT * 1000)
    page.goto((tmp_path / "notebook.html").as_uri())

    frame = page.frame_locator("iframe")
    frame.locator("#fold").click()

    assert frame.locator("#step-1 details").evaluate("node => node.open")
    page.close()


def test_five_thousand_commands_stay_smooth(browser: "Browser", tmp_path: Path) -> None:
    """A long session opens, searches and expands: what is out of sight is not laid out."""
    events: list[Event] = []
    for number in range(1, 5001):
        output = "a\nb\n" if number % 4 == 0 else ""
        events += command(number, begin=number, stdout=output, status=int(number == 2500))

    visited = visit(browser, recording_of(*events), tmp_path)

    visited.page.fill("#search", "v4321")
    visited.page.wait_for_function(
        "document.getElementById('found').textContent === '1 of 5000 steps'"
    )
    visited.page.fill("#search", "")
    visited.page.keyboard.press("Escape")
    visited.page.click("#fold")
    assert visited.is_open(5000)

    visited.page.keyboard.press("f")
    visited.page.wait_for_function(IS_IN_SIGHT, arg="step-2500")

    # Hiding list items takes a time that grows with the square of their number.
    display = "getComputedStyle(document.querySelector('#step-1')).display"
    assert "block" == visited.page.evaluate(display)

    # Layout of the whole list would be some 100 ms a frame.
    sizes = visited.page.evaluate(
        "() => [2500, 4000].map(number => document.querySelector(`#step-${number} code`)"
        ".checkVisibility({contentVisibilityAuto: true}))"
    )
    assert [True, False] == sizes
    assert [] == visited.complaints
    visited.page.context.close()
