"""How one value is spelled on the command line, and how it is read from there and from JSON.

A codec owns all directions, so a table of options (see `ipwrap.options.table`) needs no odd cases. ``words`` gives all
the words of an option, its keyword included, and ``take`` reads them again; ``read`` returns ``None`` where the JSON
says nothing.
"""

from ipwrap.options.codecs.addresses import Family, Ip, Mac, Prefix
from ipwrap.options.codecs.base import Codec, ReadOnly
from ipwrap.options.codecs.base import Json as Json
from ipwrap.options.codecs.booleans import (
    Flag,
    FlagListMember,
    KeywordPair,
    NoPrefixFlag,
    OnOff,
    ZeroOne,
)
from ipwrap.options.codecs.links import Altnames, ExistingLink, Netns, NewName
from ipwrap.options.codecs.links import MaybeLinkName as MaybeLinkName
from ipwrap.options.codecs.numbers import Dsfield, Duration, Hex, Number
from ipwrap.options.codecs.words import Choice, ChoiceOr, PositionalChoice, Text, Words

__all__ = [
    "Altnames",
    "Choice",
    "ChoiceOr",
    "Codec",
    "Dsfield",
    "Duration",
    "ExistingLink",
    "Family",
    "Flag",
    "FlagListMember",
    "Hex",
    "Ip",
    "KeywordPair",
    "Mac",
    "Netns",
    "NewName",
    "NoPrefixFlag",
    "Number",
    "OnOff",
    "PositionalChoice",
    "Prefix",
    "ReadOnly",
    "Text",
    "Words",
    "ZeroOne",
]
