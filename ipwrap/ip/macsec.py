"""`ip macsec`: secure channels and keys of MACsec links. ip-macsec(8); iproute2's ip/ipmacsec.c."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.kinds.macsec import Sci
from ipwrap.options.codecs import Choice, Codec, Hex, KeywordPair, Mac, Number
from ipwrap.options.table import Option, to_args, to_fields
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["ChannelOptions", "Direction", "MacsecOptions", "MacsecVerbs", "Offload", "SaOptions"]

Direction = Literal["tx", "rx"]
Offload = Literal["off", "phy", "mac"]
ObjectKey = tuple[str, str | None, str]

# The association number (AN) has two bits in the header of a frame.
ASSOCIATION_NUMBER = Number(0, 3)
ALL_ASSOCIATIONS = (0, 1, 2, 3)

# The record of an active key, apart from the key's own: `down` has to deactivate a key first.
IN_USE = "macsec in use"

# hexstring_a2n() in lib/utils.c reads two digits a byte.
HEX_BYTES = re.compile(r"([0-9a-fA-F]{2})+")
MAC_ADDRESS = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


class Bytes(Codec, frozen=True):
    """Bytes in hexadecimal: exactly ``most`` bytes, or from ``least`` to ``most`` bytes."""

    most: int
    least: int | None = None

    def format(self, keyword: str, value: Any) -> str:
        """Return the digits."""
        least = self.most if self.least is None else self.least

        if isinstance(value, str) and HEX_BYTES.fullmatch(value):
            size = len(value) // 2
            if least <= size <= self.most:
                return value

        expected = f"{least}" if least == self.most else f"{least} to {self.most}"

        # The value may be a secret key: keep it out of the message.
        raise InvalidArgument(f"{keyword}: not {expected} bytes, each as two hexadecimal digits")


class Ssci(Hex, frozen=True):
    """A short secure channel identifier. get_ssci() in ip/ipmacsec.c reads hexadecimal."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the number in hexadecimal."""
        number = super().format(keyword, value)
        return f"{int(number):x}"

    def parse(self, text: str) -> Any:
        """Return the number, from hexadecimal with or without 0x."""
        return int(text, 16)


class Key(Codec, frozen=True):
    """The identifier of a key, and the key itself. JSON shows the identifier only."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `key ID KEY`."""
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise InvalidArgument(f"{keyword}: not a pair of an identifier and the key itself")

        identifier, key = value

        # A secret without a value comes from a recording: there is nothing to check.
        if not isinstance(key, Secret) or key.has_value:
            key = self._check_key(keyword, key)

        return (keyword, Bytes(16, 1).format(f"{keyword} identifier", identifier), key)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the identifier and the key, and the number of arguments used."""
        return (arguments[1], arguments[2]), 3

    def _check_key(self, keyword: str, key: Any) -> Any:
        """Return the key. Raises `InvalidArgument` unless its length is 16 or 32 bytes."""
        revealed = key.reveal() if isinstance(key, Secret) else key
        digits = Bytes(32, 16).format(keyword, revealed)

        if len(digits) not in (32, 64):
            raise InvalidArgument(
                f"{keyword}: not a key of 16 or 32 bytes, each as two hexadecimal digits"
            )

        return key


class SixBytes(Mac, frozen=True):
    """A link-layer address of six bytes."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the address."""
        if not isinstance(value, str) or not MAC_ADDRESS.fullmatch(value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a link-layer address of six bytes "
                "such as 02:00:00:00:00:01"
            )

        return value


class ChannelOptions(TypedDict, total=False):
    """Options that identify a receive channel: ``sci``, or ``port`` and ``address``."""

    sci: Annotated[str | None, Option(Sci())]
    port: Annotated[int | None, Option(Number(1, 65535))]
    address: Annotated[str | None, Option(SixBytes())]


class SaOptions(TypedDict, total=False):
    """Options of a secure association (SA).

    ``pn`` is the next packet number, ``on`` activates the SA. ``xpn``, ``salt`` (12 bytes in
    hexadecimal) and ``ssci`` are for ciphers with extended packet numbers, and replace ``pn``.
    ``key`` is an identifier of up to 16 bytes and the key itself, of 16 or 32 bytes, both in
    hexadecimal. Logs and recordings show the key as a `Secret`, even if plain text is given.
    """

    pn: Annotated[int | None, Option(Number(1))]
    xpn: Annotated[int | None, Option(Number(1, 2**64 - 1), since="5.11")]
    salt: Annotated[str | None, Option(Bytes(12), since="5.11")]
    ssci: Annotated[int | None, Option(Ssci(), since="5.11")]
    on: Annotated[bool | None, Option(KeywordPair("on", "off"), json_key="active")]
    key: Annotated[tuple[str, str | Secret] | None, Option(Key())]


class MacsecOptions(ChannelOptions, SaOptions, total=False):
    """Options of `ip macsec add` and `set`."""


@frozen
class MacsecVerbs(ObjectCommands):
    """Commands of `ip macsec`. ``ip.link.add("macsec0", Macsec(), link="eth0")`` creates the link.

    A secure association (SA) holds a key, and has a number, ``sa``, of 0 to 3. SAs belong to the
    transmit channel of the link ("tx") or to a receive channel ("rx").
    """

    words: ClassVar[tuple[str, ...]] = ("macsec",)

    def add(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **options: Unpack[MacsecOptions],
    ) -> Result:
        """Add a transmit key, a receive channel, or a key of a receive channel.

        ::

            ip macsec add DEV tx sa { 0..3 } { pn N | xpn N … } [on | off] key ID KEY
            ip macsec add DEV rx { sci SCI | port PORT address MAC } [on | off]
            ip macsec add DEV rx { sci SCI | port PORT address MAC }
                sa { 0..3 } { pn N | … } [on | off] key ID KEY

        Raises `Busy` for an existing key, `AlreadyExists` for an existing channel, `NotFound` (no
        such link or channel), `RejectedByKernel`.

        Options, from `MacsecOptions`::

            sci=str, port=1..65535, address=MAC, pn=1..4294967295,
            xpn=1..18446744073709551615 (5.11+), salt=str (5.11+), ssci=int (5.11+), on=True|False,
            key=tuple[str, str|Secret]
        """
        target = _format_target(dev, direction, sa=sa, options=options)
        settings = _format_settings(sa, options)

        has_packet_number = "pn" in settings or "xpn" in settings
        if sa is not None and ("key" not in settings or not has_packet_number):
            raise InvalidArgument("macsec: a new sa needs a key, and pn (or xpn)")

        created = CreatedObject(
            "macsec",
            _identify(dev, direction, sa=sa, options=options),
            _identity_fields(dev, direction, sa=sa, options=options),
            self.netns,
            (dev,),
        )
        activated = self._describe_activated(dev, direction, sa=sa, options=options)

        return self._run_change("add", *target, *settings, creates=(created, *activated))

    def set(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **options: Unpack[MacsecOptions],
    ) -> Result:
        """Change the packet number of a key, or activate or deactivate a key or a channel.

        ::

            ip macsec set DEV tx sa { 0..3 } [pn N | xpn N] [on | off]
            ip macsec set DEV rx { sci SCI | port PORT address MAC }
                [sa { 0..3 } [pn N | xpn N]] [on | off]

        Raises `NotFound`, `RejectedByKernel`.

        Options: those of `add`.
        """
        if options.get("key") is not None:
            raise InvalidArgument("macsec: a key cannot be changed; delete the sa and add it again")

        target = _format_target(dev, direction, sa=sa, options=options)
        settings = _format_settings(sa, options)

        deactivated: list[ObjectKey] = []
        if "off" in settings:
            name = _identify(dev, direction, sa=sa, options=options)
            deactivated.append((IN_USE, self.netns, name))

        return self._run_change(
            "set",
            *target,
            *settings,
            creates=self._describe_activated(dev, direction, sa=sa, options=options),
            deletes=deactivated,
        )

    def delete(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **channel: Unpack[ChannelOptions],
    ) -> Result:
        """Delete a key, or a channel with its keys.

        ::

            ip macsec delete DEV tx sa { 0..3 }
            ip macsec delete DEV rx { sci SCI | port PORT address MAC } [sa { 0..3 }]

        Raises `NotFound`; `Busy` for an active key: deactivate it with ``set(…, on=False)`` first.

        Options, from `ChannelOptions`::

            sci=str, port=1..65535, address=MAC
        """
        target = _format_target(dev, direction, sa=sa, options=channel)

        # With a channel the kernel deletes the channel's associations.
        numbers = (None, *ALL_ASSOCIATIONS) if sa is None else (sa,)

        deleted: list[ObjectKey] = []
        for number in numbers:
            name = _identify(dev, direction, sa=number, options=channel)
            deleted.append(("macsec", self.netns, name))
            deleted.append((IN_USE, self.netns, name))

        return self._run_change("delete", *target, deletes=deleted)

    def offload(self, dev: str, to: Offload) -> Result:
        """Offload encryption to the "phy" or the "mac", or not at all ("off").

        ::

            ip macsec offload DEV { off | phy | mac }

        Raises `NotSupported` without such hardware, `Busy` if the link has keys or channels.
        """
        mode = Choice(get_args(Offload)).format("to", to)
        return self._run_change("offload", format_device(dev), mode)

    def show(self, dev: str | None = None, *, stats: bool = False) -> "list[models.Secy]":
        """Return MACsec links with channels and key identifiers; iproute2 never shows the keys.

        ::

            ip -j [-s] macsec show [DEV]

        ``stats=True`` adds the counters. Raises `NotFound` for a missing link.
        """
        device = () if dev is None else (format_device(dev),)
        flags = ("-s",) if stats else ()

        return self._query(models.Secy, "show", *device, flags=flags)

    def _describe_activated(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None,
        options: Mapping[str, Any],
    ) -> tuple[CreatedObject, ...]:
        """Return the record of a key's activation, if the options activate a key.

        The kernel refuses to delete an active key, so `set … off` has to precede the deletion.
        """
        if sa is None or not options.get("on"):
            return ()

        activated = CreatedObject(
            IN_USE,
            _identify(dev, direction, sa=sa, options=options),
            _identity_fields(dev, direction, sa=sa, options=options),
            self.netns,
            (dev,),
        )
        return (activated,)


def _format_target(
    dev: str, direction: Direction, *, sa: int | None, options: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the arguments that identify a key or a channel."""
    checked_direction = Choice(get_args(Direction)).format("direction", direction)

    channel = {name: options.get(name) for name in ChannelOptions.__annotations__}
    given = {name for name, value in channel.items() if value is not None}

    if checked_direction == "tx" and (given or sa is None):
        raise InvalidArgument(
            'macsec: "tx" takes sa=, and neither sci nor port and address: '
            "a link has one transmit channel"
        )
    if checked_direction == "rx" and given not in ({"sci"}, {"port", "address"}):
        raise InvalidArgument('macsec: "rx" needs the channel: sci, or port and address')

    association: tuple[str, ...] = ()
    if sa is not None:
        association = ("sa", ASSOCIATION_NUMBER.format("sa", sa))

    return (
        format_device(dev),
        checked_direction,
        *to_args(ChannelOptions, channel),
        *association,
    )


def _format_settings(sa: int | None, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the arguments that configure a key or a channel."""
    settings = dict(options)
    for name in ChannelOptions.__annotations__:
        settings.pop(name, None)

    if sa is None:
        for name, value in settings.items():
            if name != "on" and value is not None:
                raise InvalidArgument(
                    "macsec: a channel is on or off; other options belong to a key: give sa="
                )

    return to_args(SaOptions, settings)


def _identity_fields(
    dev: str, direction: str, *, sa: int | None, options: Mapping[str, Any]
) -> dict[str, str]:
    """Return the fields that identify a key or a channel."""
    channel = {name: options.get(name) for name in ChannelOptions.__annotations__}
    fields = {"dev": dev, "direction": direction, **to_fields(ChannelOptions, channel)}

    if sa is not None:
        fields["sa"] = str(sa)
    return fields


def _identify(dev: str, direction: str, *, sa: int | None, options: Mapping[str, Any]) -> str:
    """Return the name under which a key or a channel is recorded.

    A channel is identified by its SCI, even if port and address are given.
    """
    association = "" if sa is None else f" sa {sa}"
    if direction == "tx":
        return f"{dev} tx{association}"

    return f"{dev} rx {_format_sci(options)}{association}"


def _format_sci(options: Mapping[str, Any]) -> str:
    """Return the secure channel identifier: the MAC address, then the port, in hexadecimal."""
    sci = options.get("sci")
    if sci is not None:
        return Sci().format("sci", sci)

    mac = ""
    for byte in options["address"].split(":"):
        mac += f"{int(byte, 16):02x}"

    return f"{mac}{options['port']:04x}"
