"""The output of a command in a report."""

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.views.report.output import MAX_OUTPUT, visible_output

READ = Command(("ip", "-j", "-d", "link", "show"), changes=False)


def test_json_of_a_read_is_a_table() -> None:
    """Objects of iproute2 are a table with their headers."""
    output, cut = visible_output(Result(READ, stdout='[{"ifname": "lo", "mtu": 65536}]'))

    assert ["ifname  mtu", "lo      65536"] == [line.rstrip() for line in output.splitlines()]
    assert 0 == cut


def test_recorded_text_is_preferred() -> None:
    """The text that a person saw is shown, and not the JSON."""
    result = Result(READ, stdout='[{"ifname": "lo"}]', text="1: lo: <LOOPBACK>\n")

    assert ("1: lo: <LOOPBACK>", 0) == visible_output(result)


def test_other_json_is_shown_as_it_came() -> None:
    """What is no object of iproute2 is no error."""
    for stdout in ('[{"ifname": ', '[{"a": 1}]', "[]"):
        assert stdout == visible_output(Result(READ, stdout=stdout))[0]

    unknown = Command(("ip", "-j", "frobnicate"), changes=False)
    assert '[{"a": 1}]' == visible_output(Result(unknown, stdout='[{"a": 1}]'))[0]


def test_stderr_follows_stdout() -> None:
    """Both streams are shown, without colours."""
    result = Result(Command(("sh",)), 1, "\x1b[31mred\x1b[0m\n", "no\n")

    assert ("red\nno", 0) == visible_output(result)


def test_generated_secret_is_left_out() -> None:
    """The output of a command that makes a secret is not shown, unlike its messages."""
    result = Result(Command(("wg", "genkey"), output_secret="KEY"), 0, "c2VjcmV0\n", "warning\n")

    assert ("warning", 0) == visible_output(result)


def test_huge_output_is_cut() -> None:
    """A page shows the begin of a huge output, and tells how much it leaves out."""
    output, cut = visible_output(Result(Command(("yes",)), stdout="y" * (MAX_OUTPUT + 7)))

    assert (MAX_OUTPUT, 7) == (len(output), cut)
