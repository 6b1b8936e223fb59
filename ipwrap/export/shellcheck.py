"""What shellcheck would report of the lines of a script, though it is intended, as a directive."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from attrs import define, field

__all__ = ["ScriptLines"]

# Characters that shellcheck reports in single quotes. Quoting is intended: no argument is to be
# expanded, and `wait_for` expands its condition later.
REPORTED_CHARACTERS = {
    "SC2016": "$`",
    "SC1003": "\\",
    "SC2028": "\\",
    "SC1110": "“”‘’",
    "SC1111": "“”",
    "SC1112": "‘’",
}
REPORTED = re.compile(f"[{re.escape(''.join(REPORTED_CHARACTERS.values()))}]")

# A variable of a program with the name of a secret that the same line expands: the order is right.
SHADOWING = re.compile(r"""(?:^|[ (])([A-Z][A-Z0-9_]*)=\S* .*"\$\1"|"\$([A-Z][A-Z0-9_]*)".* \2=""")
SHADOWING_CODES = ("SC2097", "SC2098")


@define
class ScriptLines:
    """Lines on their way into a script: what the head and the end of the script depend on.

    ``reported`` collects the characters in them that shellcheck would report, and codes of its
    reports on whole lines; ``checksum`` is of all lines.
    """

    reported: set[str] = field(factory=set)
    checksum: "hashlib._Hash" = field(factory=hashlib.sha256)

    def survey(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield lines, and take notes of each."""
        for line in lines:
            self.reported.update(_reported_characters(line))
            self.checksum.update(line.encode(errors="surrogatepass"))
            yield line

    @property
    def directive(self) -> str:
        """The line that disables the reports, before the first command; empty without any."""
        codes = [code for code in SHADOWING_CODES if code in self.reported]
        for code, characters in REPORTED_CHARACTERS.items():
            if not self.reported.isdisjoint(characters):
                codes.append(code)

        return f"# shellcheck disable={','.join(sorted(codes))}\n" if codes else ""


def _reported_characters(line: str) -> list[str]:
    """Return the characters of a line that shellcheck would report, and codes of other reports;
    none in a comment.
    """
    if line.lstrip().startswith("#"):
        return []

    codes = SHADOWING_CODES if SHADOWING.search(line) else ()
    return [*REPORTED.findall(line), *codes]
