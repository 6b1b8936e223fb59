"""Modules of the kernel by the kinds of links that they make."""

import platform
import re
from pathlib import Path

import pytest

from ipwrap.kinds import KINDS
from ipwrap.system.modules import how_to_load, module_of


@pytest.mark.parametrize(
    ("kind", "module"),
    [
        ("vlan", "8021q"),
        ("bond", "bonding"),
        ("gretap", "ip_gre"),
        ("ip6tnl", "ip6_tunnel"),
        ("xfrm", "xfrm_interface"),
        ("macvtap", "macvtap"),
        ("dummy", "dummy"),
    ],
)
def test_module_of_a_kind(kind: str, module: str) -> None:
    """Where it is called otherwise, that name is said; else the kind's own."""
    assert module == module_of(kind)
    assert f"modprobe {module}, or a kernel that has it" == how_to_load(kind)


def test_kind_without_a_module_needs_another_kernel() -> None:
    """No `modprobe` brings netkit."""
    assert "modprobe" not in how_to_load("netkit")
    assert "CONFIG_NETKIT" in how_to_load("netkit")


def test_modules_are_those_of_the_kernels_here() -> None:
    """The kernel's own aliases say which module a kind has."""
    aliases: dict[str, str] = {}
    for folder in (Path("/lib/modules"), Path("/usr/lib/uml/modules")):
        for file in sorted(folder.glob("*/modules.alias")):
            aliases |= dict(
                re.findall(r"^alias rtnl-link-(\S+) (\S+)$", file.read_text(), re.MULTILINE)
            )
    if not aliases:
        pytest.skip(f"no modules of any kernel here ({platform.release()})")

    wrong = {
        kind: (module_of(kind), aliases[kind])
        for kind in KINDS
        if kind in aliases and module_of(kind).replace("-", "_") != aliases[kind]
    }

    assert {} == wrong
