"""MAC addresses that the kernel chose, and what is made of them."""

import ipaddress
import re

from ipwrap.command import Command
from ipwrap.placeholders.table import Change, PlaceholderTable
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["Macs"]

MAC = re.compile(r"(?<![0-9a-f:.])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-f:])", re.IGNORECASE)
BRIDGE_ID = re.compile(
    r"(?<=\b[0-9a-f]{4}\.)[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}(?![0-9a-f:])"
)  # without leading zeros
EUI64 = re.compile(
    r"(?<![0-9a-f:.])[0-9a-f:]*:[0-9a-f]{0,2}ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}(?![0-9a-f:.])"
)
SOLICITED = re.compile(r"(?<=\bff02::1:ff)([0-9a-f]{2}):([0-9a-f]{1,4})(?![0-9a-f:])")
LISTENS = "33:33:ff:"  # the group in which an address of that end is asked for


def _written(number: int) -> str:
    """Return the stand-in of a number."""
    return f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


class Macs:
    """MAC addresses that no command named; groups are no choice of the kernel's, and stay."""

    def __init__(self, named: MentionedWords) -> None:
        self.named = named
        self.table = PlaceholderTable(_written, named)
        self.ends = PlaceholderTable(lambda number: _written(number | 0xFF0000)[9:])

    def words(self, command: Command, change: Change) -> tuple[str, ...]:
        """Return a command's words with its addresses changed."""
        return tuple(self._all(word, change) if ":" in word else word for word in command.argv)

    def text(self, text: str, _: Command | None, change: Change) -> str:
        """Return a text with its addresses changed."""
        return self._all(text, change)

    def _all(self, text: str, change: Change) -> str:
        """Change whatever is, or is made of, a MAC address."""
        text = MAC.sub(lambda found: self._mac(found[0].lower(), change), text)
        text = BRIDGE_ID.sub(lambda found: _short(self._mac(_long(found[0]), change)), text)
        text = EUI64.sub(lambda found: self._eui64(found[0], change), text)
        return SOLICITED.sub(lambda found: self._solicited(found, change), text)

    def _mac(self, mac: str, change: Change) -> str:
        """Change an address that the kernel chose."""
        if mac.startswith(LISTENS):
            return LISTENS + self._end(mac[9:], change)
        group = bool(int(mac[:2], 16) & 1)
        return mac if group or not self.named.is_kernel_assigned(mac) else change(mac)

    def _end(self, end: str, change: Change) -> str:
        """Change the last three bytes of an address: of one that is known, or else of one that nobody named."""
        pairs = (*self.table.placeholders.items(), *self.table.values.items())
        for mac, other in pairs:
            if mac.endswith(end) and change(mac) == other:
                return other[9:]
        return (
            self.ends.mask(end) if change == self.table.mask and not self._named_end(end) else end
        )

    def _named_end(self, end: str) -> bool:
        """Tell whether an IPv6 address that was named ends so; a subnet's routers' address ends in zeros."""
        last = bytes.fromhex(end.replace(":", ""))
        return not any(last) or any(
            _packed(word)[13:] == last for word in self.named.words if ":" in word
        )

    def _eui64(self, text: str, change: Change) -> str:
        """Change an IPv6 address, if it is made of a MAC address that the kernel chose (RFC 4291, appendix A)."""
        raw = _packed(text)
        if not raw or text in self.named:
            return text
        mac = bytes((raw[8] ^ 2, *raw[9:11], *raw[13:])).hex(":")
        now = bytes.fromhex(self._mac(mac, change).replace(":", ""))
        made = raw[:8] + bytes((now[0] ^ 2, *now[1:3], 0xFF, 0xFE, *now[3:]))
        return text if made == raw else str(ipaddress.IPv6Address(made))

    def _solicited(self, found: re.Match[str], change: Change) -> str:
        """Change the group in which an address that is made of a MAC address is asked for."""
        low = found[2].zfill(4)
        first, *rest = self._end(f"{found[1]}:{low[:2]}:{low[2:]}", change).split(":")
        return f"{first}:{int(''.join(rest), 16):x}"


def _packed(text: str) -> bytes:
    """Return an IPv6 address as it is sent; nothing for what is none."""
    try:
        return ipaddress.IPv6Address(text).packed
    except ValueError:
        return b""


def _long(text: str) -> str:
    """Return an address with its leading zeros."""
    return ":".join(part.zfill(2) for part in text.split(":"))


def _short(mac: str) -> str:
    """Return an address as bridges write it in their ids."""
    return ":".join(f"{int(part, 16):x}" for part in mac.split(":"))
