"""`Contest`: the measured steps, the players, and the sizes."""

from collections.abc import Callable

from attrs import frozen

from scripts.bench import labs
from scripts.bench.steps import Step

__all__ = ["CONTESTS", "Contest", "Size"]

Lab = Callable[[int], list[Step]]


@frozen
class Size:
    """A size N of a contest, and the number of rounds."""

    n: int
    rounds: int


@frozen(kw_only=True)
class Contest:
    """The measured steps of every player, and the setup steps of every sandbox.

    The first ``warm`` steps count as opening, not as work. ``repeats``: the steps are alike, and a
    slow player may take fewer. ``settles``: the contest leaves namespaces behind, and the next play
    has to wait until the kernel has removed them. ``text``: the work is to parse output of `ip`,
    without the kernel. ``whole``: the work is all from the start of a program to its exit.
    """

    name: str
    title: str
    players: tuple[str, ...]
    full: tuple[Size, ...]
    quick: tuple[Size, ...]
    steps: Lab = labs.nothing
    setup: Lab = labs.nothing
    warm: int = 0
    repeats: bool = False
    settles: bool = False
    text: bool = False
    whole: bool = False


# The players that build a lab of any size; the further players have a limit (`Player.most`).
BUILDERS = ("worker", "batch", "bash", "files", "pyroute2")

CONTESTS: dict[str, Contest] = {
    contest.name: contest
    for contest in (
        Contest(
            name="read",
            title='one typed, recorded read: session.ip.link.show("lo")',
            players=(
                "worker",
                "bare",
                "process",
                "process-inside",
                "bash",
                "subprocess",
                "pyroute2",
            ),
            steps=labs.reads,
            full=(Size(2000, 7),),
            quick=(Size(300, 3),),
            warm=1,
            repeats=True,
        ),
        Contest(
            name="change",
            title='one change: session.ip.link.set("br0", mtu=…)',
            players=(
                "worker",
                "bare",
                "process",
                "process-inside",
                "bash",
                "files",
                "subprocess",
                "pyroute2",
            ),
            setup=labs.bridge,
            steps=labs.changes,
            full=(Size(2000, 7),),
            quick=(Size(300, 3),),
            warm=1,
            repeats=True,
        ),
        Contest(
            name="script",
            title="a whole script, from its start to its exit: one bridge with N pods",
            players=(
                "script",
                "script-batch",
                "script-uncompiled",
                "bash",
                "files",
                "script-pyroute2",
                "mininet",
            ),
            steps=labs.pods,
            full=(Size(100, 7), Size(1000, 3)),
            quick=(Size(20, 3),),
            settles=True,
            whole=True,
        ),
        Contest(
            name="pods",
            title="a lab: one bridge with N pods, 7 commands each",
            players=(
                "worker",
                "batch",
                "process-lab",
                "bash",
                "files",
                "pyroute2",
                "ndb",
                "mininet",
            ),
            steps=labs.pods,
            full=(Size(100, 5), Size(1000, 3)),
            quick=(Size(20, 3),),
            settles=True,
        ),
        Contest(
            name="chain",
            title="a lab: a chain of N routers",
            players=BUILDERS,
            steps=labs.chain,
            full=(Size(50, 5),),
            quick=(Size(6, 3),),
            settles=True,
        ),
        Contest(
            name="routes",
            title="N routes by one gateway",
            players=("batch", "many", "files", "pyroute2"),
            setup=labs.bridge,
            steps=labs.routes,
            full=(Size(10_000, 5),),
            quick=(Size(2000, 3),),
        ),
        Contest(
            name="links",
            title="all links of N namespaces, read",
            players=("worker", "each", "bare", "bash", "pyroute2"),
            setup=labs.pods,
            steps=labs.all_links,
            full=(Size(1000, 3),),
            quick=(Size(20, 3),),
            settles=True,
        ),
        Contest(
            name="teardown",
            title="N pods taken away",
            players=BUILDERS,
            setup=labs.pods,
            steps=labs.teardown,
            full=(Size(100, 5),),
            quick=(Size(10, 3),),
            warm=1,
            settles=True,
        ),
        Contest(
            name="parse",
            title="`ip -j -d link` of N links to typed objects",
            players=("typed", "loads", "msgspec"),
            full=(Size(10_000, 7),),
            quick=(Size(10_000, 3),),
            text=True,
        ),
        Contest(
            name="journal",
            title="what recording costs: the lab of N pods",
            players=("worker", "memory", "executor"),
            steps=labs.pods,
            full=(Size(100, 9),),
            quick=(Size(20, 3),),
            warm=1,
            settles=True,
        ),
        Contest(
            name="memory",
            title="N changes in one session: the memory that each costs",
            players=("worker", "memory"),
            setup=labs.bridge,
            steps=labs.changes,
            full=(Size(2000, 1), Size(200_000, 1)),
            quick=(Size(500, 1), Size(5000, 1)),
        ),
        Contest(
            name="growth",
            title="how time and memory grow: the lab of N pods",
            players=BUILDERS,
            steps=labs.pods,
            full=(Size(10, 3), Size(30, 3), Size(100, 3)),
            quick=(Size(2, 1), Size(5, 1), Size(10, 1)),
            settles=True,
        ),
    )
}
