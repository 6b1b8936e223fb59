"""Files of a node below /etc: those of /etc/netns/NAME, which `ip netns exec` binds over them.

ip-netns(8). A file has to be in /etc as well, to be bound over. A sandbox has an /etc/netns of its
own (`ipwrap.places.etc_netns`), so that nothing is written to the machine.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ipwrap.errors import InvalidArgument
from ipwrap.places.etc_netns import FOLDER

if TYPE_CHECKING:
    from ipwrap.lab.parts import Node

__all__ = ["check_file_name", "remove_files", "write_files"]


def check_file_name(name: str, node: str) -> str:
    """Return the name of a file below /etc. Raises `InvalidArgument`.

    iproute2 binds what is directly in /etc/netns/NAME (bind_etc() in lib/namespace.c).
    """
    if not isinstance(name, str) or PurePosixPath(name).name != name or name in ("", ".", ".."):
        raise InvalidArgument(
            f"lab: file of {node}: {name!r} is no name of a file in /etc, such as 'resolv.conf'"
        )
    return name


def write_files(node: "Node", files: Mapping[str, str]) -> None:
    """Write files of a node: `tee /etc/netns/NAME/FILE`."""
    session = node.session
    if files:
        session.exec("mkdir", "-p", f"{FOLDER}/{node.name}")
    written = node.lab.made.ownership.files.setdefault(node, {})
    for name, text in files.items():
        written[name] = None
        session.exec("tee", f"{FOLDER}/{node.name}/{name}", stdin=text)


def remove_files(node: "Node", names: Iterable[str]) -> None:
    """Remove those files of a node that the lab has written, and its folder where it is empty."""
    written = node.lab.made.ownership.files.get(node, {})
    own = [name for name in names if name in written]
    if own:
        session = node.session
        session.exec("rm", "-f", *(f"{FOLDER}/{node.name}/{name}" for name in own))
        session.exec("rmdir", "--ignore-fail-on-non-empty", f"{FOLDER}/{node.name}")
    for name in own:
        del written[name]
