"""Tables for a terminal, and CSV. The only module that imports tabulate."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ipwrap.errors import UnknownOption
from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import CONTROLS, escape_controls
from ipwrap.models import Json, dump, load
from ipwrap.models.address import Interface
from ipwrap.models.link import Link
from ipwrap.models.nouns import MONITORS
from ipwrap.views import bridge, further, ip, routing, tc
from ipwrap.views.cells import Columns
from ipwrap.views.fitting import fit_columns, text_width
from ipwrap.views.ip import kind_of, problem_of

if TYPE_CHECKING:
    from ipwrap.models.event import Event
    from ipwrap.recording import ProcessEvent, RecordingView, Step
    from ipwrap.state import State

__all__ = [
    "COLUMNS",
    "ObjectRows",
    "ObjectTable",
    "format_cell",
    "format_command_table",
    "format_csv",
    "format_event_table",
    "format_object_table",
    "format_state_table",
    "format_table",
    "iter_command_table",
    "iter_table",
    "object_rows",
    "object_table",
]

STATE_HEADERS = ("where", "link", "kind", "", "master", "address", "addresses")
COMMAND_HEADERS = ("n", "where", "line", "status", "ms", "asked at")
PIECE_ROWS = 500

# The status of a wait.
HOLDS, TIMED_OUT = "ok", "timeout"


def format_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for a terminal, with aligned columns."""
    return _align_columns([list(headers), *map(_format_row, rows)])


def _align_columns(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of texts, the headers first, as lines with aligned columns."""
    # Imported late: most commands of the command line print no table.
    from tabulate import tabulate

    # With its own number parsing tabulate would print the name 007 as 7, and it makes a column with
    # a header of tabulate's own wider than its content.
    return tabulate(rows, tablefmt="plain", disable_numparse=True)


def iter_table(
    headers: Sequence[str], read_rows: Callable[[], Iterable[Sequence[Any]]]
) -> Iterator[str]:
    """Yield a table in pieces of whole lines, as `format_table` returns it.

    ``read_rows`` is called twice: the first reading finds the widest cell of each column.
    """
    longest = widest = list(headers)
    for row in read_rows():
        cells = _format_row(row)
        longest = [max(pair, key=len) for pair in zip(longest, cells, strict=True)]
        widest = [max(pair, key=text_width) for pair in zip(widest, cells, strict=True)]

    rows = iter(read_rows())
    piece = list(islice(rows, PIECE_ROWS))
    is_first = True

    while piece or is_first:
        # The rows of the widest cells give every piece the same columns; tabulate counts the
        # columns of a terminal only where the package wcwidth is installed.
        table_lines = format_table(headers, [*piece, longest, widest]).split("\n")
        shown = table_lines[0 if is_first else 1 : -2]
        yield "".join(f"{line}\n" for line in shown)

        is_first = False
        piece = list(islice(rows, PIECE_ROWS))


def _format_row(row: Sequence[Any]) -> list[str]:
    """Return the values of a row as the texts of its cells."""
    return [format_cell(value) for value in row]


def format_cell(value: Any) -> str:
    """Return a value as the text of a cell, with escaped control characters."""
    if value is None or value == ():
        return ""

    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        elements = [str(element) for element in value]
        return escape_controls(",".join(elements))

    return escape_controls(str(value))


EVENT_HEADERS = ("when", "nsid", "object", "", "text")


def _event_row(event: "Event") -> Sequence[Any]:
    """Return the row of an event of a monitor."""
    deleted = "deleted" if event.deleted else ""
    return (event.when, event.nsid, event.object, deleted, event.text)


# The headers of each object, the more important ones first, and the function for a row.
COLUMNS: dict[str, Columns] = {
    **bridge.COLUMNS,
    **further.COLUMNS,
    **ip.COLUMNS,
    **routing.COLUMNS,
    **tc.COLUMNS,
    **dict.fromkeys(MONITORS, (EVENT_HEADERS, _event_row)),
}

# The models with a row for each of their parts, instead of one row for the model.
PARTS: dict[str, Callable[[Any], Iterable[Any]]] = {
    **bridge.PARTS,
    **further.PARTS,
    **ip.PARTS,
    **routing.PARTS,
}

# How many of the first columns stay, however narrow the terminal is; for most objects one.
KEPT: dict[str, int] = {**ip.KEPT, **routing.KEPT, **tc.KEPT}

# The columns that are shown unless others are chosen; of most objects all.
SHOWN: dict[str, tuple[str, ...]] = routing.SHOWN

NETNS_HEADER = "netns"


@frozen
class ObjectTable:
    """A table, and the headers of the columns that were left out, as the table is narrow."""

    text: str
    left_out: tuple[str, ...] = ()


@frozen
class ObjectRows:
    """The cells of a table as texts, the more important columns first.

    ``least`` is the number of columns that stay, however narrow the table is to be.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    least: int = 1

    def fit(self, width: int | None = None) -> ObjectTable:
        """Return the table for a terminal of so many columns; None is one without an end.

        Long cells go on in further lines. The last columns are left out where that is not enough.
        """
        if width is None:
            return ObjectTable(_align_columns([self.headers, *self.rows]))

        fitted = fit_columns([self.headers, *self.rows], width=width, least=self.least)
        return ObjectTable(_align_columns(fitted.rows), self.headers[fitted.count :])


def format_object_table(noun: str, models: Iterable[Any]) -> str:
    """Return the models of an object of iproute2 as a table, without empty columns.

    The first column stays, even if empty.
    """
    return object_table(noun, models).text


def object_table(
    noun: str,
    models: Iterable[Any],
    *,
    width: int | None = None,
    columns: Sequence[str] = (),
    sort: str = "",
) -> ObjectTable:
    """Return the models of an object of iproute2 as a table, without empty columns.

    - ``width``: the columns of a terminal; what matters less is left out for it
    - ``columns``: the columns to show, in this order, even if empty or wide
    - ``sort``: the column by whose cells the rows are sorted, numbers by value

    Raises `UnknownOption` for a column that the object does not have.
    """
    return object_rows(noun, {"": models}, columns=columns, sort=sort).fit(width)


def object_rows(
    noun: str,
    models_by_netns: Mapping[str, Iterable[Any]],
    *,
    columns: Sequence[str] = (),
    sort: str = "",
) -> ObjectRows:
    """Return the cells of the models in each namespace; the parameters are of `object_table`.

    Columns without content are left out, except the first one of the object, and ``columns``. The
    names of namespaces, where there are any, stand in front.
    """
    own_headers, row_of = COLUMNS[noun]
    headers = (NETNS_HEADER, *own_headers)
    names = (*columns, sort) if sort else columns
    _check_columns(noun, names, headers=headers)

    rows = []
    for netns, models in models_by_netns.items():
        rows += [_format_row((netns, *row_of(part))) for part in _split_models(noun, models)]
    if sort:
        key = headers.index(sort)
        rows.sort(key=lambda row: _sort_key(row[key]))

    shown = (NETNS_HEADER, *SHOWN.get(noun, own_headers))
    positions = [headers.index(name) for name in columns] or _used_positions(rows, len(shown))
    in_first_columns = [position for position in positions if position <= KEPT.get(noun, 1)]
    least = len(positions if columns else in_first_columns)
    chosen_rows = tuple(tuple(_choose(row, positions)) for row in rows)
    return ObjectRows(tuple(_choose(headers, positions)), chosen_rows, least)


def _used_positions(rows: Iterable[Sequence[str]], count: int) -> list[int]:
    """Return which of the first columns have content; the first one of the object is among them."""
    # Most objects use few of their columns, and a narrow table is easier to read.
    used = {1}
    for row in rows:
        used.update(position for position, cell in enumerate(row) if cell)
    return [position for position in range(count) if position in used]


def _check_columns(noun: str, names: Iterable[str], *, headers: Sequence[str]) -> None:
    """Raise `UnknownOption` for a column that the object does not have."""
    for name in names:
        if name not in headers:
            listed = ", ".join(header for header in headers[1:] if header)
            raise UnknownOption(f"{noun} has no column {name!r}; there are: {listed}")


def _sort_key(cell: str) -> tuple[bool, float, str]:
    """Return the key of a cell for sorting: numbers come before text, empty cells at the end."""
    try:
        return (False, float(cell), "")
    except ValueError:
        return (not cell, float("inf"), cell)


def _split_models(noun: str, models: Iterable[Any]) -> Iterator[Any]:
    """Yield the parts that have a row; for most objects the models."""
    if noun in tc.FOLDS:
        models = tc.FOLDS[noun](models)
    parts_of = PARTS.get(noun)
    if parts_of is None:
        yield from models
        return

    for model in models:
        yield from parts_of(model)


def _choose(values: Sequence[str], positions: Sequence[int]) -> list[str]:
    """Return the values at some positions."""
    return [values[position] for position in positions]


# A cell has no null: a flag is true there.
dump_meaning: Callable[[Any], Json] = partial(dump, nulls=False)


def format_csv(
    models: Iterable[Any],
    to_json: Callable[[Any], Json] = dump_meaning,
    *,
    noun: str = "",
) -> str:
    """Return models as CSV: a column for each JSON key, in order of appearance.

    Lists and objects are JSON in their cell, but for the addresses of a link, which have a row
    each. ``to_json`` converts a model to its JSON object. Characters that a terminal would obey are
    escaped, since CSV has no escapes of its own; JSON keeps them.
    """
    objects = [to_json(model) for model in models]
    rows_of = ip.CSV_ROWS.get(noun)
    if rows_of is not None:
        objects = [row for data in objects for row in rows_of(data)]

    # A dict keeps the order of the first appearance, unlike a set.
    headers: dict[str, None] = {}
    for data in objects:
        headers.update(dict.fromkeys(data))

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(headers)
    for data in objects:
        writer.writerow([_format_csv_cell(data, header) for header in headers])

    # Undecodable bytes stay as they are.
    return CONTROLS.sub(lambda match: escape_controls(match[0]), stream.getvalue())


def _format_csv_cell(data: Json, key: str) -> Any:
    """Return a value as a cell of CSV; an empty text for a missing key."""
    value = data.get(key, "")
    if value is None or isinstance(value, (list, tuple, Mapping, bool)):
        return reader.encode(value)

    return value


def format_event_table(events: "Iterable[Event]") -> str:
    """Return events as a table: time, namespace, object, `deleted`, and the monitor's text."""
    return format_table(EVENT_HEADERS, map(_event_row, events))


def format_state_table(state: "State", *, width: int | None = None) -> str:
    """Return the links of every namespace as a table, with their addresses.

    ``width`` is that of the terminal: long cells go on in further lines.
    """
    rows = []

    for netns, objects in state.items():
        prefixes = {}
        for interface in load(Interface, objects.get("address", [])):
            prefixes[interface.ifname] = interface.prefixes

        for link in load(Link, objects.get("link", [])):
            row = (
                netns,
                link.ifname,
                kind_of(link),
                problem_of(link) or ("up" if link.up else "down"),
                link.master,
                link.address,
                prefixes.get(link.ifname),
            )
            rows.append(row)

    cells = tuple(tuple(_format_row(row)) for row in rows)
    return ObjectRows(STATE_HEADERS, cells, least=len(STATE_HEADERS)).fit(width).text


def format_command_table(recording: "RecordingView") -> str:
    """Return the commands of a recording as a table, with its processes, waits and pauses.

    The columns are the number, the namespace, the command line, the exit status, the milliseconds,
    and the call site. A wait has the status "ok", or "timeout" where the time was up.
    """
    return "".join(iter_command_table(recording)).removesuffix("\n")


def iter_command_table(recording: "RecordingView") -> Iterator[str]:
    """Yield `format_command_table` in pieces of whole lines, in little memory."""
    return iter_table(COMMAND_HEADERS, lambda: _command_rows(recording))


def _command_rows(recording: "RecordingView") -> Iterator[Sequence[Any]]:
    """Yield a row for each command, process, wait and pause of a recording."""
    from ipwrap.recording import CommandEvent, ProcessEvent

    processes: dict[int, ProcessEvent] = {}

    for event, result in recording.pairs():
        if not isinstance(event, (CommandEvent, ProcessEvent)):
            yield from _step_rows(event, processes)
            continue

        line = event.command.line
        if isinstance(event, ProcessEvent):
            processes[event.number] = event
            line = f"{line} & {event.name}=$!"

        # The last command of an interrupted session has no result.
        status = "" if result is None else result.status
        milliseconds = "" if result is None else _milliseconds(result.seconds)
        yield (event.number, event.command.netns, line, status, milliseconds, event.call_site)


def _step_rows(event: "Step", processes: "Mapping[int, ProcessEvent]") -> Iterator[Sequence[Any]]:
    """Yield the row of a wait, a pause, or of what was done to one of the processes; if any."""
    from attrs import evolve

    from ipwrap.export.typed_lines import action_line
    from ipwrap.recording import ProcessAction, ProcessStarted, Sleep, WaitEvent

    match event:
        case ProcessStarted():
            process = processes[event.number]
            if process.ready is not None:
                line = f"wait until {process.ready}"
                milliseconds = _milliseconds(event.seconds)
                yield ("", process.command.netns, line, HOLDS, milliseconds, process.call_site)
        case ProcessAction():
            process = processes[event.number]
            status = TIMED_OUT if event.timed_out else ""
            line = action_line(evolve(event, timed_out=False), process.name)
            yield ("", process.command.netns, line, status, "", event.call_site)
        case WaitEvent():
            status = HOLDS if event.satisfied else TIMED_OUT
            line = f"wait until {event.condition}"
            yield ("", event.netns, line, status, _milliseconds(event.seconds), event.call_site)
        case Sleep():
            line = f"sleep {event.seconds:g}"
            yield ("", None, line, "", _milliseconds(event.seconds), event.call_site)


def _milliseconds(seconds: float) -> str:
    """Return a duration for a table."""
    return f"{seconds * 1000:.1f}"
