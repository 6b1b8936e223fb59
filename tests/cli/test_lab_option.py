"""Tests of --lab: the live commands work in a running lab as well as on the host."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import IpwrapError
from ipwrap.cli.lab_option import open_lab_place
from ipwrap.cli.running_labs import RunningHost, RunningLab
from ipwrap.system.process_identity import ProcessIdentity
from tests.cli.running import folder_of_labs
from tests.cli.running import start_ipwrap as ipwrap

LAB = """\
[nodes.h1]
[nodes.h2]

[[links]]
ends = ["h1:eth0", "h2:eth0"]
"""


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The current folder, with a lab that is up, and a snapshot of it; labs are those of here."""
    path = tmp_path_factory.mktemp("lab-option")
    with folder_of_labs(path):
        Path("office.toml").write_text(LAB)
        process = ipwrap("up", "office.toml")
        assert 0 == process.returncode, process.stderr
        assert "" == ipwrap("snapshot", "--lab", "office", "-o", "office.json").stderr
        yield path


def test_a_snapshot_of_a_lab_has_its_namespaces() -> None:
    """`snapshot --lab` reads the lab, and not this host."""
    snapshot = json.loads(Path("office.json").read_text())

    assert {"", "h1", "h2"} == snapshot["namespaces"].keys()


def test_apply_takes_back_what_diff_tells() -> None:
    """`diff --lab` tells a change that was made in the lab, `apply --lab` takes it back."""
    assert "" == ipwrap("exec", "h1", "--", "ip", "link", "set", "eth0", "mtu", "1400").stderr

    differing = ipwrap("diff", "office.json", "--lab", "office")
    applied = ipwrap("apply", "office.json", "--lab", "office")
    equal = ipwrap("diff", "live", "office.json", "--lab", "office")

    assert (1, "~ h1  link eth0: mtu 1500 -> 1400\n") == (differing.returncode, differing.stdout)
    assert "ip -n h1 link set dev eth0 mtu 1500\n" == applied.stdout
    assert (0, "") == (equal.returncode, equal.stdout)


@pytest.mark.parametrize(
    "arguments", [("--lab", "office"), ("office.json",)], ids=["running", "snapshot"]
)
def test_save_names_a_lab_that_goes_to_stdout(arguments: tuple[str, ...]) -> None:
    """A running lab keeps its name; the file that stdout becomes has a name by default."""
    saved = ipwrap("save", *arguments, "--format", "lab")

    name = "office" if "--lab" in arguments else "lab"
    assert f'name = "{name}"\n' in saved.stdout
    assert 'ends = ["h1:eth0", "h2:eth0"]\n' in saved.stdout


def test_draw_shows_a_lab() -> None:
    """`draw --lab` draws the namespaces of the lab."""
    drawn = ipwrap("draw", "--lab", "office")

    assert '["h1"]' in drawn.stdout
    assert '["h2"]' in drawn.stdout


def test_watch_tells_what_changes_in_a_lab() -> None:
    """`watch --lab` prints a change that is made in the lab."""
    argv = (sys.executable, "-m", "ipwrap", "watch", "--lab", "office", "--objects", "link")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        try:
            # The first lines may come before the watch has begun: there is a change until one does.
            os.set_blocking(watching.stdout.fileno(), False)
            mtu = 1280
            while not (line := watching.stdout.readline()):
                mtu += 1
                ipwrap("exec", "h2", "--", "ip", "link", "set", "eth0", "mtu", str(mtu))
        finally:
            watching.send_signal(signal.SIGINT)

    assert line.startswith("~ h2  link eth0: mtu ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("snapshot", "--lab", "ofice"), "no lab 'ofice' runs; did you mean 'office'?"),
        (("snapshot", "--lab", "office", "--ssh", "far"), "--ssh and --lab are two places"),
        (("snapshot", "--lab", "office", "--sudo"), "--sudo is for this host"),
        (("save", "--lab", "office", "office.json"), "give FILE or --lab, not both"),
        (("diff", "office.json", "office.json", "--lab", "office"), "give `live` as A or B"),
        (("draw", "--lab", "office", "office.json"), "give a RECORDING, --lab, or --live"),
    ],
)
def test_wrong_words(arguments: tuple[str, ...], message: str) -> None:
    """What cannot be meant is refused, with what to give instead."""
    refused = ipwrap(*arguments)

    assert 0 != refused.returncode
    assert message in refused.stderr


def test_a_lab_on_several_hosts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab over hosts has no single state."""
    host = RunningHost(name="left", ssh="root@left")
    lab = RunningLab(
        name="wide", place="ssh", since=0.0, owner=ProcessIdentity.current(), hosts=(host,)
    )
    monkeypatch.setattr("ipwrap.cli.running_labs.find_lab", lambda _name: lab)

    with pytest.raises(IpwrapError, match=r"'wide' is on several hosts \(left\)"):
        open_lab_place("wide", sudo=False)


def test_without_a_lab_it_is_this_host() -> None:
    """The option is for the commands that have it; without it they work here, as root on wish."""
    assert "sudo" == open_lab_place(None, sudo=True).name
    assert "local" == open_lab_place(None, sudo=False).name
