"""Placeholders for kernel-assigned MAC addresses, and for the addresses derived from them."""

import ipaddress
import re
from functools import partial

from ipwrap.command import Command
from ipwrap.placeholders.table import PlaceholderTable, Replace
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MacRule"]

MAC = re.compile(r"(?<![0-9a-f:.])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-f:])", re.IGNORECASE)
# br_dump_bridge_id() in ip/iplink_bridge.c prints the bytes without leading zeros.
BRIDGE_ID_MAC = re.compile(r"(?<=\b[0-9a-f]{4}\.)[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}(?![0-9a-f:])")
EUI64 = re.compile(
    r"(?<![0-9a-f:.])[0-9a-f:]*:[0-9a-f]{0,2}ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}(?![0-9a-f:.])"
)

# The solicited-node group of an IPv6 address holds its last three bytes (RFC 4291, section 2.7.1);
# the group's MAC address holds them as well (RFC 2464, section 7).
SOLICITED_NODE = re.compile(r"(?<=\bff02::1:ff)([0-9a-f]{2}):([0-9a-f]{1,4})(?![0-9a-f:])")
SOLICITED_NODE_MAC_PREFIX = "33:33:ff:"

GROUP_BIT = 0x01  # of a MAC address's first byte
UNIVERSAL_BIT = 0x02


def _format_mac(number: int) -> str:
    """Return the placeholder of a number: a locally administered MAC address."""
    last_bytes = (number & 0xFFFFFF).to_bytes(3, "big")
    return f"02:00:00:{last_bytes.hex(':')}"


def _format_suffix(number: int) -> str:
    """Return the placeholder of a number for the last three bytes of an address."""
    return _suffix(_format_mac(number | 0xFF0000))


def _suffix(mac: str) -> str:
    """Return the last three bytes of a MAC address."""
    return mac[9:]


class MacRule:
    """Replaces MAC addresses that no command mentioned.

    Group addresses are kept: the kernel does not choose them.
    """

    def __init__(self, mentioned: MentionedWords) -> None:
        self.mentioned = mentioned
        self.table = PlaceholderTable(_format_mac, mentioned)
        self.suffixes = PlaceholderTable(_format_suffix)

    def replace_arguments(self, command: Command, replace: Replace) -> tuple[str, ...]:
        """Return a command's arguments with the addresses replaced."""
        arguments = []
        for argument in command.argv:
            if ":" in argument:
                argument = self.replace_in_text(argument, replace)
            arguments.append(argument)
        return tuple(arguments)

    def replace_in_text(
        self,
        text: str,
        replace: Replace,
        *,
        command: Command | None = None,  # noqa: ARG002 - a `Rule`
    ) -> str:
        """Return a text with MAC addresses, and addresses derived from them, replaced."""
        replacements = (
            (MAC, self._replace_mac_match),
            (BRIDGE_ID_MAC, self._replace_bridge_mac),
            (EUI64, self._replace_eui64),
            (SOLICITED_NODE, self._replace_solicited_node),
        )

        for pattern, replace_match in replacements:
            text = pattern.sub(partial(replace_match, replace=replace), text)
        return text

    def _replace_mac_match(self, match: re.Match[str], replace: Replace) -> str:
        """Return the replacement of an address, in lower case."""
        return self._replace_mac(match[0].lower(), replace)

    def _replace_mac(self, mac: str, replace: Replace) -> str:
        """Return the replacement of a kernel-assigned address, any further address unchanged."""
        if mac.startswith(SOLICITED_NODE_MAC_PREFIX):
            return SOLICITED_NODE_MAC_PREFIX + self._replace_suffix(_suffix(mac), replace)

        is_group = bool(int(mac[:2], 16) & GROUP_BIT)
        if is_group or not self.mentioned.is_kernel_assigned(mac):
            return mac
        return replace(mac)

    def _replace_bridge_mac(self, match: re.Match[str], replace: Replace) -> str:
        """Return the replacement of an address in a bridge id."""
        mac = _with_leading_zeros(match[0])
        replaced = self._replace_mac(mac, replace)
        return _without_leading_zeros(replaced)

    def _replace_suffix(self, suffix: str, replace: Replace) -> str:
        """Return the replacement of the last three bytes of an address.

        A known MAC address with that suffix decides; a new suffix gets a placeholder, unless it
        belongs to an address that a command mentioned.
        """
        known_macs = (*self.table.placeholders.items(), *self.table.values.items())
        for mac, replacement in known_macs:
            if mac.endswith(suffix) and replace(mac) == replacement:
                return _suffix(replacement)

        is_masking = replace == self.table.mask
        if is_masking and not self._is_mentioned_suffix(suffix):
            return self.suffixes.mask(suffix)
        return suffix

    def _is_mentioned_suffix(self, suffix: str) -> bool:
        """Return whether an IPv6 address that a command mentioned has that suffix."""
        last_bytes = _mac_bytes(suffix)

        # The subnet-router anycast address ends in zeros (RFC 4291, section 2.6.1).
        if not any(last_bytes):
            return True

        addresses = (word for word in self.mentioned.words if ":" in word)
        return any(_pack(address)[13:] == last_bytes for address in addresses)

    def _replace_eui64(self, match: re.Match[str], replace: Replace) -> str:
        """Return the replacement of an IPv6 address that is derived from a MAC address.

        RFC 4291, appendix A: ff:fe lies between the halves, and the universal bit is inverted.
        """
        text = match[0]
        packed = _pack(text)
        if not packed or text in self.mentioned:
            return text

        prefix, interface_id = packed[:8], packed[8:]
        mac = _invert_universal_bit(interface_id[:3] + interface_id[5:])

        replaced_mac = self._replace_mac(mac.hex(":"), replace)
        replaced = _invert_universal_bit(_mac_bytes(replaced_mac))

        address = prefix + replaced[:3] + b"\xff\xfe" + replaced[3:]
        if address == packed:
            return text
        return str(ipaddress.IPv6Address(address))

    def _replace_solicited_node(self, match: re.Match[str], replace: Replace) -> str:
        """Return the replacement of the last three bytes of a solicited-node group."""
        first_byte = match[1]
        last_group = match[2].zfill(4)
        suffix = f"{first_byte}:{last_group[:2]}:{last_group[2:]}"

        replaced = self._replace_suffix(suffix, replace)
        first_byte, last_bytes = replaced.split(":", 1)
        number = int(last_bytes.replace(":", ""), 16)
        return f"{first_byte}:{number:x}"


def _pack(text: str) -> bytes:
    """Return the 16 bytes of an IPv6 address; no bytes for a text that is no address."""
    try:
        return ipaddress.IPv6Address(text).packed
    except ValueError:
        return b""


def _mac_bytes(text: str) -> bytes:
    """Return the bytes of a MAC address, or of a part."""
    return bytes.fromhex(text.replace(":", ""))


def _invert_universal_bit(mac: bytes) -> bytes:
    """Return a MAC address with the universal bit inverted."""
    return bytes([mac[0] ^ UNIVERSAL_BIT]) + mac[1:]


def _with_leading_zeros(mac: str) -> str:
    """Return a MAC address with two digits a byte."""
    digits = mac.split(":")
    return ":".join(byte.zfill(2) for byte in digits)


def _without_leading_zeros(mac: str) -> str:
    """Return a MAC address in the form of bridge ids."""
    return ":".join(f"{byte:x}" for byte in _mac_bytes(mac))
