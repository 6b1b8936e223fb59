"""The report of a replay counts its steps."""

from ipwrap.replay import Replay


def test_the_report_counts_processes_and_waits() -> None:
    """Processes and waits are told where there were some."""
    assert "3 commands run again; compared" in str(Replay(3))
    assert "3 commands, 1 background processes and 2 waits run again; compared" in str(
        Replay(3, processes=1, waits=2)
    )
