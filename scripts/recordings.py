"""Run every lab and compare its recording and its script with those kept in recordings/; `--update` keeps the new ones.

A lab that needs a fuller kernel than this one is left out, and said; `scripts/kernel` has one.
A script has to be the same to the letter. A recording has to hold the same commands with the same outcome, and an end
state that is equal but for what the kernel chooses.
"""

import argparse
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ipwrap import ExecutorError, NotSupported, Recording, Session
from ipwrap.export import shell
from ipwrap.replay import replay_script
from ipwrap.state import Named, changed, compare

LABS = ("netns", "veth", "bridge", "pods", "isolation", "router")
FULL = ("vlans", "bond", "vrf", "netem", "wireguard")  # which need a fuller kernel than some machines have
KEPT = Path("recordings")


def main() -> None:
    """Compare all labs, and exit with 1 if one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="keep what the labs record now")
    parser.add_argument(
        "labs", nargs="*", metavar="LAB", help=f"some of: {', '.join(LABS + FULL)}; all of them by default"
    )
    given = parser.parse_args()
    failed = [lab for lab in given.labs or LABS + FULL if not (keep(lab) if given.update else same(lab))]
    sys.exit(1 if failed else 0)


def record(lab: str, target: Path) -> Recording:
    """Run a lab in a sandbox and return its recording."""
    with Session(sandbox=True, record=target) as session:
        runpy.run_path(f"scripts/{lab}.py")["main"](session)
    return Recording.load(target)


def keep(lab: str) -> bool:
    """Keep a lab's recording and its script."""
    recording = record(lab, KEPT / f"{lab}.jsonl")
    (KEPT / f"{lab}.sh").write_text(shell(recording, name=f"{lab}.sh"))
    return True


def same(lab: str) -> bool:
    """Tell whether a lab records and exports what is kept, and whether the kept script rebuilds it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            new = record(lab, Path(folder) / "new.jsonl")
        except (NotSupported, ExecutorError) as error:
            if lab not in FULL:
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
        yield f"{script} is not what is exported now; scripts/recordings.py --update keeps the new one"
    for old, now in zip(kept.results, new.results, strict=False):
        if (old.command, old.status) != (now.command, now.status):
            yield f"{old.line} ({old.status}) -> {now.line} ({now.status})"
    named = Named(asked.command for asked in kept.commands)
    states = [changed(each.before, each.end.state, named) for each in (kept, new) if each.end and each.end.state]
    yield from (str(each) for each in compare(*states))
    with Session(sandbox=True) as session:
        yield from replay_script(kept, session, str(script)).differences


if __name__ == "__main__":
    main()
