"""A forked child of a process with an open session: a clear error, and no effect on the parent."""

import multiprocessing
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from ipwrap import ExecutorError, PlaceError, Process, Sandbox, Session
from ipwrap.executors import Batch
from ipwrap.kinds import Bridge
from tests.processes import alive
from tests.waiting import LIMIT, until

pytestmark = [
    pytest.mark.live,
    # Threads of the tests before may still end; the children here do not wait for a thread.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]

OWN_SESSION = "Session(place=session.place)"


def run_in_child(action: Callable[[], object]) -> str:
    """Call an action in a forked child; return its representation, or the traceback."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            text = repr(action())
        except BaseException:
            text = traceback.format_exc()
        os.write(write_end, text.encode()[:60_000])
        os._exit(0)

    os.close(write_end)
    if not until(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid):
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        raise AssertionError("the child hangs")
    with open(read_end, encoding="utf-8") as file:
        return file.read()


def names_of(session: Session) -> list[str]:
    """Return the names of all links."""
    return [link.ifname for link in session.ip.link.show()]


@pytest.fixture(params=["batch", "process"])
def parent_session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """An open, recorded session in a sandbox with a bridge."""
    executor = Batch() if request.param == "batch" else Process()
    session = Session(Sandbox(), executor, tmp_path / "parent.jsonl")
    try:
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    with session:
        session.ip.link.add("br0", Bridge())
        yield session


@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.ip.link.show(),
        lambda session: session.ip.link.add("br1", Bridge()),
        lambda session: session.note("text"),
        lambda session: session.state(),
        lambda session: session.ip.monitor("link"),
        lambda session: session.batch().__enter__(),
        lambda session: session.iproute2,
        lambda session: session.__enter__(),
    ],
    ids=["read", "change", "note", "state", "monitor", "batch", "version", "enter"],
)
def test_use_in_a_child_is_an_error(
    parent_session: Session, use: Callable[[Session], object]
) -> None:
    """Any use of the parent's session is an error with the pid and the right way."""
    text = run_in_child(lambda: use(parent_session))

    assert "ipwrap.errors.ExecutorError: this session was opened by process" in text
    assert f"process {os.getpid()}" in text
    assert OWN_SESSION in text
    assert ["lo", "br0"] == names_of(parent_session)


def test_executor_of_the_parent_is_an_error(session: Session) -> None:
    """A session in the child with the workers of the parent is refused as well."""
    session.ip.link.show()
    text = run_in_child(lambda: Session(session.place, session.executor).open())
    assert "None" == text
    text = run_in_child(lambda: Session(session.place, session.executor).ip.link.show())

    assert "the workers of this executor were opened by process" in text


def test_own_session_in_the_same_place(parent_session: Session) -> None:
    """A child works in the parent's place by a session of its own, and leaves it open."""

    def work() -> list[str]:
        with Session(place=parent_session.place) as session:
            session.ip.link.add("br1", Bridge())
            return names_of(session)

    assert "['lo', 'br0', 'br1']" == run_in_child(work)
    assert ["lo", "br0", "br1"] == names_of(parent_session)


def test_own_session_with_processes_in_the_same_place(session: Session) -> None:
    """Processes enter the parent's sandbox from a child, although waitpid(2) knows no holder."""
    text = run_in_child(lambda: names_of(Session(session.place, Process())))

    assert "['lo']" == text


def test_place_that_ended_with_the_parent(session: Session) -> None:
    """A child learns that the sandbox has ended."""
    sandbox = Sandbox()
    sandbox.open()

    def use() -> object:
        os.kill(sandbox.pid or 0, 9)
        assert until(lambda: not alive(sandbox.pid or 0))
        return Session(sandbox).ip.link.show()

    assert "the sandbox is gone" in run_in_child(use)
    sandbox.close()


def test_leaving_the_session_in_a_child(parent_session: Session) -> None:
    """Leaving the `with` block, closing and collecting in a child leave the parent's session."""

    def leave() -> None:
        parent_session.__exit__(None, None, None)
        parent_session.close()
        parent_session.executor.close()
        parent_session.place.close()

    assert "None" == run_in_child(leave)
    assert ["lo", "br0"] == names_of(parent_session)
    assert parent_session.recording.path is not None
    assert '"end"' not in Path(parent_session.recording.path).read_text()


def test_child_that_ends_with_the_interpreter(tmp_path: Path) -> None:
    """os.fork() and sys.exit() in a `with` block: one `end` in the recording, by the parent."""
    path = tmp_path / "parent.jsonl"
    script = f"""
import os, sys
from ipwrap import Session
from ipwrap.kinds import Bridge
with Session(sandbox=True, record={str(path)!r}) as session:
    session.ip.link.add("br0", Bridge())
    monitor = session.ip.monitor("link")
    with session.batch():
        session.ip.link.add("br1", Bridge())
        pid = os.fork()
        if pid == 0:
            sys.exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print([link.ifname for link in session.ip.link.show()])
    print(len(monitor.seen) + len(list(monitor.events())) > 0)
"""
    completed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    if "PlaceError" in completed.stderr:
        pytest.skip("no sandbox here")

    assert ("7\n['lo', 'br0', 'br1']\nTrue\n", "") == (completed.stdout, completed.stderr)
    assert 1 == path.read_text().count('"end"')


def test_closing_does_not_wait_for_a_child(session: Session) -> None:
    """A living child holds no pipe: namespaces, sandboxes and workers of the parent end."""
    with Session(Sandbox()) as own_session:
        own_session.ip.netns.add("red")
        own_session.netns("red").ip.link.set("lo", up=True)
        assert isinstance(own_session.place, Sandbox)
        holder = own_session.place.pid
        assert isinstance(own_session.executor, Batch)
        spawner = own_session.executor.workers.starter.spawner
        assert spawner is not None

        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(write_end)
            os.read(read_end, 1)
            os._exit(0)
        own_session.ip.netns.delete("red")

    # Neither had to be killed.
    assert 0 == spawner._process.returncode
    assert not alive(holder or 0)
    os.close(write_end)
    os.close(read_end)
    os.waitpid(pid, 0)


SHARED: list[Session] = []


def use_shared(_: int) -> str:
    """Use the session of the parent, if there is one, and then an own one."""
    try:
        return str(names_of(SHARED[0]))
    except ExecutorError as error:
        refusal = str(error)
    with Session(place=SHARED[0].place) as session:
        return f"{refusal} {names_of(session)}"


def test_pool_of_processes(parent_session: Session) -> None:
    """ProcessPoolExecutor: each process is refused the session, and works by one of its own."""
    SHARED[:] = [parent_session]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        texts = list(pool.map(use_shared, range(4), timeout=LIMIT))
    SHARED.clear()

    for text in texts:
        assert OWN_SESSION in text
        assert "['lo', 'br0']" in text
    assert ["lo", "br0"] == names_of(parent_session)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_that_inherit_nothing(parent_session: Session, method: str) -> None:
    """Children of other start methods open sessions of their own, and leave the parent's alone."""
    context = multiprocessing.get_context(method)
    process = context.Process(target=open_sandbox)  # type: ignore[attr-defined]
    process.start()
    process.join(LIMIT)

    assert 0 == process.exitcode
    assert ["lo", "br0"] == names_of(parent_session)


def open_sandbox() -> None:
    """Open a sandbox, and end with status 0 if it works."""
    with Session(sandbox=True) as session:
        assert ["lo"] == names_of(session)


def test_program_started_with_preexec_fn(parent_session: Session) -> None:
    """A function that runs in a child before exec(3) leaves the parent's session alone."""
    completed = subprocess.run(
        ["true"],
        preexec_fn=lambda: None,
        check=False,
        timeout=LIMIT,
    )

    assert 0 == completed.returncode
    assert ["lo", "br0"] == names_of(parent_session)


def test_session_opened_in_the_child(tmp_path: Path) -> None:
    """A session that nobody had opened before the fork belongs to the child."""
    session = Session(sandbox=True)

    def use() -> list[str]:
        with session:
            return names_of(session)

    text = run_in_child(use)
    if "PlaceError" in text:
        pytest.skip("no sandbox here")
    assert "['lo']" == text
