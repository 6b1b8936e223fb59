"""The shims: what a script sees of them (nothing), and what they see of it (all)."""

import subprocess
from pathlib import Path

import pytest

from ipwrap import ExecutorError, InvalidArgument
from ipwrap.shims import shims
from ipwrap.shims.shims import Shims
from tests.shims.recording import run

pytestmark = pytest.mark.live

SHELLS = ("bash", "sh")


def test_output_and_status_are_as_without(tmp_path: Path) -> None:
    """On stdout, on stderr, both, closed; with the status of the program."""
    text = """
ip link set lo up
ip link show nosuch; echo "$?"
ip link set lo down; echo "$?"
ip -j link show lo | wc -l
ip link show lo | head -1
ip route get 999.0.0.1 2>&1; echo "$?"
ip link show lo >&-; echo "$?"
ip link show lo >/dev/full; echo "$?" >/dev/null
x=$(ip -o link show lo); echo "${x%%:*}"
ip -br link show lo <&-
exit 7
"""
    bare = subprocess.run(
        ("unshare", "-rn", "bash", "-c", text), capture_output=True, text=True, check=False
    )

    done = run(tmp_path, text)

    assert (7, bare.stdout, bare.stderr) == (
        *(done.status, done.stdout),
        "".join(
            line
            for line in done.stderr.splitlines(keepends=True)
            if not line.startswith("ipwrap: ")
        ),
    )
    assert 10 == len(done.lines)


@pytest.mark.parametrize(
    "text",
    [
        "ip link add x type veth peer name y",
        "exec ip link add x type veth peer name y",
        "command ip link add x type veth peer name y",
        "env -i /bin/sh -c 'ip link add x type veth peer name y'",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin; ip link add x type veth peer name y",
        'PATH=/usr/sbin:/usr/bin:/sbin:/bin; "$(readlink -f "$(command -v ip)")" link add x type veth peer name y',
        "sudo -n -E ip link add x type veth peer name y",
        "sudo WHO=me ip link add x type veth peer name y",
        "sudo -u root ip link add x type veth peer name y",
        "echo x | xargs -I{} ip link add {} type veth peer name y",
        'ip() { command ip link "$@"; }; ip add x type veth peer name y',
        "ip -b - <<< 'link add x type veth peer name y'",
        "echo link add x type veth peer name y | ip -batch -",
        "ip -batch <(echo link add x type veth peer name y)",
        "echo link add x type veth peer name y >lines; ip -batch lines; rm lines",
        "python3 -c 'import os; os.system(\"ip link add x type veth peer name y\")'",
    ],
)
def test_every_way_of_calling(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one command of the recording, and it has run once."""
    monkeypatch.chdir(tmp_path)

    done = run(tmp_path, f"{text}\n")

    assert (0, ["ip link add x type veth peer name y"]) == (done.status, done.lines), done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "ip netns exec red ip link set lo up",
        "ip -n red link set lo up",
        "ip netns exec red bash -c 'ip link set lo up'",
        "ip netns exec red sh <<END\nip link set lo up\nEND",
        "nsenter --net=/run/netns/red ip link set lo up",
        "nsenter --net=/run/netns/red env -i /bin/sh -c 'ip link set lo up'",
        "ip -all netns exec ip link set lo up",
        "ip netns exec red ip -b - <<< 'link set lo up'",
        "f() { ip link set lo up; }; export -f f; ip netns exec red bash -c f",
    ],
)
def test_every_way_into_a_namespace(text: str, tmp_path: Path) -> None:
    """The command is the namespace's, and it is there once."""
    done = run(tmp_path, f"ip netns add red\n{text}\n")

    assert (0, ["ip netns add red", "ip -n red link set lo up"]) == (done.status, done.lines), (
        done.stderr
    )


def test_calls_side_by_side(tmp_path: Path) -> None:
    """None is lost, and each has a number of its own."""
    done = run(
        tmp_path,
        'for n in $(seq 20); do ip netns add "n$n" & done; wait; seq 21 40 | xargs -P 4 -I{} ip netns add n{}',
    )

    assert sorted(f"ip netns add n{n}" for n in range(1, 41)) == sorted(done.lines)
    assert all(result.ok for result in done.recording.results)


@pytest.mark.parametrize("shell", SHELLS)
def test_signals_reach_the_program(shell: str, tmp_path: Path) -> None:
    """The script sees that the signal has ended it, at once."""
    text = """
ip netns add red
ip netns exec red sleep 1000 & sleep 0.5; kill $!; wait $!; echo "$?"
timeout -s INT 0.5 ip netns exec red sleep 1000; echo "$?"
timeout 0.5 ip monitor; echo "$?"
ip netns exec red sh -c 'kill -9 $$'; echo "$?"
"""
    done = run(tmp_path, text, shell=shell)

    assert "143\n124\n124\n137\n" == done.stdout
    assert ["ip netns add red"] == done.lines
    assert 4 == len(done.notes)


def test_a_dialogue_goes_on(tmp_path: Path) -> None:
    """What a batch answers comes as it comes, also before its input has ended: JSON, as text does not from 7.1 on."""
    text = """
coproc ip -j -batch -
echo 'link show lo' >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
echo "${line%%,*}"
"""
    done = run(tmp_path, text)

    assert (0, '[{"ifindex":1\n') == (done.status, done.stdout)


def test_what_a_program_prints_comes_as_it_comes(tmp_path: Path) -> None:
    """And is recorded; what it leaves running is not waited for."""
    text = """
ip netns add red
ip netns exec red sh -c 'echo one; echo two >&2; sleep 100 & exit 3'; echo "$?"
ip netns exec red sh -c 'while echo begun; do sleep 0.1; done' | head -1
ip netns pids red | xargs kill
"""
    done = run(tmp_path, text)

    assert "one\n3\nbegun\n" == done.stdout
    said = [(each.status, each.stdout, each.stderr) for each in done.recording.results]
    assert (3, "one\n", "two\n") in said


def test_stdin_is_left_to_whom_it_belongs(tmp_path: Path) -> None:
    """A program that does not read it takes nothing of it; what one reads is recorded."""
    text = """
ip netns add red
while read -r name; do
    ip netns exec red test "$name"
    ip link show lo >/dev/null
    echo "$name"
done
echo text | ip netns exec red tee /dev/null
"""
    done = run(tmp_path, text, stdin="a\nb\n")

    assert "a\nb\ntext\n" == done.stdout
    assert "text\n" == done.recording.commands[-1].command.stdin


def test_other_programs_are_caught_if_they_are_named(tmp_path: Path) -> None:
    """At any depth, and in any namespace."""
    text = """
ip netns add red
cat /dev/null
ip netns exec red sh -c 'cat /proc/uptime >/dev/null'
"""
    done = run(tmp_path, text, "--also", "cat")

    assert ["ip netns add red", "cat /dev/null"] == done.lines[:2]
    assert "ip netns exec red cat /proc/uptime" == done.lines[-1]


def test_what_a_program_reads_from_a_pipe_of_the_shell_is_kept(tmp_path: Path) -> None:
    """`<(…)` can be read once: a replay is given what it held."""
    done = run(tmp_path, "cat <(echo text)", "--also", "cat")

    assert (0, "text\n") == (done.status, done.stdout)
    assert ("cat /dev/stdin", "text\n") == (done.lines[0], done.recording.commands[0].command.stdin)


def test_the_line_of_the_script_is_told(tmp_path: Path) -> None:
    """Of bash, for what its own process calls."""
    done = run(tmp_path, "# a comment\n\nip link set lo up\nip netns add red; ip netns add blue\n")

    assert ["3", "4", "4"] == [
        str(asked.call_site).rpartition(":")[2] for asked in done.recording.commands
    ]


@pytest.mark.parametrize("program", ["sh", "bash", "sudo", "/usr/bin/ip"])
def test_what_the_shims_are_made_of_cannot_be_caught(program: str, tmp_path: Path) -> None:
    """It is refused with the reason."""
    with pytest.raises(InvalidArgument, match="give the name of a program"):
        Shims(tmp_path, str(tmp_path), "", also=(program,))


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """It is said before anything runs."""
    with pytest.raises(ExecutorError, match="no such program"):
        Shims(tmp_path, str(tmp_path), "", also=("nosuch-program",))


def test_a_link_to_another_program_is_not_mounted_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of busybox's `ip` it would be all of busybox."""
    (tmp_path / "busybox").write_text("")
    (tmp_path / "busybox").chmod(0o755)
    (tmp_path / "ip").symlink_to("busybox")
    monkeypatch.setattr(shims, "environment", lambda: {"PATH": str(tmp_path)})

    made = Shims(tmp_path, str(tmp_path), "", over=True)

    assert "busybox" not in made.mount_script()
    assert "" == made.unmount_script()


def test_a_shim_without_its_folder_is_out_of_the_way(tmp_path: Path) -> None:
    """When the recording is over, what still runs goes on without."""
    Shims(tmp_path, str(tmp_path / "gone"), "/proc/self/ns/net").write()

    done = subprocess.run(
        (tmp_path / "bin" / "ip", "-V"), capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("ip utility")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ip", "link"), ["env", "PATH=mine", "ip", "link"]),
        (("-n", "-u", "bob", "A=b", "ip"), ["-n", "-u", "bob", "env", "PATH=mine", "A=b", "ip"]),
        (("--user=bob", "--", "ip"), ["--user=bob", "--", "env", "PATH=mine", "ip"]),
        (("-i",), ["-i"]),
        (("-l", "ip"), ["-l", "ip"]),
        (("--version",), ["--version"]),
    ],
)
def test_sudo_is_given_the_path(
    words: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    """Whoever is not root needs the real one; what it would run has to find the shims."""
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    real.chmod(0o755)
    text = shims._fill_template("sudo.sh", {"real": str(real), "env": "env"}, "/bin/sh")
    sudo = tmp_path / "sudo"
    sudo.write_text(text.replace('[ "$uid" = 0 ]', "false"))
    sudo.chmod(0o755)

    done = subprocess.run(
        (sudo, *words), env={"PATH": "mine"}, capture_output=True, text=True, check=False
    )

    assert expected == done.stdout.splitlines()
