"""Small labs for the tests of sweeps: workers load the text of this file."""

import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

from ipwrap import Sandbox, Session


def ping(session: Session, *, size: int, count: int = 1) -> dict[str, Any]:
    """Two nodes, and a ping from one to the other."""
    build_pair(session)
    session.netns("a").exec("ping", "-q", "-c", str(count), "-s", str(size), "10.0.0.2")
    return {"pid": os.getpid(), "bytes": size * count}


def build_pair(session: Session) -> None:
    """Join two namespaces by a cable."""
    for name in ("a", "b"):
        session.ip.netns.add(name)
    session.cable("a:eth0", "b:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))


def own_session(*, size: int) -> int:
    """A lab that makes its session itself."""
    with Session() as session:
        session.ip.netns.add(f"node{size}")
        return len(session.ip.netns.list())


def odd_fails(session: Session, *, number: int) -> int:
    """A lab that fails for odd numbers."""
    session.ip.netns.add("a")
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


def missing_link(session: Session) -> None:
    """A lab whose command fails."""
    session.ip.link.set("nothing", up=True)


def exits(session: Session) -> None:
    """A lab that ends its program."""
    raise SystemExit(3)


def returns(*, what: str) -> object:
    """A lab that returns values of several types."""
    values = {"nothing": None, "object": object(), "list": [1, 2], "seconds": {"seconds": 1.5}}
    return values[what]


def dies_once(session: Session, *, number: int, marker: str) -> int:
    """A lab whose worker is killed in its middle, the first time that 3 is run."""
    session.ip.netns.add("a")
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dies(session: Session, *, number: int) -> int:
    """A lab whose worker is killed for each 2."""
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def process(*, number: int) -> int:
    """A lab that tells in which process it runs."""
    return os.getpid() if number else 0


def sleeps(session: Session, *, number: int) -> None:
    """A lab that never ends."""
    session.ip.netns.add(f"node{number}")
    session.exec("sleep", "infinity")


def hangs(session: Session, *, number: int, folder: str) -> None:
    """A lab that never ends, with processes in its sandbox and beside it, one an orphan."""
    session.ip.netns.add("a")
    inside = session.netns("a").spawn("sleep", "infinity")
    beside = subprocess.Popen(["sleep", "infinity"], start_new_session=True)
    script = "setsid sleep infinity >/dev/null 2>&1 & echo $!"
    orphan = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    holder = session.place.pid if isinstance(session.place, Sandbox) else 0
    assert inside.running
    pids = (os.getpid(), beside.pid, int(orphan.stdout), holder)
    Path(folder, str(number)).write_text(" ".join(map(str, pids)))
    threading.Event().wait()


def dies_in_a_process(*, number: int) -> int:
    """A lab whose process ends without a word, for odd numbers."""
    if number % 2:
        os._exit(7)
    return number
