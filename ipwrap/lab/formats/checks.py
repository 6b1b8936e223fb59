"""Checks of the texts in a file of a lab, before anything runs: names, addresses, lines, netem.

Each raises `InvalidArgument` for a wrong text.
"""

import ipaddress
import re
import shlex

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument, IpwrapError
from ipwrap.options.table import options_of
from ipwrap.options.validation import check_encodable, check_link_name, check_netns_name
from ipwrap.qdiscs.netem import Netem
from ipwrap.sysctl.keys import check_value, path_of_key
from ipwrap.system.suggestions import did_you_mean

__all__ = [
    "check_address",
    "check_command",
    "check_destination",
    "check_end",
    "check_etc_file",
    "check_lab_name",
    "check_node_name",
    "check_pool",
    "check_program",
    "check_route",
    "check_sysctl",
    "format_netem",
    "parse_netem",
    "split_end",
]

LAB_NAME = re.compile(r"[\w+][\w.+-]*", re.ASCII)  # no word of options
# Words of a shell, which no program has.
SHELL_WORDS = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>&1"})


def check_lab_name(text: str) -> str:
    """Return the name of a lab, which is a file's name and a word of the command line."""
    if not LAB_NAME.fullmatch(text):
        raise InvalidArgument(f"{text!r} is no name of letters, digits and any of . _ + -")
    return text


def check_node_name(text: str) -> str:
    """Return the name of a node: that of its namespace, without the colon that ends have."""
    if ":" in text:
        raise InvalidArgument(f"the name {text!r} has a colon, which stands before a link's name")
    return check_netns_name(text, "node")


def check_destination(text: str) -> str:
    """Return a destination of ssh(1), such as "root@lab1"."""
    # Imported late: most labs stay on this machine.
    from ipwrap.places import Ssh

    return Ssh(text).destination


def split_end(text: str) -> tuple[str, str | None]:
    """Return the node and the link of an end, such as "h1:eth0"; None for the link of "h1"."""
    node, colon, link = text.partition(":")
    return node, link if colon else None


def check_end(text: str) -> str:
    """Return an end of a link, "h1:eth0" or "h1"."""
    node, link = split_end(text)
    check_node_name(node)
    if link is not None:
        check_link_name(link, "link")
    return text


def check_address(text: str) -> str:
    """Return an address with the length of its prefix, such as "10.0.0.1/24"."""
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        raise InvalidArgument(f"{text!r} is no address such as 10.0.0.1/24 or fd00::1/64") from None
    return text


def check_pool(text: str) -> str:
    """Return a prefix from which addresses are dealt, such as "10.0.0.0/16"."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidArgument(
            f"{text!r} is no prefix such as 10.0.0.0/16 or fd00::/48: {error}"
        ) from None
    return text


def check_route(text: str) -> str:
    """Return the words of a route behind `ip route add`, which a verb can read."""
    from ipwrap.cmdline.reader import Call, read_command

    words = _split(text)
    command = Command(("ip", "route", "add", *words))
    call = read_command(command)
    if not isinstance(call, Call):
        raise InvalidArgument(
            f"{text!r} cannot be read as `ip route add {text}`; write it as "
            "default via 10.0.0.1, or 10.1.0.0/16 via 10.0.0.1"
        )
    return text


def check_command(text: str) -> str:
    """Return a line that runs in a node; sh(1) runs one that needs a shell."""
    if not _split(text):
        raise InvalidArgument("an empty line; write a program and its arguments")
    return check_encodable(text, "line")


def check_program(text: str) -> str:
    """Return a program and its arguments, which run without a shell."""
    check_command(text)
    shell_words = [word for word in _split(text) if word in SHELL_WORDS]
    if shell_words:
        raise InvalidArgument(
            f"{shell_words[0]!r} is for a shell, and none runs the line; write sh -c '…'"
        )
    return text


def _split(text: str) -> list[str]:
    """Return the words of a line, as a shell would split it."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidArgument(f"{text!r} cannot be split into words: {error}") from None


def check_sysctl(name: str, value: str) -> str:
    """Return the value of a sysctl, whose name is checked, too."""
    path_of_key(name)
    return check_value(value, name)


def check_etc_file(name: str, text: str) -> str:
    """Return the text of a file below /etc, whose name is checked, too."""
    if name in ("", ".", "..") or "/" in name:
        raise InvalidArgument(f"{name!r} is no name of a file in /etc, such as hosts")
    check_encodable(name, "file")
    return text


def parse_netem(text: str) -> Netem:
    """Return the words of netem, as tc takes them: "delay 10ms loss 1%"."""
    words = _split(text)
    if words[:1] == ["netem"]:
        del words[0]
    elif not words:
        raise InvalidArgument("an empty text; write 'delay 10ms', or 'none'")

    try:
        netem = Netem.from_args(words)
        netem.to_args()
    except (IpwrapError, ValueError, IndexError) as error:
        raise InvalidArgument(_describe_netem(text, words, error=error)) from None
    return netem


def _describe_netem(text: str, words: list[str], *, error: Exception) -> str:
    """Return why words of netem cannot be read, with the option that is probably meant."""
    keywords: list[str] = []
    for option in options_of(Netem):
        keywords += option.codec.keywords(option.keyword or option.name)
    for word in words:
        suggestion = did_you_mean(word, keywords) if word.isalpha() else ""
        if suggestion and word not in keywords:
            return f"there is no {word!r} of netem{suggestion}"

    reason = "" if "is no word" in str(error) else f": {error}"
    return f"{text!r} are no words of netem such as 'delay 10ms loss 1%'{reason}"


def format_netem(netem: Netem) -> str:
    """Return the words of netem; "netem" for one without options."""
    return " ".join(netem.to_args()) or "netem"
