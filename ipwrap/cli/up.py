"""`ipwrap up`, `ipwrap down` and `ipwrap status`: labs that a file describes."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_requests import LabServer, apply_topology, ask_status, delete_nodes
from ipwrap.cli.lab_run import place_for
from ipwrap.cli.labs import stop_lab
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import SuggestingPath
from ipwrap.cli.run import place_options
from ipwrap.cli.running_labs import LabEntry, RunningHost, RunningLab, find_lab, read_labs
from ipwrap.cli.staying import LabLife, start_keeper
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.lab.formats import parse_lab, read_lab
from ipwrap.lab.names import BRIDGE

if TYPE_CHECKING:
    from ipwrap.lab import Lab
    from ipwrap.lab.topology import Topology
    from ipwrap.models import Interface
    from ipwrap.places import Place
    from ipwrap.session import Session

__all__ = ["down", "status", "up"]

COLUMNS = ("node", "role", "link", "state", "addresses", "other_end")
PROCESS_COLUMNS = ("node", "process", "pid", "state")


@click.command(
    epilog=examples(
        "ipwrap up lab.toml",
        "ipwrap up lab.toml            # again, after an edit",
        "ipwrap up lab.toml --name second --record second.jsonl",
    )
)
@place_options
@click.option(
    "--ssh-config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="For the hosts that FILE names: a file in place of ~/.ssh/config.",
)
@click.option("--name", help="The name of the lab; that of the file by default.")
@click.option("--record", type=click.Path(dir_okay=False), help="Record the session to this file.")
@click.argument("file", type=SuggestingPath(".toml"))
def up(
    file: str,
    *,
    name: str | None,
    record: str | None,
    ssh_config: str | None,
    host: bool,
    privileged: bool,
) -> None:
    """Bring up the lab in FILE, and keep it up until `ipwrap down`.

    FILE is .toml, .yaml or .json. From a topology file of containerlab, the namespaces, bridges and
    links are read. Lines in FILE run on this machine: a file of a lab is no safer than a script.

    A FILE that names hosts is brought up on the hosts, by ssh. The recording of a host has the
    host's name: lab.jsonl becomes lab.HOST.jsonl.

    If the lab of FILE is up already, differences from FILE are changed, and the commands are
    printed. The recording goes on.
    """
    topology = read_lab(file)
    if name is not None:
        topology = evolve(topology, name=name)

    running = _lab_of_file(topology.name, os.path.abspath(file))
    if running is None:
        opener = _lab_opener(
            topology, record=record, host=host, privileged=privileged, config=ssh_config
        )
        _build(topology, file, opener=opener, record=record)
        return

    if record is not None:
        raise click.UsageError(f"lab {running.name!r} is up already; --record is for its begin")
    commands, failure = apply_topology(running, topology)
    for line in commands:
        echo(line)
    if failure is not None:
        raise IpwrapError(
            f"an earlier change of lab {running.name!r} failed: {failure}\n"
            f"`ipwrap down {running.name}` and `ipwrap up {file}` build the lab anew"
        )
    if not commands:
        echo(f"ipwrap: lab {running.name!r} is up, and as in {file}", err=True)


def _lab_of_file(name: str, path: str) -> RunningLab | None:
    """Return the running lab of a name. Raises `IpwrapError` for one of another file."""
    labs = [lab for lab in read_labs() if lab.name == name]
    if not labs:
        return None
    if labs[0].file != path:
        source = f"of {labs[0].file}" if labs[0].file else "not of `ipwrap up`"
        raise IpwrapError(f"a lab {name!r} runs already, which is {source}; give another --name")
    return labs[0]


LabOpener = Callable[[], AbstractContextManager["Lab"]]


def _lab_opener(
    topology: "Topology",
    *,
    record: str | None,
    host: bool,
    privileged: bool,
    config: str | None,
) -> LabOpener:
    """Return the function that opens the lab, in a place or over its hosts.

    Raises `click.UsageError`. An impossible topology is refused before the start.
    """
    from ipwrap.lab import Lab
    from ipwrap.lab.hosts import ssh_places

    Lab.of(topology)
    if not topology.hosts:
        if config is not None:
            raise click.UsageError("--ssh-config is for a FILE that names hosts")
        place = place_for(host, privileged=privileged)
        return partial(_open_in_place, topology, place, record=record)

    if host or privileged:
        raise click.UsageError("FILE names the hosts of the lab: no --host, no --privileged")
    # The process that keeps the lab is in another folder when others read its entry.
    config = None if config is None else os.path.abspath(config)
    places = ssh_places(topology.hosts, config=config)
    return partial(Lab.of, topology, places, record=record)


@contextlib.contextmanager
def _open_in_place(topology: "Topology", place: "Place", *, record: str | None) -> "Iterator[Lab]":
    """Open a session in a place, and declare the lab in it."""
    from ipwrap.lab import Lab
    from ipwrap.session import Session

    with Session(place, record=record) as session:
        yield Lab.of(topology, session)


def _build(topology: "Topology", file: str, *, opener: LabOpener, record: str | None) -> None:
    """Build the lab in a child of this process, which keeps the lab."""
    keeper = start_keeper()
    entry = LabEntry(topology.name, os.path.abspath(file))
    try:
        _keep(opener, life=LabLife(entry, keeper), record=record)
    finally:
        entry.withdraw()


def _keep(opener: LabOpener, *, life: LabLife, record: str | None) -> None:
    """Build a lab, and hold it until its end."""
    with opener() as lab:
        sessions = list(lab.sessions.values())
        place = sessions[0].place
        life.hosts = partial(_running_hosts, lab)
        life.begin(place, recording=None if lab.hosts.specs else record)
        try:
            lab.up()
        except BaseException:
            # A sandbox ends by itself; a host would keep what was made until then.
            if not place.isolated:
                lab.down()
            raise

        server = LabServer(lab, lambda: life.announce(place, sessions, condition="kept"))
        assert life.entry.lab is not None
        server.open(life.entry.lab.name)
        life.wait = server.serve
        life.stay(place, sessions)


def _running_hosts(lab: "Lab") -> list[RunningHost]:
    """Return the hosts of a lab over several, as others find them."""
    hosts = []
    for spec in lab.hosts.specs:
        session = lab.sessions[spec.name]
        config = getattr(session.place, "config", None)
        hosts.append(
            RunningHost(
                name=spec.name,
                ssh=spec.ssh or "",
                sudo=spec.sudo,
                config=None if config is None else os.fspath(config),
                nodes=tuple(node.name for node in lab.nodes if node.host == spec.name),
                recording=None if session.record is None else os.path.abspath(session.record),
            )
        )
    return hosts


@click.command(epilog=examples("ipwrap down", "ipwrap down two-hosts", "ipwrap down lab.toml"))
@click.argument("lab", required=False, metavar="[LAB|FILE]")
def down(lab: str | None) -> None:
    """Take down a lab of `ipwrap up`: LAB, the labs of FILE, or the only lab.

    The lab's processes and namespaces end, on this host as well; for other labs, see `ipwrap stop`.
    The recording of a lab on this host has the deletions, too.
    """
    for running in _find_labs(lab):
        if running.holder is None:
            delete_nodes(running)
            hosts = tuple(evolve(host, nodes=()) for host in running.hosts)
            running = evolve(running, host_netns=(), hosts=hosts)
        stop_lab(running)


def _find_labs(word: str | None) -> list[RunningLab]:
    """Return the lab of a name, those of a file, or the only one. Raises `IpwrapError`."""
    if word is None or any(lab.name == word for lab in read_labs()):
        return [find_lab(word)]

    if os.path.isfile(word):
        labs = [lab for lab in read_labs() if lab.file == os.path.abspath(word)]
        if not labs:
            raise IpwrapError(f"no lab of {word} is up")
        return labs
    return [find_lab(word)]


@click.command(
    epilog=examples("ipwrap status", "ipwrap status lab.toml", "ipwrap status --format json")
)
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(["table", "json"]),
    default="table",
    show_default=True,
)
@click.argument("lab", required=False, metavar="[LAB|FILE]")
def status(lab: str | None, format_: str) -> None:
    """Show the nodes, links, addresses and processes of a lab of `ipwrap up`.

    State and addresses are the present values of the links; "missing" means an absent link, or a
    link of an unreachable host. Exit status 1 if a link is not up, a process has ended, or the
    connection to a host was lost.
    """
    from ipwrap.jsonio import reader
    from ipwrap.views.table import format_table

    running = _find_labs(lab)[0]
    reply = ask_status(running)
    links = _link_rows(running, reply)
    processes = [_process_row(process) for process in reply["processes"]]

    if format_ == "json":
        fields = {"name": running.name, "place": running.place, "file": running.file}
        echo(reader.encode(fields | {"links": links, "processes": processes}))
    else:
        columns = ("host", *COLUMNS) if running.hosts else COLUMNS
        echo(format_table(columns, [[row[name] or "" for name in columns] for row in links]))
        if processes:
            rows = [[row[name] for name in PROCESS_COLUMNS] for row in processes]
            echo("\n" + format_table(PROCESS_COLUMNS, rows))

    for host in reply["lost"]:
        echo(
            f"ipwrap: the connection to {host} was lost: the lab is not changed there any more; "
            f"`ipwrap down {running.name}` takes it down, by a new one",
            err=True,
        )
    states = (
        {"lost" for _ in reply["lost"]}
        | {row["state"] for row in links}
        | {row["state"] for row in processes}
    )
    if not states <= {"up", "running", None}:
        raise click.exceptions.Exit(1)


def _process_row(process: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a background process."""
    return {
        "node": process["node"],
        "process": process["name"] or process["line"],
        "pid": process["pid"],
        "state": "running" if process["running"] else "ended",
    }


def _link_rows(running: RunningLab, reply: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each end of a link, node by node, and for each node's own addresses."""
    topology = parse_lab(reply["topology"], "json")
    others: dict[str, dict[str, str]] = {node.name: {} for node in topology.nodes}
    for (first, first_link), (second, second_link) in reply["links"]:
        others[first][first_link] = f"{second}:{second_link}"
        others[second][second_link] = f"{first}:{first_link}"

    rows = []
    with _open_sessions(running) as session_of:
        for node in topology.nodes:
            interfaces = _read_interfaces(session_of(node.name), node.name)
            own = [name for name in ("lo", BRIDGE) if name in interfaces]
            for link in (*own, *others[node.name]):
                row = _link_row(link, interfaces.get(link))
                # A node's own addresses are told where there are some.
                if link in others[node.name] or row["addresses"] or len(others[node.name]) == 0:
                    other_end = others[node.name].get(link)
                    rows.append(
                        {"node": node.name, "role": node.role, **row, "other_end": other_end}
                    )
    if running.hosts:
        for row in rows:
            host = running.host_of(row["node"])
            row["host"] = host and host.name
    return rows


@contextlib.contextmanager
def _open_sessions(running: RunningLab) -> "Iterator[Callable[[str], Session | None]]":
    """Yield a function that returns the session of a node; None for an unreachable host."""
    from ipwrap.session import Session

    with contextlib.ExitStack() as stack:
        if not running.hosts:
            session = stack.enter_context(Session(running.open_place()))
            yield lambda _: session
            return

        sessions: dict[str, Session | None] = {}
        for host in running.hosts:
            try:
                opened = stack.enter_context(Session(host.make_place()))
            except PlaceError as error:
                opened = None
                echo(f"ipwrap: host {host.name}: {str(error).splitlines()[0]}", err=True)
            sessions |= dict.fromkeys(host.nodes, opened)
        yield sessions.__getitem__


def _read_interfaces(session: "Session | None", node: str) -> "dict[str, Interface]":
    """Return the interfaces of a node by name; none for a node that is missing."""
    from ipwrap.errors import CommandError

    if session is None:
        return {}
    try:
        interfaces = session.netns(node).ip.address.show()
    except CommandError:
        return {}
    return {interface.ifname: interface for interface in interfaces}


def _link_row(link: str, interface: "Interface | None") -> dict[str, Any]:
    """Return the name, state and addresses of a link."""
    if interface is None:
        return {"link": link, "state": "missing", "addresses": ""}

    addresses = [
        f"{address.local}/{address.prefixlen}"
        for address in interface.addr_info or ()
        if address.scope != "link" and address.local not in ("127.0.0.1", "::1")
    ]
    return {"link": link, "state": _state(interface), "addresses": " ".join(addresses)}


def _state(interface: "Interface") -> str:
    """Return whether a link is up.

    The kernel tells of the carrier at once, of the operational state up to a second later.
    """
    flags = interface.flags or ()
    if "UP" not in flags:
        return "down"
    return "up" if "LOWER_UP" in flags else "no carrier"
