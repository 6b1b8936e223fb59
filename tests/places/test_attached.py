"""The sandbox of another process, entered by what that process has written down."""

import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest
from attrs import evolve

from ipwrap import PlaceError, Sandbox, Session
from ipwrap.places.attached import HolderAddress

pytestmark = pytest.mark.live


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An open sandbox."""
    place = Sandbox()
    try:
        place.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    yield place
    place.close()


def test_another_process_enters_a_sandbox(sandbox: Sandbox) -> None:
    """A session of another process sees the network of the sandbox, and leaves the sandbox open."""
    with Session(sandbox) as session:
        session.ip.netns.add("red")
    code = """
import sys, msgspec
from ipwrap import Sandbox, Session
from ipwrap.places.attached import HolderAddress

address = msgspec.json.decode(sys.argv[1], type=HolderAddress)
place = Sandbox.attach(address)
with Session(place) as session:
    print([netns.name for netns in session.ip.netns.list()], place.first_process)
place.close()
"""
    address = msgspec.json.encode(sandbox.address).decode()

    process = subprocess.run((sys.executable, "-c", code, address), capture_output=True, text=True)

    assert f"['red'] {sandbox.first_process}\n" == process.stdout, process.stderr
    assert sandbox.address == msgspec.json.decode(address, type=HolderAddress)


def test_sandbox_that_has_ended_cannot_be_entered(sandbox: Sandbox) -> None:
    """The address of a closed sandbox leads nowhere, whoever has its number now."""
    address = sandbox.address
    sandbox.close()

    with pytest.raises(PlaceError, match="the sandbox is gone: its holder has ended"):
        Sandbox.attach(address)


def test_address_of_a_closed_sandbox() -> None:
    """A sandbox that is not open has no address."""
    with pytest.raises(PlaceError, match="not open"):
        _ = Sandbox().address


def test_confinement_of_another_version(sandbox: Sandbox) -> None:
    """A sandbox that is shut in in an unknown way is refused."""
    place = Sandbox.attach(evolve(sandbox.address, confinement="magic"))

    with pytest.raises(PlaceError, match="another version of ipwrap: 'magic'"):
        place.wrap(("true",))


def test_reused_number_is_another_process(sandbox: Sandbox) -> None:
    """A process with the holder's number and another start is not the holder."""
    with pytest.raises(PlaceError, match="its holder has ended"):
        Sandbox.attach(evolve(sandbox.address, start_ticks=1))
