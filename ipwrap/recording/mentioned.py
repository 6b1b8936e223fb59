"""`MentionedWords`: the arguments of commands. Further values are kernel-assigned."""

from collections.abc import Iterable, Sequence

from ipwrap.command import Command

__all__ = ["GENERATED", "MentionedWords"]

GENERATED = "<generated>"

# The words by which a command means a route of the kind that the kernel adds for an address.
LOCAL_ROUTE_WORDS = frozenset({"local", "broadcast", "anycast", "multicast", "255"})

FLAGS_WITH_VALUE = frozenset({"-n", "-netns", "-f", "-family", "-rc", "-rcvbuf", "-l", "-loops"})
INNER_PROGRAM = 3  # the place of the program in `netns exec red ip route …`


class MentionedWords:
    """The arguments of a session's commands, in lower case; prefixes also as bare addresses.

    The words of two kinds of commands are also kept separately: of commands that set routes like
    the kernel's routes for an address (`ip route add local …`), and of commands for neighbours.
    """

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self.words: set[str] = set()
        self._local_route_words: set[str] = set()
        self._neighbour_words: set[str] = set()
        for command in commands:
            self.add(command)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        return word.lower() in self.words

    def add(self, command: Command) -> None:
        """Add the arguments of a command."""
        words = set[str]()
        for argument in command.argv:
            lowered = argument.lower()
            words.add(lowered)
            # `ip address add 10.0.0.1/24` mentions the address 10.0.0.1 as well.
            words.add(lowered.partition("/")[0])

        self.words |= words
        noun = _noun_of(command.argv)
        if noun == "neigh":
            self._neighbour_words |= words
        elif noun == "route" and not LOCAL_ROUTE_WORDS.isdisjoint(words):
            self._local_route_words |= words

    def names_local_route(self, destination: object) -> bool:
        """Return whether a command set a local, broadcast, anycast or multicast route."""
        return isinstance(destination, str) and destination.lower() in self._local_route_words

    def names_neighbour(self, address: object) -> bool:
        """Return whether a command set a neighbour."""
        return isinstance(address, str) and address.lower() in self._neighbour_words

    def is_kernel_assigned(self, mac: str) -> bool:
        """Return whether the kernel chose a MAC address: no command mentions it.

        An address of zeros only, and the broadcast address, are never chosen.
        """
        digits = set(mac)
        if digits <= set("0:") or digits <= set("f:"):
            return False
        return mac not in self

    def mask_mac(self, mac: str | None) -> str | None:
        """Return `GENERATED` for a kernel-assigned MAC address, else the address itself."""
        if mac is None or not self.is_kernel_assigned(mac):
            return mac
        return GENERATED


def _noun_of(argv: Sequence[str]) -> str | None:
    """Return "route" or "neigh" for such a command of `ip`, also behind `ip netns exec`."""
    program, *arguments = argv
    if program.rpartition("/")[2] != "ip":
        return None

    # Flags with a value are no part of argv, but of a command that nobody could read.
    while arguments and arguments[0].startswith("-"):
        is_with_value = arguments[0] in FLAGS_WITH_VALUE
        del arguments[: 2 if is_with_value else 1]

    if arguments[:2] == ["netns", "exec"] and len(arguments) > INNER_PROGRAM:
        return _noun_of(arguments[INNER_PROGRAM:])

    # `ip` takes the first object that begins with the word: do_cmd() in ip/ip.c.
    word = arguments[0] if arguments else "help"
    if "route".startswith(word):
        return "route"
    if "neighbour".startswith(word) or "neighbor".startswith(word):
        return "neigh"
    return None
