"""`ipwrap parse` prints iproute2's JSON as a table, JSON, JSON Lines or CSV."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap.cli.group import cli
from ipwrap.cli.parse import FORMATS, parse
from ipwrap.models import ALIASES, NOUNS

# An object of every noun, and the first cell of its row.
OBJECTS = {
    "address": (
        '{"ifname":"eth0","flags":[],"addr_info":[{"local":"10.0.0.1","prefixlen":24}]}',
        "eth0",
    ),
    "bridge fdb": (
        '{"mac":"02:00:00:00:00:01","ifname":"p","flags":[],"state":""}',
        "02:00:00:00:00:01",
    ),
    "bridge link": ('{"ifname":"p","flags":[],"master":"br0","state":"forwarding"}', "p"),
    "bridge mdb": (
        '{"mdb":[{"dev":"br0","port":"p","grp":"239.1.1.1"}],"router":{"br0":[{"port":"p"}]}}',
        "br0",
    ),
    "bridge mdb get": ('{"index":4,"dev":"br0","port":"p","grp":"239.1.1.1","flags":[]}', "br0"),
    "bridge mst": ('{"ifname":"p","mst":[{"msti":0,"state":"forwarding"}]}', "p"),
    "bridge vlan global": ('{"ifname":"br0","vlans":[{"vlan":1,"mcast_snooping":1}]}', "br0"),
    "bridge vlan tunnelshow": ('{"ifname":"p","vlans":[],"tunnels":[{"vlan":1,"tunid":7}]}', "p"),
    "bridge vni": ('{"ifname":"vx0","vnis":[{"vni":10,"vniEnd":12}]}', "vx0"),
    "bridge vlan": ('{"ifname":"p","vlans":[{"vlan":1,"flags":["PVID"]}]}', "p"),
    "link": ('{"ifname":"eth0","flags":["UP"],"mtu":1500,"some-new-key":{"a":[1,null]}}', "eth0"),
    "link afstats": ('{"ifindex":1,"ifname":"lo"}', "lo"),
    "link xstats": ('{"ifname":"br0","multicast":{}}', "br0"),
    "macsec": ('{"ifname":"m0","sci":"0x1","sa_list":[{"an":0,"key":"0100"}],"rx_sc":[]}', "m0"),
    "maddress": (
        '{"ifindex":1,"ifname":"lo","maddr":[{"family":"inet","address":"224.0.0.1"}]}',
        "lo",
    ),
    "mroute": (
        '{"src":"10.0.0.2","dst":"239.1.2.3","iif":"v0","multipath":[{"oif":"v1"}]}',
        "10.0.0.2",
    ),
    "neigh": ('{"dst":"10.0.0.1","dev":"eth0","router":null,"state":["STALE"]}', "10.0.0.1"),
    "netns": ('{"name":"red","id":0}', "red"),
    "netns list-id": ('{"nsid":0,"name":"red"}', "0"),
    "nexthop": ('{"id":10,"group":[{"id":1,"weight":2}],"flags":[],"fdb":null}', "10"),
    "nexthop bucket": ('{"id":11,"bucket":{"index":0,"idle_time":0.5,"nhid":1},"flags":[]}', "11"),
    "route": (
        '{"type":"unicast","dst":"default","gateway":"10.0.0.1","dev":"eth0","flags":[]}',
        "default",
    ),
    "rule": ('{"priority":32766,"not":null,"src":"all","table":"main"}', "32766"),
    "stats": ('{"ifname":"v0","group":"link","stats64":{"rx":{"bytes":7}}}', "v0"),
    "tc class": (
        '{"class":"htb","handle":"1:20","parent":"1:1","leaf":"0x20","rate":125000}',
        "htb",
    ),
    "tc filter": (
        '{"parent":"1:","protocol":"ip","pref":3,"kind":"u32","chain":0,"options":{"fh":"800:"}}',
        "u32",
    ),
    "tc qdisc": (
        '{"kind":"pfifo","handle":"1:","dev":"v0","root":true,"options":{"limit":7}}',
        "pfifo",
    ),
    "token": ('{"token":"::5","ifname":"v0"}', "v0"),
    "tuntap": ('{"ifname":"t0","flags":["tap","persist"],"user":0}', "t0"),
    "vrf": ('{"name":"blue","table":10}', "blue"),
    "addrlabel": ('{"address":"2002::","prefixlen":16,"label":2}', "2002::/16"),
    "fou": (
        '{"port":5556,"gue":null,"family":"inet","local":"10.1.1.1","peer":"10.1.1.2","peer_port":77,"dev":"v0"}',
        "5556",
    ),
    "ila": (
        '{"locator_match":"1:2:3:4","locator":"5:6:7:8","csum_mode":"no-action","ident_type":"luid"}',
        "1:2:3:4",
    ),
    "ioam namespace": ('{"namespace":5,"schema":3,"data":"1","wide":"0x2"}', "5"),
    "ioam schema": ('{"schema":3,"namespace":5,"data":[97,98]}', "3"),
    "l2tp session": (
        '{"session_id":7,"tunnel_id":3,"peer_session_id":8,"peer_tunnel_id":4,"interface":"l2tpeth0","send_seq":null}',
        "7",
    ),
    "l2tp tunnel": (
        '{"tunnel_id":3,"encap":"UDP","local":"10.1.1.1","peer":"10.1.1.2","peer_tunnel":4,"checksum":false}',
        "3",
    ),
    "mptcp endpoint": ('{"address":"10.1.1.1","id":2,"signal":true,"dev":"v0"}', "2"),
    "mptcp limits": ('{"add_addr_accepted":0,"subflows":2}', "2"),
    "netconf": ('{"family":"inet","interface":"lo","forwarding":false,"rp_filter":"off"}', "lo"),
    "netns identify": ('{"name":"red"}', "red"),
    "netns pids": ('{"pid":77}', "77"),
    "ntable": (
        '{"family":"inet","name":"arp_cache","dev":"lo","refcnt":1,"reachable":30000}',
        "arp_cache",
    ),
    "sr tunsrc": ('{"tunsrc":"2001:db8::1"}', "2001:db8::1"),
    "tc action": (
        '{"actions":[{"order":0,"kind":"gact","control_action":{"type":"drop"},"index":5,"ref":1,"bind":0}]}',
        "gact",
    ),
    "tc chain": ('{"parent":"ffff:","chain":4}', "4"),
    "tcp_metrics": (
        '{"dst":"10.0.0.9","age":1.5,"cwnd":10,"rtt":0.001,"source":"10.0.0.1"}',
        "10.0.0.9",
    ),
    "tunnel": (
        '{"ifname":"gre1","mode":"gre/ip","remote":"10.0.0.2","local":"any","ttl":7,"nopmtudisc":null,"6rd-prefix":"2001:db8::","6rd-prefixlen":32,"key":5,"flags":["rx_csum"]}',
        "gre1",
    ),
}


def run_parse(*arguments: str, stdin: str | bytes = "") -> Result:
    """Run `ipwrap parse` in this process."""
    return CliRunner().invoke(cli, ["parse", *arguments], input=stdin)


def test_every_noun_has_an_example() -> None:
    """The examples cover all nouns."""
    assert sorted(NOUNS) == sorted(OBJECTS)


@pytest.mark.parametrize("noun", sorted(OBJECTS))
def test_a_table_is_the_default(noun: str) -> None:
    """The default is a table with a header, and a line for every object."""
    data, first = OBJECTS[noun]

    result = run_parse(noun, stdin=f"[{data}]")

    assert 0 == result.exit_code
    assert first == result.stdout.splitlines()[1].split()[0]


@pytest.mark.parametrize("noun", sorted(OBJECTS))
def test_json_equals_the_input(noun: str) -> None:
    """JSON output equals the input, including unknown keys."""
    data, _ = OBJECTS[noun]

    result = run_parse(noun, "--format", "json", stdin=f"[{data}]")

    assert 0 == result.exit_code
    assert [json.loads(data)] == json.loads(result.stdout)
    assert 1 == result.stdout.count("\n")


@pytest.mark.parametrize("noun", sorted(OBJECTS))
def test_json_lines_have_one_object_a_line(noun: str) -> None:
    """JSON Lines output has an object on every line."""
    data, _ = OBJECTS[noun]

    result = run_parse(noun, "--format", "jsonl", stdin=f"[{data},{data}]")

    first_line, second_line = result.stdout.splitlines()
    assert json.loads(data) == json.loads(first_line)
    assert json.loads(data) == json.loads(second_line)


@pytest.mark.parametrize("noun", sorted(OBJECTS.keys() - {"address"}))
def test_csv_has_a_column_for_every_key(noun: str) -> None:
    """CSV output has a column for every key."""
    data, _ = OBJECTS[noun]

    result = run_parse(noun, "--format", "csv", stdin=f"[{data}]")

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert sorted(json.loads(data)) == sorted(row)


@pytest.mark.parametrize(("alias", "noun"), sorted(ALIASES.items()))
def test_aliases_of_nouns_are_known(alias: str, noun: str) -> None:
    """`addr` is an alias of `address`."""
    data, _ = OBJECTS[noun]

    assert run_parse(noun, stdin=f"[{data}]").stdout == run_parse(alias, stdin=f"[{data}]").stdout


@pytest.mark.parametrize("arguments", [("link",), ("link", "-")])
def test_stdin_is_the_default_file(arguments: tuple[str, ...]) -> None:
    """Without a file, and for `-`, stdin is read: `ip -j -d link | ipwrap parse link`."""
    assert "eth0" in run_parse(*arguments, stdin='[{"ifname":"eth0"}]').stdout


def test_file_is_read(tmp_path: Path) -> None:
    """`ipwrap parse link links.json` reads the file."""
    path = tmp_path / "links.json"
    path.write_text('[{"ifname":"eth0"}]')

    assert "eth0" in run_parse("link", str(path)).stdout


def test_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """A missing file is a usage error."""
    result = run_parse("link", str(tmp_path / "none.json"))

    assert 2 == result.exit_code
    assert "" == result.stdout


@pytest.mark.parametrize(
    ("format_", "expected"), [("table", "ifname"), ("json", "[]"), ("jsonl", ""), ("csv", "")]
)
@pytest.mark.parametrize("text", ["", "\n", "[]", "[{}]"])
def test_empty_output_is_an_empty_list(text: str, format_: str, expected: str) -> None:
    """Empty output of iproute2, or an object emptied by a filter, is an empty list."""
    result = run_parse("link", "--format", format_, stdin=text)

    assert 0 == result.exit_code
    assert expected == result.stdout.strip()


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[\n  {"ifname": }\n]', "stdin: not JSON at line 2, column 14: "),
        ("[", "stdin: not JSON at line 1, column 2: "),
        ("eth0 Link encap:Ethernet", "stdin: not JSON at line 1, column 1: "),
        ("1: lo: <LOOPBACK>\nwhat is this", "stdin: not the text of 'link' at line 2: "),
        ("[{}] x [{}]", "stdin: not JSON at line 1, column 6: neither JSON nor a prompt"),
        ('{"ifname":7}', "stdin: not what `Link` should look like: "),
        ('[{"ifname":"a"},{"ifn', "stdin: not JSON at line 1, column 22: cut off behind 1 whole "),
        ("7", "stdin: expected a list of Link, got int: "),
        ('[{"ifname": 7}]', "stdin: not what `Link` should look like: "),
        ("[1]", "stdin: not what `Link` should look like: "),
    ],
)
def test_invalid_input_is_refused(text: str, message: str, format_: str) -> None:
    """The error has the position or the type of the invalid input, and stdout stays empty."""
    result = run_parse("link", "--format", format_, stdin=text)

    assert 1 == result.exit_code
    assert "" == result.stdout
    assert result.stderr.startswith(f"ipwrap: {message}")


def test_error_names_the_file(tmp_path: Path) -> None:
    """The error begins with the name of the file."""
    path = tmp_path / "links.json"
    path.write_text("[\n[")

    assert f"ipwrap: {path}: not JSON at line 2, column 2" in run_parse("link", str(path)).stderr


def test_error_escapes_control_characters() -> None:
    """An error that quotes the input escapes control characters."""
    assert "\x1b" not in run_parse("link", stdin='[{"ifname":"\x1b[2J" x').stderr


@pytest.mark.parametrize("raw", [b"a\x1b[2Jb", b"a\nb", b"a\r\x07b", b"a\xffb", b"a\xe2\x80\xaeb"])
def test_table_escapes_control_characters(raw: bytes) -> None:
    """The table escapes raw control characters and undecodable bytes of iproute2's output."""
    result = run_parse("link", stdin=b'[{"ifname":"' + raw + b'","mtu":7}]')

    assert 0 == result.exit_code
    assert [["ifname", "mtu"], ["7"]] == [
        result.stdout.splitlines()[0].split(),
        result.stdout.splitlines()[1].split()[1:],
    ]
    unprintable = [char for char in result.stdout if not char.isprintable() and char != "\n"]
    assert [] == unprintable


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("raw", [b"\xff", b"\\ud800"])
def test_undecodable_bytes_pass_a_strict_stdout(raw: bytes, format_: str, tmp_path: Path) -> None:
    """An alias with undecodable bytes or a lone surrogate is printed without an error."""
    if format_ == "yaml":
        pytest.importorskip("yaml")
    path = tmp_path / "links.json"
    path.write_bytes(b'[{"ifname":"a","ifalias":"' + raw + b'"}]')
    completed = subprocess.run(
        (sys.executable, "-m", "ipwrap", "parse", "link", "--format", format_, str(path)),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        check=False,
    )

    assert 0 == completed.returncode
    assert b"" == completed.stderr


def test_csv_keeps_undecodable_bytes(tmp_path: Path) -> None:
    """CSV output contains undecodable bytes unchanged."""
    path = tmp_path / "links.json"
    path.write_bytes(b'[{"ifname":"a","ifalias":"\xff"}]')
    argv = (sys.executable, "-m", "ipwrap", "parse", "link", "--format", "csv", str(path))

    assert b",\xff" in subprocess.run(argv, capture_output=True, check=True).stdout


def test_escaped_quotes_of_old_iproute2_are_read() -> None:
    """iproute2 before 6.1 escapes `'` with a backslash, which is invalid JSON."""
    assert "it's" in run_parse("link", stdin='[{"ifname":"a","ifalias":"it\\\'s"}]').stdout


def test_unknown_keys_are_counted() -> None:
    """`--unknown` lists the paths of unknown keys, with the number of objects."""
    info = '{"info_kind":"bridge","info_data":{"new":1},"odd":2}'
    result = run_parse(
        "link",
        "--unknown",
        stdin=f'[{{"ifname":"a","x":1,"linkinfo":{info}}},{{"ifname":"b","x":2}}]',
    )
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert 0 == result.exit_code
    assert [["linkinfo.info_data.new", "1"], ["linkinfo.odd", "1"], ["x", "2"]] == rows


EVENT = "[2026-11-24T23:58:38.000123] [NEIGH]Deleted 10.0.0.7 dev v1 odd \n"


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ((), "when nsid object text"),
        (("--format", "csv"), "object,deleted,when,model,unread,text"),
        (("--unknown",), "key objects"),
    ],
)
def test_monitor_text_is_parsed(options: tuple[str, ...], first: str) -> None:
    """Events are printed as a table or CSV, with a column for unparsed words."""
    result = run_parse("monitor", *options, stdin=EVENT)

    assert 0 == result.exit_code
    assert first == " ".join(result.stdout.splitlines()[0].split())


def test_monitor_text_as_json() -> None:
    """The JSON of an event has the parsed fields, the unparsed words, and the original text."""
    (event,) = json.loads(run_parse("monitor", "--format", "json", stdin=EVENT).stdout)

    assert "neigh" == event["object"]
    assert event["deleted"] is True
    assert ["odd"] == event["unread"]
    assert EVENT.strip("\n") == event["text"]


def test_noun_may_be_several_words_before_a_file(tmp_path: Path) -> None:
    """What was run may be typed, with filters; the last word is a file where there is one."""
    path = tmp_path / "x.json"
    path.write_text('[{"dst":"default"}]')

    results = [
        run_parse("ip", "route", "show", str(path)),
        run_parse("r", str(path)),
        run_parse("ip", "route", "show", stdin=path.read_text()),
        run_parse("ip route show", "-", stdin=path.read_text()),
    ]

    assert [0] * 4 == [result.exit_code for result in results]
    assert 1 == len({result.stdout for result in results})
    assert "did you mean 'route'?" in run_parse("ruote").stderr


def test_empty_input_is_told() -> None:
    """A command before the pipe that has failed prints nothing."""
    assert "stdin is empty\n" == run_parse("link").stderr


def test_table_is_fitted_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that do not fit are named on stderr, unless all are wanted."""
    link = '[{"ifname":"eth0","mtu":1500,"address":"02:00:00:00:00:01","ifalias":"a cable"}]'
    monkeypatch.setattr(sys.modules[parse.callback.__module__], "terminal_width", lambda: 20)

    fitted = run_parse("link", stdin=link)
    wide = run_parse("link", "--wide", stdin=link)

    assert "left out for want of width: address, alias (--wide)\n" == fitted.stderr
    assert ["ifname", "mtu"] == fitted.stdout.split()[:2]
    assert "a cable" in wide.stdout
    assert "" == wide.stderr


def test_columns_are_chosen_and_sorted() -> None:
    """A column that there is not is refused, and so are columns of another format."""
    links = '[{"ifname":"b","mtu":2},{"ifname":"a","mtu":1}]'

    chosen = run_parse("link", "--columns", "mtu,ifname", "--sort", "ifname", stdin=links)

    assert ["mtu", "ifname", "1", "a", "2", "b"] == chosen.stdout.split()
    assert 2 == run_parse("link", "--columns", "mtu", "--format", "csv", stdin=links).exit_code
    assert "link has no column 'x'" in run_parse("link", "--sort", "x", stdin=links).stderr


def test_every_container_is_a_list() -> None:
    """One object, JSON Lines, several lists, and files with a mark of Windows are read."""
    link = '{"ifname":"a","mtu":7}'
    table = run_parse("link", stdin=f"[{link},{link}]").stdout

    texts: list[str | bytes] = [
        f"{link}\n{link}\n",
        f"[{link}]\n[]\n[{link}]\n",
        f"\ufeff[{link},{link}]",
        f"[{link},{link}]".encode("utf-16"),
        f"[me@host ~]# ip -j link\n[{link},{link}]\n[me@host ~]# ",
    ]

    results = [run_parse("link", stdin=text) for text in texts]
    assert [(table, "")] * len(texts) == [(result.stdout, result.stderr) for result in results]


def test_json_lines_of_ipwrap_are_read() -> None:
    """What `--format jsonl` prints is read as what it was made of."""
    data = '[{"dst":"default","dev":"a","flags":[]},{"dst":"10.0.0.0/8","dev":"b","flags":[]}]'

    lines = run_parse("route", "--format", "jsonl", stdin=data).stdout

    assert run_parse("route", stdin=data).stdout == run_parse("route", stdin=lines).stdout


def test_output_cut_off_is_read_in_part() -> None:
    """`--partial` shows the whole objects, and stderr tells that there were more."""
    text = '[{"ifname":"a"},{"ifname":"b"},{"ifna'

    refused = run_parse("link", stdin=text)
    partial = run_parse("link", "--partial", stdin=text)

    assert 1 == refused.exit_code
    assert "cut off behind 2 whole objects; --partial" in refused.stderr
    assert ["ifname", "a", "b"] == partial.stdout.split()
    assert "stdin: cut off behind 2 whole objects\n" == partial.stderr


def test_message_of_iproute2_is_passed_on() -> None:
    """A list below a warning is read, and the warning is on stderr."""
    message = "Dump was interrupted and may be inconsistent."

    result = run_parse("link", stdin=f'{message}\n[{{"ifname":"a"}}]')

    assert ["ifname", "a"] == result.stdout.split()
    assert f"stdin: printed beside the JSON: '{message}'\n" == result.stderr


def test_yaml_has_the_same_values() -> None:
    """YAML has what JSON has, with names that are no words or numbers of YAML."""
    yaml = pytest.importorskip("yaml")
    link = {"ifname": "no", "ifalias": "1:20 \u202e\n", "mtu": 7, "flags": ["UP"]}

    result = run_parse("link", "-o", "yaml", stdin=json.dumps([link]))

    assert [link] == yaml.safe_load(result.stdout)
    assert result.stdout.isascii()


def test_yaml_names_the_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML the error says what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)

    result = run_parse("link", "-o", "yaml", stdin="[]")

    assert (1, "") == (result.exit_code, result.stdout)
    assert "PyYAML is missing, which writes YAML; install it: pip install" in result.stderr


def test_typed_json_has_kinds_and_flags() -> None:
    """`--typed` prints what Python has; a table has no use for it."""
    info = '{"info_kind":"vlan","info_data":{"id":7,"protocol":"802.1Q","flags":[]}}'
    links = f'[{{"ifname":"a","linkinfo":{info}}}]'

    (link,) = json.loads(run_parse("link", "--typed", "-o", "json", stdin=links).stdout)
    neigh = run_parse("neigh", "--typed", "-o", "csv", stdin='[{"dst":"10.0.0.1","proxy":null}]')

    assert ("vlan", 7) == (link["kind"]["type"], link["kind"]["id"])
    assert "dst,proxy\n10.0.0.1,true\n" == neigh.stdout
    assert 2 == run_parse("link", "--typed", stdin=links).exit_code


def test_typed_event_has_a_typed_model() -> None:
    """`--typed` serves monitors as well."""
    text = "10.0.0.7 dev v1 lladdr 02:00:00:00:00:01 router STALE \n"

    (event,) = json.loads(run_parse("monitor", "--typed", "-o", "json", stdin=text).stdout)

    assert event["model"]["router"] is True


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        ("route", '[{{"deleted":true,"dst":"10.5.0.0/24","dev":"v0"}}]'),
        ("address", '[{"deleted":true,"index":3,"dev":"v0","family":"inet","local":"10.1.1.1"}]'),
    ],
)
def test_echo_of_a_deletion_is_told(noun: str, text: str) -> None:
    """A table of `-echo` looks like that of a `show`."""
    result = run_parse(noun, stdin=text)

    assert (0, "deleted: 1 of 1 (-o json tells which)\n") == (result.exit_code, result.stderr)
