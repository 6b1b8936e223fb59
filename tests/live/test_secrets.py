"""Keys of a session are nowhere to be found: not in /proc, logs, errors, files, cores or helpers.

Only the memory of the session itself holds them, and of the programs that were given them.
"""

import contextlib
import itertools
import json
import os
import secrets
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from attrs import define, field

from tests.labs import open_sandbox
from tests.live.keys_lab import MARKER
from tests.waiting import LIMIT

pytestmark = pytest.mark.live

PLACES = ("sandbox", "local")
EXECUTORS = ("batch", "process")
in_every_place = pytest.mark.parametrize(
    "search", list(itertools.product(PLACES, EXECUTORS)), indirect=True
)

# As of a host: with its own network, and its own names of namespaces.
HOST = ("unshare", "-n", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh")


def new_keys() -> dict[str, str]:
    """Return keys that are nowhere on this machine yet."""
    wireguard = bytearray(secrets.token_bytes(32))
    wireguard[0] &= 248
    wireguard[31] = wireguard[31] & 127 | 64

    return {
        "macsec": secrets.token_hex(16),
        "macsec_256": secrets.token_hex(32),
        "xfrm": f"0x{secrets.token_hex(16)}",
        "wireguard": b64encode(wireguard).decode(),
        "passphrase": secrets.token_urlsafe(24),
    }


def needles_of(keys: Iterable[str]) -> list[bytes]:
    """Return the texts to search for: the keys without `0x`, and a part that a log may cut out."""
    bare_keys = [key.removeprefix("0x") for key in keys]
    return [key[start : start + 16].encode() for key in bare_keys for start in (0, len(key) - 16)]


@define
class ProcSampler:
    """A thread that reads the command lines and environments of all processes, over and over."""

    needles: list[bytes]
    hits: set[bytes] = field(factory=set)
    saw_marker: bool = False
    _has_ended: threading.Event = field(factory=threading.Event)

    def sample(self) -> None:
        """Read until the end."""
        while not self._has_ended.is_set():
            for process in os.listdir("/proc"):
                if process.isdigit():
                    self._read(f"/proc/{process}/cmdline")
                    self._read(f"/proc/{process}/environ")

    def _read(self, path: str) -> None:
        """Search a file of a process."""
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            return

        self.saw_marker = self.saw_marker or MARKER.encode() in content
        if any(needle in content for needle in self.needles):
            self.hits.add(content)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Sample during a block."""
        thread = threading.Thread(target=self.sample)
        thread.start()
        try:
            yield
        finally:
            self._has_ended.set()
            thread.join()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have started."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text().split())

    return children + [lower for child in children for lower in descendants(child)]


def memory_holds(pid: int, needles: list[bytes]) -> bool:
    """Return whether the memory of a process holds a key; a process that has ended has none."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return False

    try:
        return any(needle in part for part in written_memory(memory, maps) for needle in needles)
    finally:
        os.close(memory)


def written_memory(memory: int, maps: list[str]) -> Iterator[bytes]:
    """Yield the parts of a process's memory that it can write."""
    for line in maps:
        addresses, permissions, *_ = line.split()
        start, end = (int(address, 16) for address in addresses.split("-"))

        if permissions.startswith("rw"):
            with contextlib.suppress(OSError):  # unmapped meanwhile
                yield os.pread(memory, end - start, start)


def files_with(needles: list[bytes], folder: Path) -> list[str]:
    """Return the files below a folder that hold a key."""
    contents = ((path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file())
    return [name for name, content in contents if any(needle in content for needle in needles)]


@define
class Search:
    """Where keys were found, and the commands that succeeded."""

    succeeded: list[str]
    hits: set[bytes]
    saw_marker: bool
    files: list[str]
    helpers_with_key: list[int]
    session_has_key: bool
    has_machine_rights: bool


def search_for_keys(place: str, executor: str, folder: Path) -> Search:
    """Run a session that uses new keys, and search for them."""
    keys = new_keys()
    needles = needles_of(keys.values())
    for name in ("tmp", "state", "work"):
        (folder / name).mkdir()
    sampler = ProcSampler(needles)
    before = () if place == "sandbox" else HOST

    with (folder / "stderr").open("w") as stderr, sampler.running():
        process = subprocess.Popen(
            (*before, sys.executable, "-m", "tests.live.keys_lab", place, executor, str(folder)),
            cwd=folder / "work",
            env={
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "TMPDIR": str(folder / "tmp"),
                "XDG_STATE_HOME": str(folder / "state"),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(f"{json.dumps(keys)}\n")
            process.stdin.flush()
            generated, _, _ = process.stdout.readline().partition(" PUBLIC")
            succeeded = process.stdout.readline()
            assert succeeded, (folder / "stderr").read_text()

            needles += needles_of(key[::-1] for key in json.loads(generated))
            helpers = descendants(process.pid)
            helpers_with_key = [pid for pid in helpers if memory_holds(pid, needles)]
            session_has_key = memory_holds(process.pid, needles)

            process.stdin.write("\n")
            process.stdin.close()
            assert -6 == process.wait(timeout=LIMIT)

    assert "" == (folder / "stderr").read_text()
    return Search(
        json.loads(succeeded),
        sampler.hits,
        sampler.saw_marker,
        files_with(needles, folder),
        helpers_with_key,
        session_has_key,
        has_machine_rights=place != "sandbox",
    )


@pytest.fixture(scope="module")
def search(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Search:
    """The search for the keys of a session in a place, with an executor."""
    place, executor = request.param
    if os.geteuid() != 0 and place == "local":
        pytest.skip("only root has a network of its own without a user namespace")
    with open_sandbox():  # skips the test where none can be made
        pass

    return search_for_keys(place, executor, tmp_path_factory.mktemp("keys"))


@in_every_place
def test_keys_are_nowhere(search: Search) -> None:
    """Neither ps, logs, recording, exports, errors, cores, temporary files nor helpers have a key.

    A kernel without macsec and WireGuard refuses the commands, which are given the keys all the
    same.
    """
    assert set() == search.hits
    assert [] == search.files
    assert [] == search.helpers_with_key


@in_every_place
def test_the_search_sees_what_there_is_to_see(search: Search) -> None:
    """An argument of a program was seen, and the key in the memory of the session itself."""
    assert search.saw_marker
    assert search.session_has_key
    assert "cat" in search.succeeded


@in_every_place
def test_keys_are_set(search: Search) -> None:
    """On a kernel with macsec and WireGuard the keys arrive, by stdin."""
    if not {"link", "wireguard"} <= set(search.succeeded):
        pytest.skip("this kernel has no macsec or no WireGuard")

    expected = {"wg_set", "wg_generated", "wg_setconf"}
    # macsec_genl_ops in drivers/net/macsec.c asks for a right over the machine, which nobody has in
    # a user namespace.
    if search.has_machine_rights:
        expected |= {"plain", "typed"}
    assert expected <= set(search.succeeded)
    assert "missing" not in search.succeeded
