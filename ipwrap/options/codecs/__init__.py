"""How one value is spelled on the command line, and how it is read from there and from JSON.

A codec owns all directions, so a table of options (see `ipwrap.options.table`) needs no odd cases. ``words`` gives all
the words of an option, its keyword included, and ``take`` reads them again; ``read`` returns ``None`` where the JSON
says nothing.
"""

from ipwrap.options.codecs.addresses import Family, Ip, Mac, Prefix
from ipwrap.options.codecs.base import Codec, Raw
from ipwrap.options.codecs.base import Json as Json
from ipwrap.options.codecs.booleans import Either, Flag, Member, No, OnOff, ZeroOne
from ipwrap.options.codecs.links import Altnames, Device, Netns, NewName
from ipwrap.options.codecs.links import Existing as Existing
from ipwrap.options.codecs.numbers import Dsfield, Duration, Hex, Number
from ipwrap.options.codecs.words import Bare, Choice, Or, Text, Words

__all__ = [
    "Altnames",
    "Bare",
    "Choice",
    "Codec",
    "Device",
    "Dsfield",
    "Duration",
    "Either",
    "Family",
    "Flag",
    "Hex",
    "Ip",
    "Mac",
    "Member",
    "Netns",
    "NewName",
    "No",
    "Number",
    "OnOff",
    "Or",
    "Prefix",
    "Raw",
    "Text",
    "Words",
    "ZeroOne",
]
