"""Namespaces that a script names by itself, and pids of its own processes, are made so again."""

from pathlib import Path

import pytest

from ipwrap.export import FORMATS
from ipwrap.recording import ProcessEvent
from tests.every_way import differences_by_way, replay_by
from tests.shims.recording import record_script

pytestmark = pytest.mark.live

# The namespace of the process is there when it differs from that of the script.
PROCESS = """\
set -e
unshare -n sleep 100 &
pid=$!
until [ ! /proc/$pid/ns/net -ef /proc/self/ns/net ]; do :; done
ip link add v0 type veth peer name p0
"""

BIND_MOUNT = f"""{PROCESS}
mkdir -p /run/netns
touch /run/netns/red
mount --bind /proc/$pid/ns/net /run/netns/red
ip link set p0 netns red
ip -n red link set p0 up
"""

SYMBOLIC_LINK = f"""{PROCESS}
mkdir -p /var/run/netns
ln -sfT /proc/$pid/ns/net /var/run/netns/red
ip link set p0 netns $pid
ip netns exec red ip addr add 10.0.0.2/24 dev p0
nsenter -t $pid -n ip link set p0 up
"""

UNSHARED_FILE = """\
set -e
mkdir -p /run/netns
touch /run/netns/red
unshare --net=/run/netns/red true
ip -n red link set lo up
"""

ATTACHED = f"""{PROCESS}
ip netns attach red $pid
ip netns identify $pid
ip link set p0 netns red
ip -n red addr add 10.0.0.2/24 dev p0
"""

LABS = {
    "bind mount": BIND_MOUNT,
    "unshared file": UNSHARED_FILE,
    "attached": ATTACHED,
}

UNNAMED = f"""{PROCESS}
ip link set p0 netns $pid
nsenter -t $pid -n ip addr add 10.0.0.2/24 dev p0
nsenter --target $pid --net ip link set p0 up
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up
"""


@pytest.mark.parametrize("lab", LABS)
def test_a_name_is_made_again(tmp_path: Path, lab: str) -> None:
    """A namespace named by a mount, unshare or attach replays equal by every way."""
    assert {} == differences_by_way(record_script(tmp_path, LABS[lab]).recording)


# `plain` and `batch` end the process with the script, and its namespace with it: nothing else, not
# even a symbolic link, holds it.
@pytest.mark.parametrize("lab", [SYMBOLIC_LINK, UNNAMED], ids=["symbolic link", "unnamed"])
def test_a_namespace_of_a_process_is_made_again(tmp_path: Path, lab: str) -> None:
    """A namespace that a process alone holds is there again, linked or entered by nsenter."""
    recording = record_script(tmp_path, lab).recording

    assert {} == differences_by_way(recording, ways=("session", "sh", "python"))


def test_a_pid_is_a_variable_of_its_process(tmp_path: Path) -> None:
    """In the exported script the process is started, and its variable stands for its number."""
    recording = record_script(tmp_path, SYMBOLIC_LINK).recording
    text = FORMATS["sh"](recording)

    assert 'ln -sfT /proc/"$unshare"/ns/net /var/run/netns/red\n' in text
    assert 'ip link set p0 netns "$unshare"\n' in text
    assert "unshare -n sleep 100" in text
    # `down` deletes the name that the script has made.
    assert "netns del red" in text


def test_the_calls_in_a_namespace_without_a_name_stay_whole(tmp_path: Path) -> None:
    """nsenter is the command, and there is no note on the call of ip inside."""
    run = record_script(tmp_path, UNNAMED)

    assert [] == run.notes
    assert [line for line in run.command_lines if line.startswith("nsenter")] == [
        line.replace("PID", str(_pid_of(run.recording)))
        for line in (
            "nsenter -t PID -n ip addr add 10.0.0.2/24 dev p0",
            "nsenter --target PID --net ip link set p0 up",
        )
    ]


def _pid_of(recording: object) -> int:
    """Return the pid of the only process of a recording."""
    (pid,) = [event.pid for event in recording.events if hasattr(event, "pid")]  # type: ignore[attr-defined]
    return int(pid)


def test_a_killed_process_has_an_end(tmp_path: Path) -> None:
    """A process that the script kills last is ended by a replay, too, and its namespace with it."""
    lab = f"{SYMBOLIC_LINK}kill $pid\nuntil [ ! -d /proc/$pid/ns ]; do :; done\n"

    assert [] == replay_by("session", record_script(tmp_path, lab).recording).differences


def test_the_namespace_of_the_script_itself_has_no_pid(tmp_path: Path) -> None:
    """`ip netns identify $$` asks for the caller, in a replay as well."""
    inner = "ip netns exec red bash -c 'ip netns identify $$'"
    run = record_script(tmp_path, f"ip netns add red\nip netns identify $$\n{inner}\n")

    assert [
        "ip netns add red",
        "ip netns identify",
        inner,
        "ip -n red netns identify",
    ] == run.command_lines
    assert ["red"] == run.stdout.split()


def test_a_program_given_by_its_path_is_a_call_of_its_own(tmp_path: Path) -> None:
    """`ip netns exec red /usr/sbin/ip …` is recorded as `ip -n red …`, without a note."""
    lab = 'ip netns add red\nip netns exec red "$(command -v ip)" link set lo up\n'
    run = record_script(tmp_path, lab)

    assert (["ip netns add red", "ip -n red link set lo up"], []) == (run.command_lines, run.notes)


def test_other_uses_of_the_programs_are_not_recorded(tmp_path: Path) -> None:
    """ln, mkdir, mount, rm, touch and umount are recorded for namespaces only."""
    lab = "mkdir a; touch a/b; ln -s b a/c; rm -r a; mount --bind / /mnt; umount /mnt; ip link\n"

    assert ["ip link"] == record_script(tmp_path, f"cd {tmp_path}\n{lab}").command_lines


def test_processes_are_recorded_as_such(tmp_path: Path) -> None:
    """unshare in the background is a background process."""
    recording = record_script(tmp_path, UNNAMED).recording
    processes = [event for event in recording.events if isinstance(event, ProcessEvent)]

    assert [("unshare", "-n", "sleep", "100")] == [event.command.argv for event in processes]
