"""Every key that iproute2 prints of the objects in `cases/nouns.json` has a field."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models import NOUNS, dump_all
from ipwrap.models.unknown_keys import unknown_keys
from ipwrap.views.table import COLUMNS, format_object_table

OBJECTS: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "nouns.json").read_text()
)


@pytest.mark.parametrize("noun", OBJECTS)
@pytest.mark.parametrize("indent", [None, 4])
def test_objects_are_read_without_loss(noun: str, indent: int | None) -> None:
    """Compact and pretty JSON has no unknown keys, and is written as it was."""
    models = parse(noun, json.dumps(OBJECTS[noun], indent=indent))

    assert {} == unknown_keys(models)
    assert [
        {key: value for key, value in data.items() if value != []} for data in OBJECTS[noun]
    ] == [{key: value for key, value in data.items() if value != []} for data in dump_all(models)]


@pytest.mark.parametrize("noun", OBJECTS)
def test_table_has_a_row_for_each_object(noun: str) -> None:
    """No object is missing in the table but the number of actions, which is none."""
    rows = format_object_table(noun, parse(noun, json.dumps(OBJECTS[noun]))).splitlines()[1:]

    assert len([data for data in OBJECTS[noun] if "total acts" not in data]) == len(rows)


def test_every_noun_has_a_table() -> None:
    """A noun without a table could be shown as JSON only."""
    assert set(NOUNS) <= set(COLUMNS)


# What makes an object of each noun, and the command that prints it. Kernels without it refuse.
COMMANDS: dict[str, tuple[str, str]] = {
    "addrlabel": ("ip addrlabel add prefix 2001:db8::/32 dev v0 label 99", "ip addrlabel list"),
    "fou": ("ip fou add port 5556 gue", "ip fou show"),
    "ioam namespace": ("ip ioam namespace add 5 data 0x1 wide 0x2", "ip ioam namespace show"),
    "ioam schema": ("ip ioam schema add 3 abcd", "ip ioam schema show"),
    "l2tp session": (
        "ip l2tp add session tunnel_id 3 session_id 7 peer_session_id 8 seq both",
        "ip l2tp show session",
    ),
    "mptcp endpoint": (
        "ip mptcp endpoint add 10.1.1.1 id 2 dev v0 signal",
        "ip mptcp endpoint show",
    ),
    "mptcp limits": ("ip mptcp limits set subflows 2", "ip mptcp limits show"),
    "netconf": ("ip link set v0 up", "ip netconf show dev v0"),
    "ntable": ("ip link set v0 up", "ip -s ntable show"),
    "sr tunsrc": ("ip sr tunsrc set 2001:db8::1", "ip sr tunsrc show"),
    "tc action": ("tc actions add action gact drop index 5", "tc -s actions list action gact"),
    "tc chain": ("tc chain add dev v0 ingress chain 4", "tc chain show dev v0 ingress"),
    "tunnel": (
        "ip tunnel add t0 mode gre local 10.1.1.1 remote 10.1.1.2 ttl 7 key 5",
        "ip tunnel show",
    ),
}
BEFORE = (
    "ip link add v0 type veth peer name p0",
    "ip address add 10.1.1.1/24 dev v0",
    "tc qdisc add dev v0 clsact",
    "ip l2tp add tunnel tunnel_id 3 peer_tunnel_id 4 encap ip local 10.1.1.1 remote 10.1.1.2",
)


def run_in_a_new_namespace(*lines: str) -> "subprocess.CompletedProcess[str]":
    """Run lines in a network namespace of their own; only the output of the last one counts."""
    script = "".join(f"{line} >/dev/null 2>&1\n" for line in lines[:-2])
    script = f"{script}{lines[-2]} >&2 || exit 3\n{lines[-1]}"
    # A user namespace has no right to most of these objects, so root needs none.
    options = ("--net",) if os.geteuid() == 0 else ("--net", "--map-root-user")
    argv = ("unshare", *options, "sh", "-c", script)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.live
@pytest.mark.parametrize("noun", COMMANDS)
def test_output_of_this_system_is_read(noun: str) -> None:
    """What the installed iproute2 prints here has no unknown keys, and the noun is recognized."""
    change, show = COMMANDS[noun]
    program, _, rest = show.partition(" ")

    reply = run_in_a_new_namespace(*BEFORE, change, f"{program} -j {rest}")

    if reply.returncode:
        pytest.skip(f"this kernel or iproute2: {(reply.stderr or 'refused').splitlines()[0]}")
    models = parse(show, reply.stdout)
    assert models == parse(noun, reply.stdout)
    assert models
    assert {} == unknown_keys(models)
