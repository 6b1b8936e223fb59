"""Kernel modules by the kinds of links."""

import platform
import re
from pathlib import Path

import pytest

from ipwrap.kinds import KINDS
from ipwrap.system.modules import load_advice, module_of


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
    """A kind has a module of the same name, or of the name in the table."""
    assert module == module_of(kind)
    assert f"modprobe {module}, or a kernel that has it" == load_advice(kind)


def test_kind_without_a_module_needs_another_kernel() -> None:
    """The advice for netkit, which has no module, is an option of the kernel."""
    assert "modprobe" not in load_advice("netkit")
    assert "CONFIG_NETKIT" in load_advice("netkit")


def test_modules_match_the_aliases_of_installed_kernels() -> None:
    """The table has the module of every kind with an alias in `modules.alias`."""
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
