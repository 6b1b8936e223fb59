"""The `down` of a script takes away what its `up` made, and nothing else."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import DryRun, Local, Secret, Session
from ipwrap.ip.route import NextHop
from ipwrap.kinds import Bridge, Veth
from ipwrap.sessions.namespace import NamespaceCommands
from tests import waiting
from tests.labs import Lab, diff_states, open_sandbox, run_script_inside, write_script

pytestmark = pytest.mark.live

# busybox has sh as an applet.
SHELLS = [("dash",), ("bash",), ("busybox", "sh")]
NOTHING = "nothing to take away: up has made nothing here since the last boot, or down was here"


def export(lab: Lab, path: Path) -> Path:
    """Write the script of a lab that runs nothing."""
    with Session(Local(), DryRun()) as session:
        lab(session)
        return write_script(session.recording, path)


def build_pods(session: Session) -> None:
    """Build a bridge and two namespaces."""
    session.ip.link.add("cni0", Bridge(), up=True)
    session.ip.address.add("10.244.0.1/24", dev="cni0")

    for number in (1, 2):
        pod = f"pod{number}"
        session.ip.netns.add(pod)
        session.ip.link.add(f"veth{number}", Veth(peer="eth0", peer_netns=pod), master="cni0")
        session.netns(pod).ip.link.set("eth0", up=True)


@pytest.fixture
def host() -> Iterator[Session]:
    """A sandbox that stands for a host."""
    with open_sandbox() as session:
        yield session


def links(session: NamespaceCommands) -> list[str]:
    """Return the names of the links, sorted."""
    return sorted(link.ifname for link in session.ip.link.show())


def netns_names(session: Session) -> list[str]:
    """Return the names of the namespaces, sorted."""
    return sorted(netns.name for netns in session.ip.netns.list())


def state_file(session: Session, script: Path) -> Path:
    """Return the path of a script's state file, as seen from outside the sandbox."""
    path = run_script_inside(session, script, "state").stdout.rstrip("\n")
    return Path(session.place.host_path(path))


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell_words(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command line of a shell; the test is skipped without it."""
    words: tuple[str, ...] = request.param
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


def run_with(
    session: Session, words: tuple[str, ...], *arguments: object
) -> "subprocess.CompletedProcess[str]":
    """Run a script with a shell in a session's place."""
    argv = session.place.wrap((*words, *map(str, arguments)))
    return subprocess.run(argv, input="", capture_output=True, text=True, check=False)


def test_down_leaves_a_link_that_stood_before(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """An `up` that fails at its first command has made nothing that `down` deletes."""
    script = export(build_pods, tmp_path / "x.sh")
    host.ip.link.add("cni0", Bridge())

    up = run_with(host, shell_words, script)
    down = run_with(host, shell_words, script, "down")

    assert (2, 0) == (up.returncode, down.returncode)
    assert ["cni0", "lo"] == links(host)
    assert f"sh {script}: {NOTHING}\n" == down.stderr


def test_down_after_an_up_that_stopped_half_way(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """`up` says where it stopped, and `down` deletes what was made until then."""
    script = export(build_pods, tmp_path / "x.sh")
    host.ip.link.add("veth2", Bridge())

    up = run_with(host, shell_words, script)

    assert ["cni0", "lo", "veth1", "veth2"] == links(host)
    assert (2, "") == (up.returncode, up.stdout)
    path = run_script_inside(host, script, "state").stdout.strip()
    line = "ip link add veth2 master cni0 type veth peer name eth0 netns pod2"
    *_, where, advice = up.stderr.splitlines()
    assert f"sh {script}: up stopped with status 2 at command 7 of 8: {line}" == where
    assert (
        f"sh {script}: what it made is noted in {path}: sh {script} down takes away that, "
        "and nothing else"
    ) == advice

    down = run_with(host, shell_words, script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert (["lo", "veth2"], []) == (links(host), netns_names(host))
    assert not state_file(host, script).exists()


def test_a_second_down_has_nothing_to_do(host: Session, tmp_path: Path) -> None:
    """`down` removes the state file, and leaves what is made by others later."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)
    first = run_script_inside(host, script, "down")
    host.ip.link.add("cni0", Bridge())

    second = run_script_inside(host, script, "down")

    assert (0, "") == (first.returncode, first.stderr)
    assert (0, f"sh {script}: {NOTHING}\n") == (second.returncode, second.stderr)
    assert ["cni0", "lo"] == links(host)


def test_objects_made_anew_by_others_are_left(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """A link or a namespace of the same name, but with another identity, is not deleted."""
    script = export(build_pods, tmp_path / "x.sh")
    run_with(host, shell_words, script)
    host.ip.link.delete("cni0")
    host.ip.link.add("cni0", Bridge())
    host.ip.netns.delete("pod2")
    # The identity of a namespace has its second of making: its inode is used again at once.
    host.exec("sleep", "1.1")
    host.ip.netns.add("pod2")

    down = run_with(host, shell_words, script, "down")

    left_alone = "is gone, or is not the one that this script made: left alone"
    assert 1 == down.returncode
    assert {f"sh {script}: {name} {left_alone}" for name in ("dev cni0", "netns pod2")} <= set(
        down.stderr.splitlines()
    )
    assert (["cni0", "lo"], ["pod2"]) == (links(host), netns_names(host))


def test_up_refuses_while_the_lab_stands(host: Session, tmp_path: Path) -> None:
    """A second `up` changes nothing, and says what to do first."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)
    notes = state_file(host, script).read_text()

    up = run_script_inside(host, script, "up")

    advice = f"it stands already, as a whole or in part: first sh {script} down"
    assert (1, f"sh {script}: {advice}\n") == (up.returncode, up.stderr)
    assert notes == state_file(host, script).read_text()


def test_up_builds_again_what_others_deleted(host: Session, tmp_path: Path) -> None:
    """A state file of a lab of which nothing stands does not prevent `up`."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)
    for name in ("pod1", "pod2"):
        host.ip.netns.delete(name)
    host.ip.link.delete("cni0")
    waiting.until(lambda: links(host) == ["lo"])

    up = run_script_inside(host, script)

    assert (0, "") == (up.returncode, up.stderr)


def test_a_killed_up_is_taken_away(host: Session, tmp_path: Path) -> None:
    """Each object is noted at once, so that `kill -9` loses none that is complete."""

    def build_and_wait(session: Session) -> None:
        session.ip.link.add("one", Bridge())
        session.exec("sh", "-c", "kill -9 $PPID; sleep 1")
        session.ip.link.add("two", Bridge())

    script = export(build_and_wait, tmp_path / "x.sh")
    up = run_script_inside(host, script)
    built = links(host)

    down = run_script_inside(host, script, "down")

    assert (-9, ["lo", "one"]) == (up.returncode, built) or (137, ["lo", "one"]) == (
        up.returncode,
        built,
    )
    assert (0, "", ["lo"]) == (down.returncode, down.stderr, links(host))


def test_notes_of_an_earlier_boot_are_void(host: Session, tmp_path: Path) -> None:
    """What was made before the last boot is gone: neither `down` nor `up` minds the notes."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)
    path = state_file(host, script)
    _boot, *notes = path.read_text().splitlines()
    path.write_text("\n".join(["00000000-0000-0000-0000-000000000000", *notes, ""]))

    down = run_script_inside(host, script, "down")

    assert (0, f"sh {script}: {NOTHING}\n") == (down.returncode, down.stderr)
    assert "cni0" in links(host)
    assert not path.exists()


def test_forged_notes_are_never_run(host: Session, tmp_path: Path) -> None:
    """Lines of the state file are compared, and neither run nor expanded."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)
    path = state_file(host, script)
    boot, *notes = path.read_text().splitlines()
    forged = [
        "1 *",
        "1 $(touch never)",
        "`touch never`",
        "2 here; touch never",
        "9 x",
        "* gone",
        "-n",
    ]
    path.write_text("\n".join([boot, *forged, *notes[1:], ""]))

    down = run_script_inside(host, script, "down")

    assert 1 == down.returncode
    assert not Path("never").exists()
    assert ["cni0", "lo"] == links(host)


def test_another_namespace_has_notes_of_its_own(host: Session, tmp_path: Path) -> None:
    """Below `unshare --net`, `down` finds nothing of the lab outside."""
    script = export(build_pods, tmp_path / "x.sh")
    run_script_inside(host, script)

    down = run_with(host, ("unshare", "--net", "sh"), script, "down")

    assert (0, f"sh {script}: {NOTHING}\n") == (down.returncode, down.stderr)
    assert "cni0" in links(host)


def rename_a_link(session: Session) -> None:
    """Rename a link and move it, and fail at last."""
    session.ip.link.add("tmp0", Bridge())
    session.ip.link.set("tmp0", name="lab0")
    session.ip.address.add("10.0.0.1/24", dev="lab0")


@pytest.mark.parametrize("name", ["tmp0", "lab0"])
def test_a_link_is_deleted_under_the_name_it_had(host: Session, name: str, tmp_path: Path) -> None:
    """A script that stops before or after a rename is taken away all the same."""
    script = export(rename_a_link, tmp_path / "x.sh")
    text = script.read_text()
    # The script stops behind the line that gives the link this name.
    line = next(line for line in text.splitlines() if line.startswith("    made") and name in line)
    script.write_text(text.replace(line, f"{line}\n    false"))
    run_script_inside(host, script)
    built = links(host)

    down = run_script_inside(host, script, "down")

    assert sorted(["lo", name]) == built
    assert (0, "", ["lo"]) == (down.returncode, down.stderr, links(host))


def make_and_delete(session: Session) -> None:
    """Make an address, delete it, and make a link."""
    session.ip.address.add("10.7.0.1/24", dev="lo")
    session.ip.address.delete("10.7.0.1/24", dev="lo")
    session.ip.link.add("br0", Bridge())


def test_what_the_script_deleted_is_not_deleted_again(host: Session, tmp_path: Path) -> None:
    """An address that the script made and deleted is another's, if it is there at `down`."""
    script = export(make_and_delete, tmp_path / "x.sh")
    run_script_inside(host, script)
    host.ip.address.add("10.7.0.1/24", dev="lo")

    down = run_script_inside(host, script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert "10.7.0.1" in host.exec("ip", "address", "show", "dev", "lo").stdout


def replace_objects(session: Session) -> None:
    """Make objects with commands that succeed where the object stands already."""
    session.ip.address.replace("10.8.0.1/24", dev="keep")
    session.ip.route.replace("10.9.0.0/16", dev="keep")
    session.ip.neigh.replace("10.8.0.9", dev="keep", lladdr="02:00:00:00:00:09")
    session.ip.neigh.replace("10.8.0.8", dev="keep", proxy=True)


def test_objects_that_a_command_replaced_are_left(host: Session, tmp_path: Path) -> None:
    """What stood before `replace` is not made by the script, and stays."""
    script = export(replace_objects, tmp_path / "x.sh")
    host.ip.link.add("keep", Bridge(), up=True)
    replace_objects(host)
    before = host.state()

    up = run_script_inside(host, script)
    down = run_script_inside(host, script, "down")

    assert (0, 0) == (up.returncode, down.returncode)
    assert [] == diff_states(before, host.state())


def test_objects_that_replace_made_are_deleted(host: Session, tmp_path: Path) -> None:
    """What did not stand before `replace` is made by the script, and is deleted."""
    script = export(replace_objects, tmp_path / "x.sh")
    host.ip.link.add("keep", Bridge(), up=True)
    before = host.state()

    up = run_script_inside(host, script)
    built = host.state()
    down = run_script_inside(host, script, "down")

    assert (0, 0, "") == (up.returncode, down.returncode, down.stderr)
    assert before != built
    assert [] == diff_states(before, host.state())


def move_a_link_in(session: Session) -> None:
    """Move a link that stood before into a new namespace."""
    session.ip.netns.add("lab")
    session.ip.link.set("nic0", netns="lab")


def test_a_namespace_stays_until_a_foreign_link_has_left_it(host: Session, tmp_path: Path) -> None:
    """A link that cannot be moved home keeps its namespace, and the next `down` deletes that."""
    script = export(move_a_link_in, tmp_path / "x.sh")
    host.ip.link.add("nic0", Veth(peer="nic1"))
    run_script_inside(host, script)
    host.ip.link.add("nic0", Bridge())

    first = run_script_inside(host, script, "down")
    inside = links(host.netns("lab"))
    host.ip.link.delete("nic0")
    second = run_script_inside(host, script, "down")

    assert (1, ["lo", "nic0"]) == (first.returncode, inside)
    assert "not all could be taken away" in first.stderr
    assert (0, "") == (second.returncode, second.stderr)
    assert (["lo", "nic0", "nic1"], []) == (links(host), netns_names(host))


def test_a_secret_is_not_printed(host: Session, tmp_path: Path) -> None:
    """The command at which `up` stopped is not printed if it holds a secret."""
    with Session(Local(), DryRun()) as session:
        session.netns("none").exec("wg", "set", Secret("sesam", "KEY"))
        script = write_script(session.recording, tmp_path / "x.sh")

    argv = host.place.wrap(("env", "KEY=sesam", "sh", str(script)))
    up = subprocess.run(argv, input="", capture_output=True, text=True, check=False)

    assert 0 != up.returncode
    assert "at command 1 of 1: one with the secret KEY\n" in up.stderr
    assert "sesam" not in up.stderr


def test_a_missing_secret_stops_before_the_first_command(host: Session, tmp_path: Path) -> None:
    """`up` says that no command was run."""
    with Session(Local(), DryRun()) as session:
        session.exec("wg", "set", Secret("sesam", "KEY"))
        script = write_script(session.recording, tmp_path / "x.sh")

    up = run_script_inside(host, script)

    assert "at command 0 of 1: none was run\n" in up.stderr
    assert f"sh {script}: it has made nothing that down would have to take away" in up.stderr


def test_control_characters_of_a_command_are_not_printed(host: Session, tmp_path: Path) -> None:
    """The line at which `up` stopped is safe on a terminal."""

    def fail(session: Session) -> None:
        session.netns("none").exec("printf", "\x1b]0;x\x07\u202e\n")

    script = export(fail, tmp_path / "x.sh")

    up = run_script_inside(host, script)

    (report,) = [line for line in up.stderr.split("\n") if "up stopped" in line]
    assert report.endswith("ip netns exec none printf ?]0;x?????")
    assert report.isprintable()


def test_a_program_besides_iproute2_is_counted(host: Session, tmp_path: Path) -> None:
    """The report names the program, and counts it and its input."""

    def fail(session: Session) -> None:
        session.exec("cat", stdin="text")
        session.exec("sh", "-c", "exit 7")

    script = export(fail, tmp_path / "x.sh")

    up = run_script_inside(host, script)

    assert 7 == up.returncode
    assert "up stopped with status 7 at command 2 of 2: sh\n" in up.stderr


def run_piped(
    session: Session, words: tuple[str, ...], text: str
) -> "subprocess.CompletedProcess[str]":
    """Run a shell in a session's place, with a text on stdin."""
    argv = session.place.wrap(words)
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("sh", "-s"), ("sh", "-c")], ids=" ".join)
def test_a_script_without_a_file_has_notes(
    host: Session, words: tuple[str, ...], tmp_path: Path
) -> None:
    """A script from a pipe, or from an argument, finds the notes of the script from a file."""
    script = export(build_pods, tmp_path / "x.sh")
    text = script.read_text()
    from_argument = () if words[1] == "-s" else (text, "no-file")

    up = run_piped(host, (*words, *from_argument, "up"), text)
    built = links(host)
    down = run_piped(host, (*words, *from_argument, "down"), text)

    assert (0, 0, "") == (up.returncode, down.returncode, down.stderr)
    assert "cni0" in built
    assert ["lo"] == links(host)


def test_without_a_folder_the_script_says_so(host: Session, tmp_path: Path) -> None:
    """Nothing is made where nothing can be noted."""
    script = export(build_pods, tmp_path / "x.sh")
    folder = Path(host.place.host_path("/run")) / "ipwrap-up"
    folder.write_text("not a folder")

    up = run_script_inside(host, script)

    assert 0 != up.returncode
    assert "ipwrap-up" in up.stderr
    assert ["lo"] == links(host)


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HOME": "/home/somebody"}, "/home/somebody/.local/state/ipwrap-up/"),
        ({"HOME": "/home/somebody", "XDG_RUNTIME_DIR": "/tmp"}, "/tmp/ipwrap-up/"),
        ({"HOME": "/home/somebody", "XDG_RUNTIME_DIR": "/nope"}, "/home/somebody/.local/"),
    ],
)
def test_an_ordinary_user_has_a_folder(
    variables: dict[str, str], folder: str, tmp_path: Path
) -> None:
    """Who cannot write to /run has the state file in XDG_RUNTIME_DIR, or else below HOME."""
    script = export(build_pods, tmp_path / "x.sh")
    argv = ("sh", "-s", "state")

    process = subprocess.run(
        (*NOBODY, *argv) if os.geteuid() == 0 else argv,
        input=script.read_text(),
        env={"PATH": os.environ["PATH"], **variables},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )

    assert process.stdout.startswith(folder)


def add_uplink(session: Session, name: str) -> None:
    """Make a bridge with a subnet, in place of an uplink of the host."""
    session.ip.link.add(name, Bridge(), up=True)
    session.ip.address.add("10.0.0.2/24", dev=name)
    session.ip.address.add("2001:db8::2/64", dev=name, nodad=True)


def add_routes(session: Session) -> None:
    """Add routes whose link the kernel chooses, and next hops."""
    session.ip.route.add("10.9.0.0/16", via="10.0.0.1")
    session.ip.route.add("10.9.0.0/16", via="10.0.0.9", metric=50)
    session.ip.route.add("default", via="2001:db8::1", table=77)
    session.ip.route.add("10.8.0.0/16", nexthops=[NextHop(via="10.0.0.1"), NextHop(via="10.0.0.9")])
    session.ip.nexthop.add(5, via="10.0.0.1", dev="up0")
    session.ip.route.add("10.7.0.0/16", nhid=5)
    session.ip.route.add("10.6.0.0/16", type="blackhole")


def read_routes(session: Session) -> str:
    """Return the routes and next hops as text."""
    lines = "ip -4 route; ip -6 route show table 77; ip nexthop"
    return session.exec("sh", "-c", lines).stdout


def test_down_leaves_routes_of_others_through_another_link(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The kernel deleted the routes of `up` with the link, and others have added equal ones."""
    script = export(add_routes, tmp_path / "x.sh")
    add_uplink(host, "up0")
    up = run_with(host, shell_words, script)
    assert (0, "") == (up.returncode, up.stderr)

    host.ip.link.delete("up0")
    host.ip.route.delete("10.6.0.0/16", type="blackhole")
    add_uplink(host, "up0")
    add_routes(host)
    before = read_routes(host)
    host.ip.route.delete("10.6.0.0/16", type="blackhole")

    down = run_with(host, shell_words, script, "down")

    assert 1 == down.returncode
    left_alone = "is gone, or is not the one that this script made: left alone"
    names = (
        "route to exact 10.6.0.0/16",
        "route to exact 10.7.0.0/16",
        "nexthop id 5",
        "route to exact 10.8.0.0/16",
        "route to exact ::/0 table 77 via 2001:db8::1",
        "route to exact 10.9.0.0/16 metric 50 via 10.0.0.9",
        "route to exact 10.9.0.0/16 via 10.0.0.1",
    )
    assert [f"sh {script}: {name} {left_alone}" for name in names] == down.stderr.splitlines()
    assert before.replace("blackhole 10.6.0.0/16 \n", "") == read_routes(host)


def test_down_deletes_routes_of_its_own(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The links are the same, so that every route goes."""
    script = export(add_routes, tmp_path / "x.sh")
    add_uplink(host, "up0")
    before = read_routes(host)
    up = run_with(host, shell_words, script)
    assert (0, "") == (up.returncode, up.stderr)
    assert "10.8.0.0/16" in read_routes(host)

    down = run_with(host, shell_words, script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert before == read_routes(host)


DAEMON = "setsid {program} >/dev/null 2>&1 </dev/null &"


def daemons_in(*names: str, program: str) -> Lab:
    """Return a lab that leaves a daemon with a session of its own in each of its namespaces."""

    def build(session: Session) -> None:
        for name in names:
            session.ip.netns.add(name)
            session.netns(name).exec("sh", "-c", DAEMON.format(program=program))

    return build


def is_running(session: Session, line: str) -> bool:
    """Return whether a program with the command line runs in a session's place."""
    return session.exec("pgrep", "-xf", line, check=False).ok


@pytest.mark.parametrize("program", ["sleep 4001", "sh -c 'trap : TERM; sleep 4001; sleep 4002'"])
def test_down_ends_the_daemons_of_up(
    program: str, host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """A daemon that `up` has started, and that has left its session, would keep the namespace."""
    script = export(daemons_in("red", program=program), tmp_path / "x.sh")
    up = run_with(host, shell_words, script)
    waiting.until(lambda: is_running(host, "sleep 4001"))

    down = run_with(host, shell_words, script, "down")

    assert (0, 0, "") == (up.returncode, down.returncode, down.stderr)
    assert [] == netns_names(host)
    assert not is_running(host, "sleep 400[12]")


def test_down_leaves_a_namespace_that_somebody_uses(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The processes of others are named, and the namespace stays for a later `down`."""
    script = export(daemons_in("red", "blue", program="sleep 4001"), tmp_path / "x.sh")
    run_with(host, shell_words, script)
    visitor = host.netns("red").spawn("sleep", "4003")

    down = run_with(host, shell_words, script, "down")
    path = run_script_inside(host, script, "state").stdout.strip()

    assert 1 == down.returncode
    assert [
        f"sh {script}: red: process {visitor.pid} still runs in it: sleep 4003",
        f"sh {script}: red is left as it is: end what runs in it, then sh {script} down",
        f"sh {script}: not all could be taken away: {path} notes the rest, for another down",
    ] == down.stderr.splitlines()
    assert ["red"] == netns_names(host)
    assert visitor.running
    assert not is_running(host, "sleep 4001")

    visitor.stop()
    again = run_with(host, shell_words, script, "down")

    assert (0, "", []) == (again.returncode, again.stderr, netns_names(host))


def test_down_tells_the_daemons_of_two_runs_apart(host: Session, tmp_path: Path) -> None:
    """A daemon of another script in the namespace is not ended, though it has the same name."""
    script = export(lambda session: session.ip.netns.add("red"), tmp_path / "x.sh")
    other = export(
        lambda session: session.netns("red").exec("sh", "-c", DAEMON.format(program="sleep 4004")),
        tmp_path / "y.sh",
    )
    run_script_inside(host, script)
    run_script_inside(host, other)
    waiting.until(lambda: is_running(host, "sleep 4004"))

    down = run_script_inside(host, script, "down")

    assert (1, ["red"]) == (down.returncode, netns_names(host))
    assert is_running(host, "sleep 4004")
