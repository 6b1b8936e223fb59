"""`Lacking`: a list of skipped tests of this kernel, for a later run on a full kernel."""

from pathlib import Path

import pytest
from attrs import define, field

__all__ = ["Lacking"]


@define
class Lacking:
    """A pytest plugin that writes the names of tests skipped because of `this kernel`."""

    file: Path
    names: list[str] = field(factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a test with a skip because of the kernel."""
        if (
            report.skipped
            and isinstance(report.longrepr, tuple)
            and "this kernel" in report.longrepr[2]
        ):
            self.names.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the names, one a line, in the format of `pytest @FILE`."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("".join(f"{name}\n" for name in self.names))
