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


@frozen
class Sci(Codec):
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


@frozen
class Window(Number):
    """A number that JSON prints with a sign: a number above 2147483647 appears as a negative one."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return value % 2**32 if isinstance(value, int) else value


@frozen(kw_only=True)
class Macsec(LinkKind):
    """A link that encrypts what it sends over another one (``link=``). ip-link(8) "MACsec Type Support"; ip/ipmacsec.c.

    Its channel is told by ``sci``, or by ``port`` with or without ``address``, which ``sci`` then shows. ``window``
    needs ``replay``, and ``replay=True`` needs ``window``. Only one of ``send_sci``, ``end_station`` and ``scb`` can be
    on; ``send_sci=False`` excludes ``sci``. The keys are set by `ip macsec`.
    """

    kind: ClassVar[str] = "macsec"

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
    window: int | None = option(
        Window(0, 2**32 - 2), default=0
    )  # the highest number stands for none
    validate: Literal["disabled", "check", "strict"] | None = option(
        Choice(), json_key="validation", default="strict"
    )
    encodingsa: int | None = option(Number(0, 3), json_key="encoding_sa", default=0)
    offload: Literal["off", "phy", "mac"] | None = option(Choice(), since="5.7", default="off")

    def without_defaults(self) -> Self:
        """Return the kind with only those options that make a difference when a link is made.

        A window cannot be said without ``replay``, even if that is off (ip/ipmacsec.c). An identifier that is not sent
        cannot be said (macsec_newlink() in the kernel's drivers/net/macsec.c): it comes of the link's own address and
        of the port, its last four digits.
        """
        kind = super().without_defaults()
        if kind.window is not None:
            kind = evolve(kind, replay=self.replay)

        if kind.sci is None or kind.send_sci is not False:
            return kind
        return evolve(kind, sci=None, port=int(kind.sci[-4:], 16))
