"""The codecs of option values: one value on the command line, in JSON and in Python.

A codec covers all directions, so that a table of options (`ipwrap.options.table`) needs no special
cases: ``format_args`` writes the arguments of an option, keyword included, ``parse_args`` reads
them back, and ``from_json`` reads the output of ``show`` (None for a missing key).
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.options.codecs.addresses import Family as Family
    from ipwrap.options.codecs.addresses import Ip as Ip
    from ipwrap.options.codecs.addresses import Mac as Mac
    from ipwrap.options.codecs.addresses import Prefix as Prefix
    from ipwrap.options.codecs.base import Codec as Codec
    from ipwrap.options.codecs.base import Json as Json
    from ipwrap.options.codecs.base import ReadOnly as ReadOnly
    from ipwrap.options.codecs.booleans import Flag as Flag
    from ipwrap.options.codecs.booleans import FlagListMember as FlagListMember
    from ipwrap.options.codecs.booleans import KeywordPair as KeywordPair
    from ipwrap.options.codecs.booleans import NoPrefixFlag as NoPrefixFlag
    from ipwrap.options.codecs.booleans import OnOff as OnOff
    from ipwrap.options.codecs.booleans import ZeroOne as ZeroOne
    from ipwrap.options.codecs.links import Altnames as Altnames
    from ipwrap.options.codecs.links import ExistingLink as ExistingLink
    from ipwrap.options.codecs.links import MaybeLinkName as MaybeLinkName
    from ipwrap.options.codecs.links import Netns as Netns
    from ipwrap.options.codecs.links import NewName as NewName
    from ipwrap.options.codecs.numbers import Dsfield as Dsfield
    from ipwrap.options.codecs.numbers import Duration as Duration
    from ipwrap.options.codecs.numbers import Hex as Hex
    from ipwrap.options.codecs.numbers import Mark as Mark
    from ipwrap.options.codecs.numbers import Number as Number
    from ipwrap.options.codecs.words import Choice as Choice
    from ipwrap.options.codecs.words import ChoiceOr as ChoiceOr
    from ipwrap.options.codecs.words import PositionalChoice as PositionalChoice
    from ipwrap.options.codecs.words import Text as Text
    from ipwrap.options.codecs.words import Words as Words

MODULES = {
    "addresses": (
        "Family",
        "Ip",
        "Mac",
        "Prefix",
    ),
    "base": (
        "Codec",
        "Json",
        "ReadOnly",
    ),
    "booleans": (
        "Flag",
        "FlagListMember",
        "KeywordPair",
        "NoPrefixFlag",
        "OnOff",
        "ZeroOne",
    ),
    "links": (
        "Altnames",
        "ExistingLink",
        "MaybeLinkName",
        "Netns",
        "NewName",
    ),
    "numbers": (
        "Dsfield",
        "Duration",
        "Hex",
        "Mark",
        "Number",
    ),
    "words": (
        "Choice",
        "ChoiceOr",
        "PositionalChoice",
        "Text",
        "Words",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
