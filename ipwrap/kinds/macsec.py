"""`type macsec`."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from attrs import evolve, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Codec, Json, Mac, Number, OnOff
from ipwrap.options.table import option

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Macsec", "Sci", "Window"]


class Sci(Codec, frozen=True):
    """The identifier of a secure channel: 16 hexadecimal digits, a MAC address and a port."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the digits."""
        try:
            number = int(value, 16)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not text of up to 16 hexadecimal digits"
            ) from error

        if not 0 < number < 2**64:
            raise InvalidArgument(f"{keyword}: {value!r} is not within 1 to ffffffffffffffff")
        return f"{number:016x}"

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of identifiers with all 16 digits."""
        from hypothesis import strategies as st

        return st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")


class Window(Number, frozen=True):
    """A number that JSON prints with a sign: above 2147483647 it appears as negative."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        # print_int() of an unsigned number (macsec_print_opt() in ip/ipmacsec.c).
        return value % 2**32 if isinstance(value, int) else value


@frozen(kw_only=True)
class Macsec(LinkKind):
    """A link that encrypts its traffic on a lower link (``link=``).

    ip-link(8) "MACsec Type Support"; ip/ipmacsec.c. The channel has the identifier ``sci``, or a
    ``port`` with or without ``address``, which JSON shows as ``sci``. ``window`` needs ``replay``,
    and ``replay=True`` needs ``window``. Only one of ``send_sci``, ``end_station`` and ``scb`` can
    be on; ``send_sci=False`` excludes ``sci``. `ip macsec` sets the keys.
    """

    kind: ClassVar[str] = "macsec"

    # JSON shows both as `sci`.
    address: str | None = option(Mac(), json_key="")
    port: int | None = option(Number(1, 65535), json_key="")
    sci: str | None = option(Sci())
    cipher: (
        Literal["default", "gcm-aes-128", "gcm-aes-256", "gcm-aes-xpn-128", "gcm-aes-xpn-256"]
        | None
    ) = option(Choice(upper=True), json_key="cipher_suite", default="gcm-aes-128")
    icvlen: int | None = option(Number(8, 16), json_key="icv_len", default=16)
    encrypt: bool | None = option(OnOff(), default=False)
    send_sci: bool | None = option(OnOff(), json_key="inc_sci", default=True)
    end_station: bool | None = option(OnOff(), json_key="es", default=False)
    scb: bool | None = option(OnOff(), default=False)
    protect: bool | None = option(OnOff(), default=True)
    replay: bool | None = option(OnOff(), json_key="replay_protect", default=False)
    # The highest number means an omitted window (macsec_parse_opt() in ip/ipmacsec.c).
    window: int | None = option(Window(0, 2**32 - 2), default=0)
    validate: Literal["disabled", "check", "strict"] | None = option(
        Choice(), json_key="validation", default="strict"
    )
    encodingsa: int | None = option(Number(0, 3), json_key="encoding_sa", default=0)
    offload: Literal["off", "phy", "mac"] | None = option(Choice(), since="5.7", default="off")

    def without_defaults(self) -> Self:
        """Return the kind with only the options that matter when a link is created.

        A window needs ``replay``, even ``replay off``. Without ``send_sci``, the port replaces the
        identifier.
        """
        kind = super().without_defaults()

        # iproute2 refuses `window` without `replay` (ip/ipmacsec.c).
        if kind.window is not None:
            kind = evolve(kind, replay=self.replay)

        if kind.sci is None or kind.send_sci is not False:
            return kind

        # The kernel refuses an identifier that is not sent (macsec_newlink() in
        # drivers/net/macsec.c). It derives the identifier from the address of the link and the
        # port: the last four digits.
        port = int(kind.sci[-4:], 16)
        return evolve(
            kind,
            sci=None,
            port=port,
        )
