"""Run every lab and compare its recording, script and transcript with those kept in recordings/;
`--update` keeps them.

A lab that needs a fuller kernel than this one is left out, and said; `scripts/kernel` has one. So
is one that uses an option that this iproute2 does not have. A script has to be the same to the
letter. A recording has to hold the same commands with the same outcome, and an end state that is
equal but for what the kernel chooses. A transcript has to tell the same, but for numbers and states
that are chosen or measured; another iproute2, or another kernel, may print it otherwise, so there
only prose and commands are compared.
"""

import argparse
import difflib
import re
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ipwrap import ExecutorError, NotSupported, Recording, Session, UnknownOption
from ipwrap.export.markdown import markdown
from ipwrap.export.shell import shell
from ipwrap.export.transcript import Step, transcript
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import replay_script
from ipwrap.state import Machine, compare_changes

LABS = ("netns", "veth", "bridge", "pods", "isolation", "router")
FULL = (
    "vlans",
    "bond",
    "vrf",
    "netem",
    "wireguard",
)  # which need a fuller kernel than some machines have
KEPT = Path("recordings")

# What is chosen by the kernel, measured, or known only a moment later; and what stands in its
# place.
UNSTABLE = (
    (r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b", "MAC"),
    (r"\bfe80::[0-9a-f:]+", "fe80::MAC"),
    (r"^[0-9]+: ", "INDEX: "),
    (r"@if[0-9]+|(?<=link-netnsid )[0-9]+", "INDEX"),
    (r"\btime[ =][0-9.]+ ?ms\b", "TIME"),
    (r"\b[1-9][0-9]* received, [0-9]+% packet loss", "some received"),
    (r"Sent [0-9]+ bytes [0-9]+ pkt \(dropped [0-9]+|backlog [0-9]+b [0-9]+p", "COUNTED"),
    (r"^rtt .*", "TIMES"),
    (r"(?<=<)NO-CARRIER,|,(LOWER_UP|M-DOWN)\b", ""),
    (r"\b(LOWERLAYERDOWN|UNKNOWN|DOWN|UP|REACHABLE|DELAY|STALE)\b", "STATE"),
    (r"\b(forwarding|learning|listening|disabled)\b", "state"),
)


def main() -> None:
    """Compare all labs, and exit with 1 if one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="keep what the labs record now")
    parser.add_argument(
        "labs",
        nargs="*",
        metavar="LAB",
        help=f"some of: {', '.join(LABS + FULL)}; all of them by default",
    )
    given = parser.parse_args()
    failed = [
        lab for lab in given.labs or LABS + FULL if not (keep(lab) if given.update else same(lab))
    ]
    sys.exit(1 if failed else 0)


def record(lab: str, target: Path) -> Recording:
    """Run a lab in a sandbox and return its recording."""
    with Session(sandbox=True, record=target, transcript=True) as session:
        runpy.run_path(f"scripts/{lab}.py")["main"](session)
    return Recording.load(target)


def keep(lab: str) -> bool:
    """Keep a lab's recording, its script and its transcript."""
    recording = record(lab, KEPT / f"{lab}.jsonl")
    (KEPT / f"{lab}.sh").write_text(shell(recording, name=f"{lab}.sh"))
    (KEPT / f"{lab}.md").write_text(markdown(recording))
    return True


def same(lab: str) -> bool:
    """Tell whether a lab records and exports what is kept, and whether the kept script rebuilds
    it.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            new = record(lab, Path(folder) / "new.jsonl")
        except (NotSupported, ExecutorError, UnknownOption) as error:
            if lab not in FULL and not isinstance(error, UnknownOption):
                raise
            print(f"{lab}: left out, not to be had here: {str(error).splitlines()[0]}")
            return True
        differences = list(_differences(lab, new))
    print(f"{lab}: {'the same' if not differences else 'differs'}")
    print("".join(f"  {line}\n" for line in differences), end="")
    return not differences


def _differences(lab: str, new: Recording) -> Iterator[str]:
    """Yield how a new recording of a lab differs from the kept one."""
    kept, script = Recording.load(KEPT / f"{lab}.jsonl"), KEPT / f"{lab}.sh"
    if script.read_text() != shell(new, name=script.name):
        yield (
            f"{script} is not what is exported now; scripts/recordings.py --update keeps "
            "the new one"
        )
    for old, now in zip(kept.results, new.results, strict=False):
        if (old.command, old.status) != (now.command, now.status):
            yield f"{old.line} ({old.status}) -> {now.line} ({now.status})"
    yield from told_otherwise(kept, new)
    named = MentionedWords(asked.command for asked in kept.commands)
    before, after = (
        (each.initial_state, each.end.state if each.end else None) for each in (kept, new)
    )
    machines = (Machine.of(kept.header), Machine.of(new.header))
    yield from (str(each) for each in compare_changes(before, after, named, machines))
    with Session(sandbox=True) as session:
        yield from replay_script(kept, session, script=str(script)).differences


def told_otherwise(kept: Recording, new: Recording) -> list[str]:
    """Return how the transcripts of two recordings differ, but for what is not stable, as `diff`
    tells it.
    """
    machines = {(each.header.iproute2, each.header.kernel) for each in (kept, new)}
    one, other = ([*_stable(each, outputs=len(machines) == 1)] for each in (kept, new))
    return [
        line
        for line in difflib.unified_diff(one, other, "kept", "now", n=0, lineterm="")
        if line[:2] != "@@"
    ]


def _stable(recording: Recording, *, outputs: bool) -> Iterator[str]:
    """Yield the lines of a transcript without what is not stable."""
    for each in transcript(recording):
        text = (
            f"$ {each.line}\n{each.output if outputs else ''}"
            if isinstance(each, Step)
            else each.text
        )
        for line in text.splitlines():
            yield stable(line) if isinstance(each, Step) else line


def stable(line: str) -> str:
    """Return a line of output without what is chosen or measured."""
    for pattern, word in UNSTABLE:
        line = re.sub(pattern, word, line)
    return line


if __name__ == "__main__":
    main()
