"""The tables of options say what their declarations say."""

from ipwrap.ip.neigh import NeighOptions
from ipwrap.kinds import Bridge, Vxlan
from ipwrap.qdiscs import Netem, Tbf
from scripts.reference.options import option_table


def row(table: str, name: str) -> dict[str, str]:
    """Return the cells of an option by the head of their column."""
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line[:1] == "|"]
    cells = next(line for line in lines if line[0] == f"`{name}`")
    cells += [""] * (len(lines[0]) - len(cells))
    texts = (cell.strip().replace("\N{NO-BREAK SPACE}", " ") for cell in cells)
    return dict(zip(lines[0], texts, strict=True))


def test_row_has_unit_range_default_and_types() -> None:
    """The converter of a field names the unit, and its codec the range."""
    cells = row(option_table(Bridge), "forward_delay")

    assert "`int`, `timedelta`" == cells["type"]
    assert "0 to 2^32-1" == cells["values"]
    assert "1/100 s" == cells["unit"]
    assert "`1500`" == cells["default"]


def test_row_has_the_json_key_where_it_is_another() -> None:
    """An option that JSON names otherwise has that key; one that JSON never shows has a dash."""
    table = option_table(Bridge)

    assert "`group_addr`" == row(table, "group_address")["JSON key"]
    assert "–" == row(table, "fdb_flush")["JSON key"]
    assert "" == row(table, "priority")["JSON key"]


def test_row_has_the_words_of_a_choice_and_the_release() -> None:
    """A `Literal` is listed word by word."""
    cells = row(option_table(Bridge), "stp_mode")

    assert "`auto`, `user`, `kernel`" == cells["values"]
    assert "`str`" == cells["type"]
    assert "7.2" == cells["since"]


def test_row_has_the_keywords_of_a_pair() -> None:
    """A boolean with two bare keywords has both."""
    assert "`learning`, `nolearning`" == row(option_table(Vxlan), "learning")["on the command line"]


def test_times_rates_and_sizes_of_tc_have_units() -> None:
    """Options of qdiscs are in seconds, bits a second and bytes."""
    assert "s" == row(option_table(Netem), "delay")["unit"]
    assert "bit/s" == row(option_table(Tbf), "rate")["unit"]
    assert "bytes" == row(option_table(Tbf), "burst")["unit"]


def test_keys_that_are_only_shown_are_listed_below_the_table() -> None:
    """A counter or state has no row, since no command sets it."""
    table = option_table(Bridge)

    assert "| `root_id` |" not in table
    assert "Only shown, by `ip -j -d`: `bridge_id`, `root_id`" in table
    assert "`fdb_n_learned` (since 6.7)" in table


def test_keywords_of_a_verb_have_a_table() -> None:
    """A `TypedDict` is read as a class of options is."""
    table = option_table(NeighOptions)

    assert "5.16" == row(table, "managed")["since"]
    assert "`state`" == row(table, "nud")["JSON key"]
