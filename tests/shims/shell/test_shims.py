"""The shims are invisible to a script, and record all of its calls."""

import os
import subprocess
from pathlib import Path

import pytest

from ipwrap import ExecutorError, InvalidArgument
from ipwrap.shims.calls.call import read_calls
from ipwrap.shims.calls.order import read_order
from ipwrap.shims.shell import shims
from ipwrap.shims.shell.shims import Shims, recorded_programs
from ipwrap.system.programs import find_program
from tests.shims.recording import record_script

pytestmark = pytest.mark.live

SHELLS = ("bash", "sh")


def test_output_and_status_are_unchanged(tmp_path: Path) -> None:
    """Output and status equal those without shims, also with closed and full streams."""
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

    recorded_run = record_script(tmp_path, text)

    assert (7, bare.stdout, bare.stderr) == (
        *(recorded_run.status, recorded_run.stdout),
        "".join(
            line
            for line in recorded_run.stderr.splitlines(keepends=True)
            if not line.startswith("ipwrap: ")
        ),
    )
    assert 10 == len(recorded_run.command_lines)


@pytest.mark.parametrize(
    "text",
    [
        "ip link add x type veth peer name y",
        "exec ip link add x type veth peer name y",
        "command ip link add x type veth peer name y",
        "env -i /bin/sh -c 'ip link add x type veth peer name y'",
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin; ip link add x type veth peer name y",
        (
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin; "
            '"$(readlink -f "$(command -v ip)")" link add x type veth peer name y'
        ),
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
def test_ways_of_calling_ip(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call in any notation is recorded once, and has run once."""
    monkeypatch.chdir(tmp_path)

    recorded_run = record_script(tmp_path, f"{text}\n")

    assert (0, ["ip link add x type veth peer name y"]) == (
        recorded_run.status,
        recorded_run.command_lines,
    ), recorded_run.stderr


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
def test_ways_into_a_namespace(text: str, tmp_path: Path) -> None:
    """A call in a namespace is recorded once, with the namespace."""
    recorded_run = record_script(tmp_path, f"ip netns add red\n{text}\n")

    assert (0, ["ip netns add red", "ip -n red link set lo up"]) == (
        recorded_run.status,
        recorded_run.command_lines,
    ), recorded_run.stderr


def test_parallel_calls(tmp_path: Path) -> None:
    """Parallel calls are all recorded, with separate numbers."""
    recorded_run = record_script(
        tmp_path,
        'for n in $(seq 20); do ip netns add "n$n" & done; wait; '
        "seq 21 40 | xargs -P 4 -I{} ip netns add n{}",
    )

    assert sorted(f"ip netns add n{n}" for n in range(1, 41)) == sorted(recorded_run.command_lines)
    assert all(result.ok for result in recorded_run.recording.results)


@pytest.mark.parametrize("shell", SHELLS)
def test_signals_reach_the_program(shell: str, tmp_path: Path) -> None:
    """A signal ends the program at once, and the script sees its status."""
    text = """
ip netns add red
ip netns exec red sleep 1000 & sleep 3; kill $!; wait $!; echo "$?"
timeout -s INT 3 ip netns exec red sleep 1000; echo "$?"
timeout 3 ip monitor; echo "$?"
ip netns exec red sh -c 'kill -9 $$'; echo "$?"
"""
    recorded_run = record_script(tmp_path, text, shell=shell)

    signals = [event.signal for event in recorded_run.actions if event.action == "signal"]

    assert "143\n124\n124\n137\n" == recorded_run.stdout
    assert ["ip netns add red"] == recorded_run.command_lines
    assert ["TERM", "INT", "TERM", "KILL"] == signals
    assert [] == recorded_run.notes


def test_coprocess_receives_replies(tmp_path: Path) -> None:
    """A batch run as a coprocess prints JSON replies before the end of its input."""
    text = """
coproc ip -j -batch -
echo 'link show lo' >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
echo "${line%%,*}"
"""
    recorded_run = record_script(tmp_path, text)

    assert 0 == recorded_run.status
    assert '[{"ifindex":1\n' == recorded_run.stdout


def test_output_passes_without_delay(tmp_path: Path) -> None:
    """Output passes at once and is recorded, and background processes are not waited for."""
    text = """
ip netns add red
ip netns exec red sh -c 'echo one; echo two >&2; sleep 100 & exit 3'; echo "$?"
ip netns exec red sh -c 'while echo begun; do sleep 0.1; done' | head -1
ip netns pids red | xargs kill
"""
    recorded_run = record_script(tmp_path, text)

    assert "one\n3\nbegun\n" == recorded_run.stdout
    results = [
        (result.status, result.stdout, result.stderr) for result in recorded_run.recording.results
    ]
    assert (3, "one\n", "two\n") in results


def test_monitor_of_a_quick_program_prints_at_once(tmp_path: Path) -> None:
    """`nft monitor` prints while it runs, though other calls of nft end at once."""
    if find_program("nft") is None:
        pytest.skip("no nft here")
    log = tmp_path / "log"
    text = f"""
nft monitor >{log} & monitor=$!
for number in {{1..200}}; do
    nft add table ip "t$number"
    ! grep -q "add table" {log} || break
    sleep 0.1
done
kill "$monitor"
[ "$number" -lt 200 ] && echo printed
"""
    recorded_run = record_script(tmp_path, text)

    assert "printed\n" == recorded_run.stdout


def test_stdin_is_read_by_its_owner_only(tmp_path: Path) -> None:
    """A program that ignores stdin consumes nothing of it; consumed input is recorded."""
    text = """
ip netns add red
while read -r name; do
    ip netns exec red test "$name"
    ip link show lo >/dev/null
    echo "$name"
done
echo text | ip netns exec red tee /dev/null
"""
    recorded_run = record_script(tmp_path, text, stdin="a\nb\n")

    assert "a\nb\ntext\n" == recorded_run.stdout
    assert "text\n" == recorded_run.recording.commands[-1].command.stdin


def test_additional_programs_are_recorded(tmp_path: Path) -> None:
    """Calls of a program in `--also` are recorded at any depth and in any namespace.

    A program that a replay runs again runs those that it calls again: they are not recorded twice.
    """
    text = """
ip netns add red
sh -c 'cat /dev/null'
ip netns exec red cat /proc/uptime >/dev/null
ip netns exec red sh -c 'cat /proc/uptime >/dev/null'
"""
    recorded_run = record_script(tmp_path, text, "--also", "cat")

    assert [
        "ip netns add red",
        "cat /dev/null",
        "ip netns exec red cat /proc/uptime",
        "ip netns exec red sh -c 'cat /proc/uptime >/dev/null'",
    ] == recorded_run.command_lines


def test_process_substitution_is_kept(tmp_path: Path) -> None:
    """The content of `<(…)`, which can be read only once, is kept for a replay."""
    recorded_run = record_script(tmp_path, "cat <(echo text)", "--also", "cat")

    assert 0 == recorded_run.status
    assert "text\n" == recorded_run.stdout
    assert "cat /dev/stdin" == recorded_run.command_lines[0]
    assert "text\n" == recorded_run.recording.commands[0].command.stdin


def test_call_site_is_the_line_of_the_script(tmp_path: Path) -> None:
    """For calls of the bash process itself, the line of the script is recorded."""
    recorded_run = record_script(
        tmp_path, "# a comment\n\nip link set lo up\nip netns add red; ip netns add blue\n"
    )

    assert ["3", "4", "4"] == [
        str(event.call_site).rpartition(":")[2] for event in recorded_run.recording.commands
    ]


@pytest.mark.parametrize("program", ["sh", "bash", "sudo", "/usr/bin/ip"])
def test_programs_of_the_shims_are_refused(program: str) -> None:
    """A shell, sudo and a path are refused with the reason."""
    with pytest.raises(InvalidArgument, match="give the name of a program"):
        recorded_programs((program,))


def test_missing_program_is_an_error() -> None:
    """A missing program is an error before the run."""
    with pytest.raises(ExecutorError, match="no such program"):
        recorded_programs(("nosuch-program",))


def test_link_to_another_program_is_not_mounted_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shim over a link to busybox would replace all of busybox."""
    (tmp_path / "busybox").write_text("")
    (tmp_path / "busybox").chmod(0o755)
    (tmp_path / "ip").symlink_to("busybox")
    monkeypatch.setattr(shims, "command_environment", lambda: {"PATH": str(tmp_path)})

    link_shims = Shims(tmp_path, str(tmp_path), "", over=True)

    assert "busybox" not in link_shims.mount_script()
    assert "busybox" not in link_shims.unmount_script()


ODD_ARGUMENTS = ("link", "show", "%s\\n$HOME 'é' *", "\udcff\udcfe", "x" * 60_000, "")


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox", shims.KLIBC_SHELL])
def test_every_shell_records_the_same(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under each shell, plain calls and calls whose output passes are recorded with their ends."""
    program = find_program(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    interpreter = tmp_path / ("bash" if shell == "bash" else "sh")
    interpreter.symlink_to(program)
    monkeypatch.setattr(Shims, "_find_shell", lambda _: str(interpreter))
    script = tmp_path / "lab.sh"
    script.write_text("""
ip link show lo
ip link show nosuch
cat <(echo piped)
cat nosuch
env sh -c 'cat; kill -TERM $$' <<< fed
""")
    programs = recorded_programs(("cat", "sort"))
    folder = tmp_path / "calls"
    folder.mkdir()
    recorded_shims = Shims(folder, str(folder), "/proc/self/ns/net", str(script), programs)
    recorded_shims.write()
    env = {**os.environ, "LC_ALL": "C"}

    runs = [
        subprocess.run(
            ("bash", str(script)),
            env={**env, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        for path in (env["PATH"], recorded_shims.path(env["PATH"]))
    ]

    assert (runs[0].stdout, runs[0].returncode) == (runs[1].stdout, runs[1].returncode)
    calls = read_calls(folder)
    assert [0, 1, 0, 1, 0] == [call.status for call in calls]
    assert [True, True] == ["nosuch" in calls[number].stderr for number in (1, 3)]
    assert ["piped\n", "piped\n", "fed\n"] == [calls[2].stdout, calls[2].file, calls[4].stdout]
    assert None not in [call.script_offset for call in calls[:4]]
    odd = subprocess.run(
        (recorded_shims.path("").rstrip(":") + "/ip", *ODD_ARGUMENTS),
        capture_output=True,
        check=False,
    )
    assert (255, ("ip", *ODD_ARGUMENTS)) == (odd.returncode, read_calls(folder)[-1].argv)
    starts = [moment.number for moment in read_order(folder) if moment.kind == "start"]
    assert [1, 2, 3, 4, 5, 6] == starts


def test_shell_of_klibc_is_used_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell that starts fastest is used if it can run the shims; else it is dash."""
    shell = tmp_path / "sh"
    monkeypatch.setattr(shims, "KLIBC_SHELL", str(shell))
    written_shims = Shims(tmp_path, str(tmp_path), "")
    dash = find_program("dash") or "/bin/sh"

    assert dash == written_shims._find_shell()
    shell.write_text("#!/bin/false\n")
    shell.chmod(0o755)
    assert dash == written_shims._find_shell()
    shell.write_text(f'#!/bin/sh\nexec {dash} "$@"\n')
    assert str(shell) == written_shims._find_shell()


def test_output_that_nobody_reads_is_recorded(tmp_path: Path) -> None:
    """Output to /dev/null is recorded by stream, and from a program that the script waits for."""
    speak = "ip netns exec red sh -c 'echo one; echo two >&2; exit 3'"
    text = f"""
ip netns add red
{speak} >/dev/null 2>&1
{speak} 2>/dev/null
{speak} >/dev/null
echo "$?"
"""
    recorded_run = record_script(tmp_path, text)

    assert ("one\n3\n", True) == (recorded_run.stdout, "two\n" in recorded_run.stderr)
    results = recorded_run.recording.results[1:]
    assert 3 * [(3, "one\n", "two\n")] == [
        (result.status, result.stdout, result.stderr) for result in results
    ]


@pytest.mark.parametrize(
    "text",
    [
        "set -m; ip netns exec red sleep 1000 & pid=$!",
        "coproc ip netns exec red sleep 1000; pid=$COPROC_PID",
        "exec 9< <(exec ip netns exec red sleep 1000); pid=$!",
        "exec 9> >(exec ip netns exec red sleep 1000); pid=$!",
    ],
)
def test_signals_reach_a_program_that_ignores_none(text: str, tmp_path: Path) -> None:
    """A job, a coprocess and a process substitution, which ignore no SIGINT, end at once."""
    recorded_run = record_script(
        tmp_path,
        f"""
ip netns add red
{text}
until ip netns pids red | grep -q .; do sleep 0.05; done
kill "$pid"
until ! ip netns pids red | grep -q .; do sleep 0.05; done
wait "$pid"; echo "$?"
""",
    )

    assert "143\n" == recorded_run.stdout


def test_shim_without_its_folder_runs_the_program(tmp_path: Path) -> None:
    """After the end of the recording, a shim only runs the program."""
    Shims(tmp_path, str(tmp_path / "gone"), "/proc/self/ns/net").write()

    completed = subprocess.run(
        (tmp_path / "bin" / "ip", "-V"), capture_output=True, text=True, check=False
    )

    assert completed.stdout.startswith("ip utility")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ip", "link"), ["env", "PATH=mine", "ip", "link"]),
        (("-n", "-u", "bob", "A=b", "ip"), ["-n", "-u", "bob", "env", "PATH=mine", "A=b", "ip"]),
        (("--user=bob", "--", "ip"), ["--user=bob", "--", "env", "PATH=mine", "ip"]),
        (("-i",), ["-i"]),
        (("-l", "ip"), ["-l", "ip"]),
        (("--version",), ["--version"]),
    ],
)
def test_sudo_keeps_the_path(
    arguments: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    """The shim of sudo passes PATH on to the program, which sudo would reset."""
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    real.chmod(0o755)
    text = shims._fill_template("sudo.sh", {"real": str(real), "env": "env"}, shell="/bin/sh")
    sudo = tmp_path / "sudo"
    sudo.write_text(text.replace('[ "$uid" = 0 ]', "false"))
    sudo.chmod(0o755)

    completed = subprocess.run(
        (sudo, *arguments), env={"PATH": "mine"}, capture_output=True, text=True, check=False
    )

    assert expected == completed.stdout.splitlines()


def test_usual_programs_are_recorded_without_being_asked_for(tmp_path: Path) -> None:
    """Sysctls, packet filters and the older programs are recorded where they are installed."""
    lines = {
        "sysctl": "sysctl -qw net.ipv4.ip_forward=1",
        "ifconfig": "ifconfig lo mtu 1400",
        "route": "route add -net 10.9.0.0/24 dev lo",
        "arp": "arp -n",
        "brctl": "brctl addbr br7",
        "iptables": "iptables -A FORWARD -j DROP",
        "iptables-save": "iptables-save",
        "nft": "nft list ruleset",
        "ping": "ping -c 1 127.0.0.1",
    }
    installed = {program: line for program, line in lines.items() if find_program(program)}
    text = "".join(f"{line} >/dev/null 2>&1\n" for line in ["ip link set lo up", *lines.values()])

    recorded_run = record_script(tmp_path, text)

    assert {*installed, "ip"} == {
        event.command.argv[0] for event in recorded_run.recording.commands
    }
    assert ["ip link set lo up", *installed.values()] == recorded_run.command_lines


def test_program_of_many_names_is_recorded_by_its_path(tmp_path: Path) -> None:
    """An absolute path of iptables, which is a symbolic link, leads to the shim in a sandbox."""
    iptables = find_program("iptables")
    if iptables is None:
        pytest.skip("no iptables here")
    text = f"""
{iptables} -A FORWARD -j DROP
env -i PATH=/usr/sbin:/usr/bin iptables -A INPUT -j DROP
{iptables} -S | grep -c DROP
iptables-translate -A INPUT -j DROP >/dev/null && echo translated
"""

    recorded_run = record_script(tmp_path, text)

    assert [
        "iptables -A FORWARD -j DROP",
        "iptables -A INPUT -j DROP",
        "iptables -S",
    ] == recorded_run.command_lines, recorded_run.stderr
    assert recorded_run.stdout.startswith("2\n")


def test_files_of_a_program_are_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shims for many programs search the folders of PATH once for each, and not for each pair."""
    searched: list[str] = []
    find_files = shims._find_files

    def count(program: str, folders: list[str]) -> list[str]:
        searched.append(program)
        return find_files(program, folders)

    monkeypatch.setattr(shims, "_find_files", count)
    mounted = Shims(tmp_path, "/run/calls", "/proc/self/ns/net", over=True)
    mounted.write()
    mounted.mount_script()
    mounted.unmount_script()

    assert len(searched) == len(set(searched))
    assert "/run/calls/real/ip" in (tmp_path / "bin" / "ip").read_text(encoding="utf-8")
