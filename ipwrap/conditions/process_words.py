"""The words of a shell for the background processes that conditions name."""

from collections.abc import Mapping

from msgspec import field

from ipwrap.system.facts import fact

__all__ = ["NAMED_VARIABLES", "ProcessWords"]


@fact
class ProcessWords:
    """The words of a shell for background processes, by the names of the processes.

    - ``pids``: the pids, for use in double quotes; else the variable of the process's name
    - ``logs``: the files with the output, as quoted words; else the variable ``NAME_log``
    """

    pids: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)

    def pid(self, process: str) -> str:
        """Return the pid of a process, for use in double quotes."""
        return self.pids.get(process, f"${process}")

    def log(self, process: str) -> str:
        """Return the file with the output of a process."""
        return self.logs.get(process, f'"${process}_log"')


NAMED_VARIABLES = ProcessWords()
