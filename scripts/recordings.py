"""Run every lab, and compare its recording, script and transcript with the files in recordings/.

`--update` replaces the files, pictures included. A lab is left out, with a message, if the kernel or iproute2 lacks
support for the lab, or a program is not installed; `scripts/kernel` has a full kernel.

- A script has to be identical.
- A recording has to contain the same commands with the same exit statuses, and an equal end state
  except for the kernel's choices.
- A transcript has to be equal except for chosen or measured numbers and states. Another iproute2
  or another kernel may print it differently: then only prose and commands are compared.
"""

import argparse
import difflib
import re
import runpy
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ipwrap import (
    CommandError,
    ExecutorError,
    IpwrapError,
    NotSupported,
    Recording,
    Session,
    UnknownOption,
)
from ipwrap.export.markdown import markdown
from ipwrap.export.shell import shell
from ipwrap.export.transcript import Step, transcript
from ipwrap.recording import ProcessEvent
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import replay_script
from ipwrap.state import Machine, compare_changes
from ipwrap.system.programs import find_program
from ipwrap.views.drawing.drawing import draw
from ipwrap.views.topology.evidence import recorded_evidence
from ipwrap.views.topology.tree import first_label

SCRIPTS = Path(__file__).parent


def is_lab(path: Path) -> bool:
    """Return whether a script has `main(session)`."""
    return "\ndef main(session: Session" in path.read_text()


def find_series(folder: str) -> tuple[str, ...]:
    """Return the labs in a folder of scripts/, as FOLDER/NAME."""
    paths = sorted((SCRIPTS / folder).glob("*.py"))
    return tuple(f"{folder}/{path.stem}" for path in paths if is_lab(path))


KUBERNETES = find_series("k8s")
LABS = (
    *("netns", "veth", "bridge", "pods", "isolation", "router"),
    *("http_pods", "nat", "capture", "dual_stack", "stp"),
    *("overlay", "ecmp", "flap", "fifty_pods"),
    *("router_chain", "anycast", "mtu"),
    *KUBERNETES,
)
# Labs that need a fuller kernel than some machines have.
FULL = ("vlans", "bond", "vrf", "netem", "wireguard", "iperf")
# Labs that need programs that some machines lack; of a tuple, one is enough.
PROGRAMS: Mapping[str, tuple[str | tuple[str, ...], ...]] = {
    "nat": ("nft", "conntrack"),
    "capture": (("tcpdump", "dumpcap"),),
    "mtu": (("tcpdump", "dumpcap"),),
    "k8s/pod_network": ("nft",),
    "k8s/service": ("nft",),
    "k8s/network_policy": ("nft",),
    "wireguard": ("wg",),
    "iperf": ("iperf3",),
}
# Labs with a picture of their end state in recordings/.
PICTURES = ("pods", "fifty_pods", "router_chain", "anycast", "mtu", *KUBERNETES)
FOLDER = Path("recordings")

# Output that the kernel chooses, measures, or knows only a moment later; and its replacement.
UNSTABLE = (
    # Random MAC addresses, and the link-local addresses that the kernel derives from them.
    (r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b", "MAC"),
    (r"\bfe80::[0-9a-f:]+", "fe80::MAC"),
    # Interface indexes and namespace IDs depend on the order of creation.
    (r"^[0-9]+: ", "INDEX: "),
    (r"@if[0-9]+|(?<=link-netnsid )[0-9]+", "INDEX"),
    # The times and losses of ping, and the counters of `tc -s`.
    (r"\btime[ =][0-9.]+ ?ms\b", "TIME"),
    (r"\b[1-9][0-9]* received, [0-9]+% packet loss", "some received"),
    (r"Sent [0-9]+ bytes [0-9]+ pkt \(dropped [0-9]+|backlog [0-9]+b [0-9]+p", "COUNTED"),
    (r"^rtt .*", "TIMES"),
    # How many packets of those that are sent again until an answer comes.
    (r"\b[1-9][0-9]* packets? (captured|received by filter)\b", r"some packets \1"),
    # The ports that clients are given, and the timers of connections.
    (r"\b(sport=|dport=|port )[3-6][0-9]{4}\b", r"\1PORT"),
    (r"\b[0-9]+ (?=TIME_WAIT\b)", "SECONDS "),
    # The times in the log of a web server.
    (r"\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4} [0-9:]{8}\]", "[TIME]"),
    # What iperf3 measures.
    (r"-[0-9.]+ +sec .* Mbits/sec.*", "MEASURED"),
    # The state of links, neighbours and bridge ports settles a moment after the command.
    (r"(?<=<)NO-CARRIER,|,(LOWER_UP|M-DOWN)\b", ""),
    (r"\b(LOWERLAYERDOWN|UNKNOWN|DOWN|UP|REACHABLE|DELAY|STALE)\b", "STATE"),
    (r"\b(forwarding|learning|listening|disabled)\b", "state"),
)

# What nft prints where the kernel has no nftables, or not the kind of chain or expression.
WITHOUT_NFTABLES = re.compile(
    r"^ *command: .* nft .*(not supported|No such file)", re.DOTALL | re.MULTILINE
)

# An event of a monitor. The kernel tells a change once or several times.
MONITORED = re.compile(r"\[[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\] \[")


def main() -> None:
    """Compare or update the labs, and exit with 1 if a lab differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true", help="keep what the labs record now")
    parser.add_argument(
        "labs",
        nargs="*",
        metavar="LAB",
        help=f"some of: {', '.join(LABS + FULL)}; all of them by default",
    )

    options = parser.parse_args()

    is_unchanged = True

    for lab in options.labs or LABS + FULL:
        if options.update:
            update(lab)
        elif not compare(lab):
            is_unchanged = False

    sys.exit(0 if is_unchanged else 1)


def record(lab: str, target: Path) -> Recording:
    """Run a lab in a sandbox and return the recording."""
    with Session(sandbox=True, record=target, transcript=True) as session:
        runpy.run_path(f"scripts/{lab}.py")["main"](session)

    return Recording.load(target)


def update(lab: str) -> None:
    """Replace a lab's recording, script and transcript in recordings/."""
    recording = record(lab, FOLDER / f"{lab}.jsonl")

    script = FOLDER / f"{lab}.sh"
    script.write_text(shell(recording, name=script.name))

    document = FOLDER / f"{lab}.md"
    document.write_text(markdown(recording))

    if lab in PICTURES:
        (FOLDER / f"{lab}.mmd").write_text(picture(recording))


def picture(recording: Recording) -> str:
    """Return a drawing of the end state, in the words of mermaid."""
    assert recording.end is not None
    assert recording.end.state is not None

    drawing = draw(
        recording.end.state,
        "mermaid",
        first=first_label(recording.header.place),
        evidence=recorded_evidence(recording),
    )
    return str(drawing)


def compare(lab: str) -> bool:
    """Print the differences between a lab and the files in recordings/; return whether none exists.

    The script in recordings/ also has to rebuild the recorded end state.
    """
    missing = missing_programs(lab)
    if missing:
        print(f"{lab}: left out, not installed here: {', '.join(missing)}")
        return True

    with tempfile.TemporaryDirectory() as folder:
        try:
            new = record(lab, Path(folder) / "new.jsonl")
        except (CommandError, ExecutorError, UnknownOption) as error:
            if not may_be_left_out(lab, error):
                raise
            print(f"{lab}: left out, not to be had here: {first_reason(error)}")
            return True

        kept = Recording.load(FOLDER / f"{lab}.jsonl")
        others = _started_programs(new) - _started_programs(kept)
        if others:
            print(f"{lab}: left out, with another program here: {', '.join(sorted(others))}")
            return True

        differences = list(_compare_files(lab, new))

    print(f"{lab}: {'differs' if differences else 'the same'}")
    for line in differences:
        print(f"  {line}")

    return not differences


def may_be_left_out(lab: str, error: IpwrapError) -> bool:
    """Return whether an error only tells that this kernel or iproute2 lacks what the lab needs."""
    if isinstance(error, UnknownOption):
        return True
    if isinstance(error, (NotSupported, ExecutorError)):
        return lab in FULL

    needs_nft = "nft" in PROGRAMS.get(lab, ())
    return needs_nft and WITHOUT_NFTABLES.search(str(error)) is not None


def first_reason(error: IpwrapError) -> str:
    """Return the first line of what a program, or ipwrap, says about a failure."""
    printed = error.result.stderr if isinstance(error, CommandError) else ""
    return (printed.strip() or str(error)).splitlines()[0]


def missing_programs(lab: str) -> list[str]:
    """Return the programs that a lab needs and this machine lacks, with their alternatives."""
    missing = []
    for needed in PROGRAMS.get(lab, ()):
        alternatives = (needed,) if isinstance(needed, str) else needed
        if not any(map(find_program, alternatives)):
            missing.append(" or ".join(alternatives))

    return missing


def _started_programs(recording: Recording) -> set[str]:
    """Return the programs of the background processes: a capture takes one that works here."""
    return {event.command.argv[0] for event in recording.events if isinstance(event, ProcessEvent)}


def _compare_files(lab: str, new: Recording) -> Iterator[str]:
    """Yield the differences between a new recording of a lab and its files in recordings/."""
    kept = Recording.load(FOLDER / f"{lab}.jsonl")
    script = FOLDER / f"{lab}.sh"

    if script.read_text() != shell(new, name=script.name):
        yield (
            f"{script} is not what is exported now; scripts/recordings.py --update keeps "
            "the new one"
        )

    yield from _compare_results(kept, new)
    yield from compare_transcripts(kept, new)
    yield from _compare_states(kept, new)

    with Session(sandbox=True) as session:
        yield from replay_script(kept, session, script=str(script)).differences


def _compare_results(kept: Recording, new: Recording) -> Iterator[str]:
    """Yield the differences between the commands and exit statuses of two recordings."""
    for old_result, new_result in zip(kept.results, new.results, strict=False):
        old_outcome = (old_result.command, old_result.status)
        new_outcome = (new_result.command, new_result.status)

        if old_outcome != new_outcome:
            yield (
                f"{old_result.line} ({old_result.status}) -> "
                f"{new_result.line} ({new_result.status})"
            )


def _compare_states(kept: Recording, new: Recording) -> Iterator[str]:
    """Yield the differences between the state changes of two recordings."""
    mentioned = MentionedWords(event.command for event in kept.commands)
    machines = (Machine.of(kept.header), Machine.of(new.header))
    kept_states = (kept.initial_state, kept.end.state if kept.end else None)
    new_states = (new.initial_state, new.end.state if new.end else None)

    for difference in compare_changes(kept_states, new_states, named=mentioned, machines=machines):
        yield str(difference)


def compare_transcripts(kept: Recording, new: Recording) -> list[str]:
    """Return the differences between the stable parts of two transcripts, in the form of `diff`."""
    kept_machine = (kept.header.iproute2, kept.header.kernel)
    new_machine = (new.header.iproute2, new.header.kernel)
    # Another iproute2 or kernel may format the same output differently.
    is_same_machine = kept_machine == new_machine

    kept_lines = list(_stable_lines(kept, with_output=is_same_machine))
    new_lines = list(_stable_lines(new, with_output=is_same_machine))
    lines = difflib.unified_diff(kept_lines, new_lines, "kept", "now", n=0, lineterm="")

    return [line for line in lines if line[:2] != "@@"]


def _stable_lines(recording: Recording, *, with_output: bool) -> Iterator[str]:
    """Yield the lines of a transcript, normalised."""
    for part in transcript(recording):
        if not isinstance(part, Step):
            yield from part.text.splitlines()
            continue

        output = part.output if with_output else ""
        yield from _stable_output(f"$ {part.line}\n{output}")


def _stable_output(text: str) -> Iterator[str]:
    """Yield the lines of a command and its output, normalised.

    Equal entries of an fdb are one: how many a bridge learns depends on who has sent meanwhile.
    """
    entries = set()
    for line in text.splitlines():
        if MONITORED.match(line):
            continue

        stable = normalise(line)
        if stable in entries:
            continue
        if stable.startswith("MAC "):
            entries.add(stable)
        yield stable


def normalise(line: str) -> str:
    """Replace chosen and measured values in a line of output."""
    for pattern, replacement in UNSTABLE:
        line = re.sub(pattern, replacement, line)

    return line


if __name__ == "__main__":
    main()
