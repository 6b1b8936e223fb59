"""`Lacking`: notes which tests this kernel could not run, so that a full kernel can run them after this."""

from pathlib import Path

import pytest
from attrs import define, field

__all__ = ["Lacking"]


@define
class Lacking:
    """A plugin of pytest that writes the names of the tests which were skipped with `this kernel` as the reason."""

    file: Path
    names: list[str] = field(factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped so."""
        if (
            report.skipped
            and isinstance(report.longrepr, tuple)
            and "this kernel" in report.longrepr[2]
        ):
            self.names.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the names, one a line, as pytest takes them: `pytest @FILE`."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text("".join(f"{name}\n" for name in self.names))
