"""Tables for a terminal, and CSV. The only module that imports tabulate."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from attrs import frozen

from ipwrap.errors import UnknownOption
from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import CONTROLS, escape_controls
from ipwrap.models import Json, dump, load
from ipwrap.models.address import Interface
from ipwrap.models.link import Link
from ipwrap.views import bridge, further, ip, routing, tc
from ipwrap.views.cells import Columns
from ipwrap.views.ip import kind_of

if TYPE_CHECKING:
    from ipwrap.models.event import Event
    from ipwrap.recording import ProcessEvent, RecordingView, Step
    from ipwrap.state import State

__all__ = [
    "COLUMNS",
    "ObjectTable",
    "format_command_table",
    "format_csv",
    "format_event_table",
    "format_object_table",
    "format_state_table",
    "format_table",
    "iter_command_table",
    "iter_table",
    "object_table",
]

COMMAND_HEADERS = ("n", "where", "line", "status", "ms", "asked at")
PIECE_ROWS = 500

# The status of a wait.
HOLDS, TIMED_OUT = "ok", "timeout"


def format_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table for a terminal, with aligned columns."""
    # Imported late: most commands of the command line print no table.
    from tabulate import tabulate

    cells = [_format_row(row) for row in rows]

    # With its own number parsing tabulate would print the name 007 as 7.
    return tabulate(cells, headers=headers, tablefmt="plain", disable_numparse=True)


def iter_table(
    headers: Sequence[str], read_rows: Callable[[], Iterable[Sequence[Any]]]
) -> Iterator[str]:
    """Yield a table in pieces of whole lines, as `format_table` returns it.

    ``read_rows`` is called twice: the first reading finds the widest cell of each column.
    """
    longest = widest = ["" for _ in headers]
    for row in read_rows():
        cells = _format_row(row)
        longest = [max(pair, key=len) for pair in zip(longest, cells, strict=True)]
        widest = [max(pair, key=_width) for pair in zip(widest, cells, strict=True)]

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


def _width(cell: str) -> int:
    """Return the columns of a cell on a terminal."""
    if cell.isascii():
        return len(cell)
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in cell)


def _format_row(row: Sequence[Any]) -> list[str]:
    """Return the values of a row as the texts of its cells."""
    return [_format_cell(value) for value in row]


def _format_cell(value: Any) -> str:
    """Return a value as the text of a cell, with escaped control characters."""
    if value is None or value == ():
        return ""

    if isinstance(value, (list, tuple)):
        elements = [str(element) for element in value]
        return escape_controls(",".join(elements))

    return escape_controls(str(value))


# The headers of each object, the more important ones first, and the function for a row.
COLUMNS: dict[str, Columns] = {
    **bridge.COLUMNS,
    **further.COLUMNS,
    **ip.COLUMNS,
    **routing.COLUMNS,
    **tc.COLUMNS,
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

GAP = 2  # blanks between two columns


@frozen
class ObjectTable:
    """A table, and the headers of the columns that were left out, as the table is narrow."""

    text: str
    left_out: tuple[str, ...] = ()


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
    headers, row_of = COLUMNS[noun]
    positions = {header: position for position, header in enumerate(headers)}
    _check_columns(noun, (*columns, sort) if sort else columns)

    rows = [_format_row(row_of(part)) for part in _split_models(noun, models)]
    if sort:
        key = positions[sort]
        rows.sort(key=lambda row: _sort_key(row[key]))
    if columns:
        chosen = [positions[name] for name in columns]
        return ObjectTable(format_table(columns, [_choose(row, chosen) for row in rows]))

    # Most objects use few of their columns, and a narrow table is easier to read.
    used = [position for position in range(len(headers)) if any(row[position] for row in rows)]
    used = used if used[:1] == [0] else [0, *used]
    kept = used
    if width is not None:
        least = KEPT.get(noun, 1)
        kept = _fit(headers, rows, positions=used, width=width, least=least)

    left_out = tuple(headers[position] for position in used if position not in kept)
    text = format_table(_choose(headers, kept), [_choose(row, kept) for row in rows])
    return ObjectTable(text, left_out)


def _check_columns(noun: str, names: Iterable[str]) -> None:
    """Raise `UnknownOption` for a column that the object does not have."""
    headers, _ = COLUMNS[noun]
    for name in names:
        if name not in headers:
            raise UnknownOption(f"{noun} has no column {name!r}; there are: {', '.join(headers)}")


def _fit(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    positions: Sequence[int],
    width: int,
    least: int,
) -> list[int]:
    """Return the positions of the columns that fit: the last ones are left out first.

    Those before the position ``least`` stay in any case.
    """
    widths = {}
    for position in positions:
        cells = (headers[position], *(row[position] for row in rows))
        # tabulate leaves two blanks behind a header, and two between columns.
        widths[position] = max(_width(headers[position]) + GAP, *map(_width, cells)) + GAP

    kept = list(positions)
    while kept[-1] >= least and sum(widths[position] for position in kept) - GAP > width:
        kept.pop()
    return kept


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
    rows = []
    for event in events:
        deleted = "deleted" if event.deleted else ""
        rows.append((event.when, event.nsid, event.object, deleted, event.text))

    return format_table(("when", "nsid", "object", "", "text"), rows)


def format_state_table(state: "State") -> str:
    """Return the links of every namespace as a table, with their addresses."""
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
                "up" if link.up else "down",
                link.master,
                link.address,
                prefixes.get(link.ifname),
            )
            rows.append(row)

    return format_table(("where", "link", "kind", "", "master", "address", "addresses"), rows)


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
