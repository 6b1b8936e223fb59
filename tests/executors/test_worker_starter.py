"""`WorkerStarter`: the argv of a worker, and the spawner of a place."""

import pytest

from ipwrap import Local, Session
from ipwrap.errors import NotBatchable
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.executors.worker_starter import WorkerStarter, build_argv, prestart_key
from ipwrap.places import NullPlace
from ipwrap.system.programs import require_program


@pytest.mark.parametrize(
    ("key", "by_option", "arguments"),
    [
        (
            WorkerKey("ip", None, (), True, False),
            False,
            ("-force", "-j", "-d", "-batch", "-"),
        ),
        (
            WorkerKey("ip", "red", ("-j", "-d"), False, False),
            False,
            ("-force", "-j", "-d", "-batch", "-"),
        ),
        (
            WorkerKey("ip", "red", (), True, False),
            True,
            ("-force", "-j", "-d", "-n", "red", "-batch", "-"),
        ),
    ],
)
def test_argv_of_a_worker(key: WorkerKey, arguments: tuple[str, ...], *, by_option: bool) -> None:
    """Global options come first; the namespace is an option only where files of /etc matter.

    A worker for changes can also run the reads of a snapshot.
    """
    assert ("ip", *arguments) == build_argv(key, by_option=by_option)


def test_worker_started_ahead_is_for_changes() -> None:
    """The worker started ahead in a new namespace is the one for changes by `ip`."""
    assert WorkerKey("ip", "red", (), changes=True, reads_links=False) == prestart_key("red")


def test_place_without_python_has_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in which the spawner cannot start is noted as unavailable."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    starter = WorkerStarter()
    with pytest.raises(NotBatchable, match="no workers here"):
        starter.open(NullPlace())
    assert starter.unavailable


def test_spawner_is_opened_once() -> None:
    """The spawner stays open, until it is closed."""
    starter = WorkerStarter()
    spawner = starter.open(Local())

    assert spawner is starter.open(Local())
    starter.close()
    assert spawner.is_closed
    assert starter.spawner is None
    starter.close()


def test_a_program_is_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each spawner has its own PATH, so that the next one searches again."""
    searches = []

    def search(program: str) -> str:
        searches.append(program)
        return require_program(program)

    monkeypatch.setattr("ipwrap.executors.worker_starter.require_program", search)
    starter = WorkerStarter()
    for _ in range(2):
        starter.open(Local())
        for _ in range(2):
            starter.start(WorkerKey("ip", None, (), changes=True, reads_links=False)).close()
        starter.close()

    assert ["ip", "ip"] == searches


def test_a_spawner_is_started_ahead_once() -> None:
    """It is the one that the first command gets; a second start changes nothing."""
    starter = WorkerStarter()
    starter.start_ahead(Local())
    spawner = starter.spawner
    starter.start_ahead(Local())

    assert spawner is not None
    assert spawner is starter.open(Local())
    assert spawner is starter.open(Local())
    starter.close()


def test_a_spawner_started_ahead_that_has_ended_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Commands then run as processes, as where it does not start."""
    monkeypatch.setattr("ipwrap.executors.spawner.PROGRAM", "/nonexistent/spawner.py")
    starter = WorkerStarter()
    starter.start_ahead(Local())
    with pytest.raises(NotBatchable, match="no workers here"):
        starter.open(Local())

    assert starter.unavailable
    starter.start_ahead(Local())
    assert starter.spawner is None
    starter.close()


@pytest.mark.live
def test_started_worker_runs_commands(session: Session) -> None:
    """A started worker answers in its namespace, and knows whether its cache can be tracked."""
    session.ip.netns.add("red")
    starter = WorkerStarter()
    spawner = starter.open(session.place)
    changing_worker = starter.start(prestart_key("red"))
    reading_worker = starter.start(WorkerKey("ip", "red", ("-j",), False, False))

    assert set() == changing_worker.cached_names
    assert reading_worker.cached_names is None
    assert not changing_worker.run(b"link set dev lo up").failed
    assert b'"ifname":"lo"' in reading_worker.run(b"link show").out
    for worker in (changing_worker, reading_worker):
        worker.close_and_wait()
    spawner.close()
