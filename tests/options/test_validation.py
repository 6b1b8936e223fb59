"""The checks accept the names and addresses that the kernel and iproute2 accept."""

import contextlib
import ipaddress
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap import InvalidArgument, Session
from ipwrap.command import Command
from ipwrap.options.validation import (
    SIMPLE,
    USUAL_PREFIX,
    check_address,
    check_altname,
    check_argument,
    check_device,
    check_link_name,
    check_mac,
    check_netns_name,
    check_prefix,
    looks_like_ifindex,
)
from tests.strategies import ANY_TEXT

NAMES = [
    "a",
    "é",
    "à",
    "中",
    "up",
    "help",
    "type",
    "-x",
    "--",
    "a@b",
    "'",
    '"',
    "$",
    "\\",
    "#",
    "*",
    "~",
    "a#b",
    "...",
    "all",
    "default",
    ".",
    "..",
    "a/b",
    "a:b",
    "a%b",
    "a b",
    "a\tb",
    "a\nb",
    "a\x0bb",
    "a\x0cb",
    "a\rb",
    "a\xa0b",
    "a\u2003b",
    "a\x85b",
    "a\x1cb",
    "a\x1fb",
    "a\x01b",
    "a\x7f",
    "x" * 15,
    "x" * 16,
    "é" * 7,
    "é" * 8,
    "if7",
    "ifx",
    "1",
    "010",
    "0x1",
]

TEMPLATE = "a%d"  # the kernel replaces %d by a number
ACCEPTED_FROM_7_0 = re.compile(r"[/ \t\n\v\f\r]")  # in an alternative name


@pytest.fixture(scope="module")
def link_session(sandbox_session: Session) -> Session:
    """A sandbox for the tests of this file, with a link `d` that is up."""
    sandbox_session.exec("ip", "link", "add", "name", "d", "type", "ifb")
    sandbox_session.exec("ip", "link", "set", "dev", "d", "up")
    return sandbox_session


def _is_accepted(session: Session, arguments: tuple[str, ...], *, undo: tuple[str, ...]) -> bool:
    """Return whether `ip` and the kernel accept a command; undo it."""
    command = Command(("ip", *arguments))
    result = session.run(command, check=False)
    if result.ok:
        session.run(Command(("ip", *undo)))

    return result.ok


@pytest.mark.live
@pytest.mark.parametrize("name", NAMES)
def test_link_name_is_valid_if_the_kernel_accepts_it(link_session: Session, name: str) -> None:
    """ipwrap refuses exactly the names that the kernel refuses."""
    is_accepted = _is_accepted(
        link_session,
        ("link", "add", "name", name, "type", "ifb"),
        undo=("link", "delete", "dev", name),
    )
    assert is_accepted is _is_valid(check_link_name, name)


@pytest.mark.live
def test_template_of_a_name_is_refused(link_session: Session) -> None:
    """The kernel would replace `%d` by a number."""
    link_session.run(Command(("ip", "link", "add", "name", TEMPLATE, "type", "ifb")))
    assert TEMPLATE not in link_session.exec("ip", "-j", "link").stdout
    with pytest.raises(InvalidArgument, match="holds ':' or '%'"):
        check_link_name(TEMPLATE)


@pytest.mark.live
@pytest.mark.parametrize(
    "name", [*(n for n in NAMES if n not in (".", "..")), "x" * 127, "x" * 128, "a%d"]
)
def test_altname_is_valid_if_the_kernel_accepts_it(link_session: Session, name: str) -> None:
    """Alternative names are longer and have fewer rules.

    Names that no iproute2 before 7.0 accepts are refused: names with a slash or white space, `.`
    and `..`.
    """
    if (
        "unknown"
        in link_session.run(Command(("ip", "link", "property", "add")), check=False).stderr
    ):
        pytest.skip("this iproute2: 5.5 brought alternative names")
    arguments = ("dev", "lo", "altname", name)
    is_accepted = _is_accepted(
        link_session,
        ("link", "property", "add", *arguments),
        undo=("link", "property", "del", *arguments),
    )
    is_valid = _is_valid(check_altname, name)

    if is_accepted and ACCEPTED_FROM_7_0.search(name):
        assert not is_valid
    else:
        assert is_accepted is is_valid


@pytest.mark.live
@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a b",
        "-x",
        "--",
        "-all",
        "help",
        "list",
        "1",
        "default",
        ".hidden",
        "a\nb",
        "x" * 255,
        "x" * 256,
        "é",
        " ",
        "a%b",
        "a:b",
        ".",
        "..",
        "a/b",
        "/",
    ],
)
def test_netns_name_is_valid_if_iproute2_accepts_it(link_session: Session, name: str) -> None:
    """The name of a namespace is a file name."""
    is_accepted = _is_accepted(
        link_session,
        ("netns", "add", name),
        undo=("netns", "delete", name),
    )

    assert is_accepted is _is_valid(check_netns_name, name)


@pytest.mark.live
@pytest.mark.parametrize(
    "name",
    [
        "if1",
        "if01",
        "if+1",
        "if1x",
        "if4294967297",
        "if-1",
        "if0x1",
        "if 1",
        "if\t\v1",
        "if \n+1",
        "if\xa01",
        "If1",
        "if",
        "if\u0661",
        "xif1",
    ],
)
def test_name_of_an_index_is_recognised(link_session: Session, name: str) -> None:
    """If no link is called `if1`, iproute2 takes the name for the index of lo."""
    command = Command(("ip", "link", "set", "dev", name, "txqueuelen", "77"))
    result = link_session.run(command, check=False)

    assert not result.ok or looks_like_ifindex(name)


@pytest.mark.parametrize("name", ["lo", "eth0", "iface1", "xif1", "If1"])
def test_ordinary_name_is_no_index(name: str) -> None:
    """ipwrap does not look an ordinary name up."""
    assert not looks_like_ifindex(name)


@pytest.mark.live
@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/8",
        "10/8",
        "10.9/16",
        "10.1.2/24",
        "9",
        "12.1",
        "10.0.0.1/32",
        "0.0.0.0/0",
        "default",
        "1.2.3.4",
        "10.0.0.0/255.0.0.0",
        "fd00::/64",
        "fd00::1",
        "::/0",
        "FD00::1/128",
        "010/8",
        "10.010/16",
        "10.0.0.0/024",
        "10/08",
        "fd00::/064",
        "10.0.0.0/0.0.0.255",
        "fe80::1%lo/64",
    ],
)
def test_iproute2_reads_a_valid_prefix_as_python_does(link_session: Session, text: str) -> None:
    """iproute2 reads a leading zero as octal (`/024` is 20), Python as decimal."""
    if not _is_valid(check_prefix, text):
        return

    family = "-6" if ":" in text else "-4"
    link_session.exec("ip", family, "route", "add", text, "dev", "d", "table", "77")
    read = _show_routes(link_session, family)
    link_session.exec("ip", family, "route", "flush", "table", "77")

    assert [_complete_prefix(text)] == read


@pytest.mark.live
@pytest.mark.parametrize(
    "text", ["1.2.3.4", "::1", "fd00::1", "::ffff:1.2.3.4", "010.0.0.1", "1", "fe80::1%lo"]
)
def test_iproute2_reads_a_valid_address_as_python_does(link_session: Session, text: str) -> None:
    """iproute2 neither refuses nor changes a valid address."""
    if not _is_valid(check_address, text):
        return

    neighbour = ("dev", "d", "lladdr", "02:00:00:00:00:01", "nud", "permanent")
    show = ("ip", "-j", "neigh", "show", "dev", "d", "nud", "permanent")
    link_session.exec("ip", "neigh", "add", text, *neighbour)
    printed = json.loads(link_session.exec(*show).stdout)

    addresses = [neighbour["dst"] for neighbour in printed]
    link_session.exec("ip", "neigh", "delete", addresses[0], "dev", "d")
    (address,) = addresses
    assert ipaddress.ip_address(text) == ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.0/33",
        "10.0.0.256",
        "256/8",
        "10/33",
        "10.0.0.0.0",
        "fd00::/129",
        "fd00",
        "x",
        "10/",
        "/8",
        "10.0.",
        "a b",
        "10.0.0.0/8\n",
        "-1",
        "10,0",
    ],
)
def test_invalid_prefix_is_refused(text: str) -> None:
    """The message begins with the label and ends with an example."""
    with pytest.raises(InvalidArgument, match=r"^to: "):
        check_prefix(text, "to")


@pytest.mark.parametrize(
    "text", ["default", "any", "all", "10/8", "10.1/16", "10", "10.0.0.1", "fd00::1/64"]
)
def test_prefix_is_unchanged(text: str) -> None:
    """A valid prefix is not rewritten."""
    assert text == check_prefix(text)


def test_prefix_can_be_an_object() -> None:
    """`ipaddress` objects are valid."""
    assert check_prefix(ipaddress.ip_network("10.0.0.0/8")) == "10.0.0.0/8"


def test_address_can_be_an_object() -> None:
    """`ipaddress` objects are valid."""
    assert check_address(ipaddress.ip_address("fd00::1")) == "fd00::1"


@pytest.mark.parametrize("text", ["", "10.0.0.0/8", "10", "fd00::g", "localhost", "10.0.0.256"])
def test_invalid_address_is_refused(text: str) -> None:
    """An address is complete and has no length."""
    with pytest.raises(InvalidArgument, match=r"^via: "):
        check_address(text, "via")


@pytest.mark.parametrize(
    "text", ["02:00:00:00:00:01", "2:0:0:0:0:1", "AA:bb:0C:dd:ee:ff", "00:11", "1.2.3.4", "fd00::1"]
)
def test_link_layer_address_is_valid(text: str) -> None:
    """The address has any number of hexadecimal bytes, or is an IP address of a tunnel."""
    assert text == check_mac(text)


@pytest.mark.parametrize(
    "text",
    ["", "02", "02-00-00-00-00-01", "0200.0000.0001", "zz:00", "020:00", "02:00:", "02:00\n"],
)
def test_invalid_link_layer_address_is_refused(text: str) -> None:
    """iproute2 has no other notation."""
    with pytest.raises(InvalidArgument, match=r"^address: "):
        check_mac(text)


@pytest.mark.parametrize("value", [None, True, 1.5, b"eth0", ["eth0"], object()])
def test_argument_is_text(value: object) -> None:
    """Values of other types are not converted silently."""
    with pytest.raises(InvalidArgument, match="give a str"):
        check_argument(value)


def test_argument_can_be_a_number() -> None:
    """A group or a table can be a number."""
    assert check_argument(100) == "100"


@pytest.mark.parametrize(("text", "message"), [("", "an empty word"), ("a\0b", "NUL")])
def test_impossible_argument_is_refused(text: str, message: str) -> None:
    """An empty argument would shift the next argument, a NUL would truncate."""
    with pytest.raises(InvalidArgument, match=rf"^dev: .*{message}"):
        check_argument(text, "dev")


@pytest.mark.parametrize("name", ["eth0", "x" * 15, "x" * 16, "x" * 127])
def test_device_can_be_an_altname(name: str) -> None:
    """A name of more than 15 bytes is an alternative name."""
    assert name == check_device(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 128, "x" * 16 + " ", ".", ".."])
def test_invalid_device_is_refused(name: str) -> None:
    """No link can have the name, so the command does not run."""
    with pytest.raises(InvalidArgument, match=r"^master: "):
        check_device(name, "master")


@pytest.mark.parametrize(
    "check",
    [
        check_argument,
        check_link_name,
        check_device,
        check_altname,
        check_netns_name,
        check_address,
        check_prefix,
        check_mac,
    ],
)
@given(text=ANY_TEXT)
@example(text="\ud800")
@example(text="\udcff")
def test_any_text_is_unchanged_or_refused(check: type, text: str) -> None:
    """A check returns the text, or raises `InvalidArgument` and no other error."""
    with contextlib.suppress(InvalidArgument):
        assert text == check(text)


class Text(str):
    """A text of a subclass, which no check passes by its form."""

    __slots__ = ()


@pytest.mark.parametrize("check", [check_link_name, check_device, check_netns_name])
@given(name=st.from_regex(SIMPLE, fullmatch=True))
@example(name="all")
@example(name="default")
@example(name="-")
def test_usual_name_is_checked_alike(check: type, name: str) -> None:
    """A name that skips the checks, since its form is usual, passes them as well."""
    assert _is_valid(check, Text(name)) is _is_valid(check, name)


@given(text=st.from_regex(USUAL_PREFIX.pattern, fullmatch=True))
def test_usual_prefix_passes_the_checks(text: str) -> None:
    """A prefix that skips the checks, since its form is usual, passes them as well."""
    assert text == check_prefix(Text(text))
    assert ipaddress.ip_interface(text).with_prefixlen.startswith(text)


def _is_valid(check: object, name: str) -> bool:
    """Return whether a check accepts a name."""
    assert callable(check)
    try:
        check(name)
    except InvalidArgument:
        return False

    return True


def _show_routes(session: Session, family: str) -> list[str]:
    """Return the destinations in the routing table 77, as complete prefixes."""
    result = session.exec("ip", family, "-j", "route", "show", "table", "77")

    prefixes = []
    for route in json.loads(result.stdout):
        prefix = _complete_prefix(route["dst"], family)
        prefixes.append(prefix)

    return prefixes


def _complete_prefix(text: str, family: str = "-4") -> str:
    """Return the complete prefix of a text, with decimal numbers."""
    if text == "default":
        return "0.0.0.0/0" if family == "-4" else "::/0"
    if ":" in text:
        network = ipaddress.ip_network(text, strict=False)
        return str(network)

    host, slash, length = text.partition("/")
    octets = host.split(".")
    while len(octets) < 4:
        octets.append("0")

    complete = ".".join(octets)
    network = ipaddress.ip_network(f"{complete}{slash}{length}", strict=False)
    return str(network)
