"""The least commands from one state to another: `plan`.

Links that are the wanted ones elsewhere get their name and namespace back first; then links and
namespaces that are not wanted go. The rest is the plan of undo, whose state before
is the wanted state here: see `ipwrap.undo.plan`.
"""

from collections.abc import Collection

from ipwrap.apply.derived import without_derived
from ipwrap.apply.everything import Everything
from ipwrap.apply.moves import move_links
from ipwrap.apply.predicted import with_defaults_of_ports
from ipwrap.apply.removals import clear_way
from ipwrap.apply.settings import plan_settings
from ipwrap.objects.base import Nouns
from ipwrap.objects.reads import READS
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.diff import Difference, changed, compare, keep_covered_by_all
from ipwrap.state.snapshot import NETNS_NUMBERS
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_data import LinkLocation
from ipwrap.undo.plan import Plan, make_plan
from ipwrap.undo.state_objects import known_addresses

__all__ = ["Plan", "plan", "remaining_differences"]


def plan(
    current: State,
    wanted: State,
    *,
    refused: Collection[LinkLocation] = (),
    after_settling: bool = False,
    is_same_place: bool = False,
    down_first: bool = False,
) -> Plan:
    """Return the commands that bring a place from its current state to a wanted one.

    Objects that the kernel makes by itself are left to it: the routes of addresses, link-local
    addresses, the forwarding entries of links. ``after_settling`` is for a later look, when it had
    the time to: what is missing then gets its command.

    ``refused`` are links for which the kernel has refused a change: they are made anew.

    A link that certainly is a wanted one with another name or in another namespace is renamed or
    moved: by kind and MAC address, and where ``is_same_place``, as both states are of the same
    place without a restart between, also by index. ``down_first`` is for kernels that rename no
    link that is up.

    A noun that one of the states has not read is left as it is. The problems tell what no command
    can bring about, such as hardware that is not there.
    """
    current, wanted = comparable_states(current, wanted)
    moves = move_links(current, wanted, is_same_place=is_same_place, down_first=down_first)
    clearance = clear_way(moves.state, wanted, refused=refused)
    now = with_defaults_of_ports(clearance.state, wanted)

    drift = Drift(
        wanted,
        now,
        Everything.of(wanted, now),
        mentioned_words(current, wanted),
        makes_new_links=True,
    )
    settings = plan_settings(moves.state, wanted)
    build = make_plan(drift, after_settling=after_settling, settings=settings.commands)

    return Plan(
        (*moves.commands, *clearance.commands, *build.commands),
        (*clearance.problems, *build.problems, *settings.problems),
    )


def remaining_differences(current: State, wanted: State) -> list[Difference]:
    """Return what differs between two states, apart from what the kernel makes by itself."""
    current, wanted = comparable_states(current, wanted)
    mentioned = mentioned_words(current, wanted)
    return compare(changed(None, wanted, named=mentioned), changed(None, current, named=mentioned))


def comparable_states(current: State, wanted: State) -> tuple[State, State]:
    """Return both states with the objects that both have read, and that commands can make."""
    covered = keep_covered_by_all(current, wanted)
    prepared = _prepare(covered[0], current), _prepare(covered[1], wanted)
    for netns in prepared[0].keys() & prepared[1].keys():
        _keep_read_nouns(prepared[0][netns], prepared[1][netns])
    return prepared


def _keep_read_nouns(current: Nouns, wanted: Nouns) -> None:
    """Remove the nouns of a namespace that one of its states could not read.

    Every namespace has a link: without one, nothing could be read.
    """
    unread = {
        noun for noun in (*current, *wanted) if _is_unread(noun, current=current, wanted=wanted)
    }
    for nouns in (current, wanted):
        for noun in unread:
            nouns.pop(noun, None)


def _is_unread(noun: str, *, current: Nouns, wanted: Nouns) -> bool:
    """Return whether one of two states of a namespace could not read the objects of a noun."""
    if "link" not in current or "link" not in wanted:
        return True

    # An empty list of such a noun means that there was none.
    read = READS.get(noun)
    is_always_listed = read is not None and read.is_added_later and read.condition is None
    return is_always_listed and (noun not in current or noun not in wanted)


def _prepare(covered: State | None, state: State) -> State:
    """Return what both states cover of one, without what the kernel makes by itself.

    The numbers of namespaces stay: they tell where the other ends of its links are.
    """
    prepared = without_derived(covered or {})
    for netns, nouns in state.items():
        if NETNS_NUMBERS in nouns:
            prepared[netns][NETNS_NUMBERS] = nouns[NETNS_NUMBERS]
    return prepared


def mentioned_words(*states: State) -> MentionedWords:
    """Return the addresses of states, links' MAC addresses as well, as words that count."""
    mentioned = MentionedWords()
    mentioned.words |= known_addresses(*states)
    for state in states:
        for nouns in state.values():
            mentioned.words |= {str(link.get("address")) for link in nouns.get("link", ())}
    return mentioned
