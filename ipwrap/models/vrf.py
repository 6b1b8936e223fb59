"""`VrfTable`: an object of `ip -j vrf show`, or of its text before iproute2 5.10."""

import re
from typing import Any

from attrs import field

from ipwrap.errors import OutputError
from ipwrap.models.declaration import model

__all__ = ["VrfTable", "tables_from_text"]

TABLE_LINE = re.compile(r"(\S+)\s+([0-9]+)\s*")
NO_VRFS = "No VRF has been configured"
SHOWN_CHARACTERS = 200  # of a text, in an error message


@model(kw_only=True)
class VrfTable:
    """A VRF and its routing table. ipvrf_print() in iproute2's ip/ipvrf.c."""

    name: str = ""
    table: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @staticmethod
    def from_text(text: str) -> "list[VrfTable] | None":
        """Return the VRFs in the text of iproute2 before 5.10; None for another text."""
        first_line = text.lstrip().partition("\n")[0]
        is_table = first_line.split() == ["Name", "Table"] or first_line.strip() == NO_VRFS
        if is_table or TABLE_LINE.fullmatch(first_line):
            return tables_from_text(text)
        return None


def tables_from_text(text: str) -> list[VrfTable]:
    """Return the VRFs in the text of `ip vrf show`. Raises `OutputError` with the line."""
    # ipvrf_show() in ip/ipvrf.c prints a header and a ruler above the list, but not above a single
    # VRF.
    heading, ruler, body = text.partition("-----\n")
    lines = (body if ruler else text).splitlines()
    first_number = heading.count("\n") + 2 if ruler else 1
    tables = []

    for number, line in enumerate(lines, first_number):
        if not line.strip() or line.strip() == NO_VRFS:
            continue

        match = TABLE_LINE.fullmatch(line.strip())
        if match is None:
            raise OutputError(
                f"expected names of VRFs with their tables at line {number},"
                f" got: {text[:SHOWN_CHARACTERS]!r}"
            )
        tables.append(VrfTable(name=match[1], table=int(match[2])))

    return tables
