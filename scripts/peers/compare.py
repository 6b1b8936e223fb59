"""Compare a lab in several tools: lines of code, seconds, and what it leaves behind.

    python scripts/peers/compare.py [--lab pods|nodes] [--python PYTHON] [--runs N]

- pods: five pods on a bridge with a gateway; each serves pages, each fetches from all
- nodes: ten nodes on a switch; nine fetch from the first, whose packets are captured and counted

In the end all is taken away. Each is written as the tool's own documentation writes labs, and runs
in fresh namespaces with a /run of its own, which stand for a host: that needs root. A tool that is
not installed for the Python given is told as missing; its lines are counted all the same.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
import tokenize
from pathlib import Path

from attrs import frozen

FOLDER = Path(__file__).parent
TOOLS = {
    "pods": ("ipwrap", "pyroute2", "mininet", "munet"),
    "nodes": ("ipwrap", "mininet", "munet"),
}
NO_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)

# Runs a program in namespaces of its own, and lists what is left afterwards.
HOST = """\
mount -t tmpfs tmpfs /run && ip link set lo up
"$@" >/dev/null 2>/run/errors; status=$?
tail -n 1 /run/errors >&2
ip -j link; ls /run/netns 2>/dev/null; ps -e -o comm= | grep -vxE 'sh|ps|grep'
exit $status
"""
UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc")


@frozen
class Outcome:
    """What one tool needs for the lab: lines, and the median of seconds where it ran."""

    tool: str
    lines: int
    seconds: float | None
    leaves: str

    def row(self) -> str:
        """Return a row of the table."""
        seconds = "-" if self.seconds is None else f"{self.seconds:.2f}"
        return f"{self.tool:<10}{self.lines:>5}{seconds:>9}  {self.leaves}"


def count_lines(source: str) -> int:
    """Return the number of lines with code: no comments, no docstrings, no blank lines."""
    lines: set[int] = set()
    starts_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in NO_CODE or token.type == tokenize.ENDMARKER:
            starts_statement = starts_statement or token.type != tokenize.COMMENT
            continue
        is_docstring = starts_statement and token.type == tokenize.STRING
        starts_statement = False
        if not is_docstring:
            lines.update(range(token.start[0], token.end[0] + 1))

    return len(lines)


def script_of(lab: str, tool: str) -> Path:
    """Return the script that builds a lab by a tool."""
    return FOLDER / f"{lab}_{tool}.py"


def run(script: Path, python: str) -> tuple[float | None, str]:
    """Run the lab once. Return its seconds, or None, and what it left or why it did not run."""
    argv = (*UNSHARE, "sh", "-c", HOST, "sh", python, str(script))
    started = time.perf_counter()
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if completed.returncode:
        return None, completed.stderr.strip().rpartition("\n")[2] or "it failed"

    links, _, rest = completed.stdout.partition("\n")
    names = [link["ifname"] for link in json.loads(links) if link["ifname"] != "lo"]
    return seconds, " ".join([*names, *rest.split()]) or "nothing"


def try_tool(tool: str, python: str, *, lab: str, runs: int) -> Outcome:
    """Count the lines of a tool's lab, and run it some times."""
    script = script_of(lab, tool)
    lines = count_lines(script.read_text())
    outcomes = [run(script, python) for _ in range(runs)]
    times = [seconds for seconds, _ in outcomes if seconds is not None]

    return Outcome(
        tool=tool,
        lines=lines,
        seconds=statistics.median(times) if len(times) == runs else None,
        leaves=outcomes[-1][1],
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lab", choices=TOOLS, default="pods", help="which lab (default: pods)")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--runs", type=int, default=3, help="runs of each tool (default: 3)")
    options = parser.parse_args()
    if os.geteuid():
        parser.error("the tools need root")

    print("tool      lines  seconds  leaves behind")
    for tool in TOOLS[options.lab]:
        python = sys.executable if tool == "ipwrap" else options.python
        print(try_tool(tool, python, lab=options.lab, runs=options.runs).row(), flush=True)


if __name__ == "__main__":
    main()
