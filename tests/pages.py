"""Pages of Markdown that are followed to the letter: blocks are saved, run, and their output read.

- A block with ``title="FILE"`` is saved as that file.
- ``python`` without a title runs in the Python of the page, in which earlier blocks have run;
  ``sh`` runs in a shell in the folder of the page; a ``$`` line of ``console`` runs in the shell of
  one `ipwrap sandbox` of the page.
- ``text``, or ``mermaid``, behind a block that ran is its output. A line ``…`` stands for
  any lines.
- A block behind ``<!-- not run: REASON -->`` is skipped.

The folder has the scripts/ of the checkout, and labs that a page keeps up are its own.

MAC addresses, indexes, process numbers, times and folders are not compared.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import attrs

from scripts.recordings import UNSTABLE

__all__ = ["Followed", "follow", "is_as_printed", "with_printed_outputs"]

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"^(?P<skip><!-- not run: [^\n]+ -->\n+)?(?P<fence>```|~~~)(?P<language>\w+)"
    r"(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
OUTPUTS = ("text", "mermaid")
# What `ipwrap list` tells of a lab: when it began and its process, and the folder of the recording.
UNSTABLE_HERE = (
    (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} +[0-9]+ ", "TIME PID "),
    (r"(?<= )/\S*/(?=[\w.]+\.jsonl)", "FOLDER/"),
)
END = "--- end of the output ---"


@attrs.frozen
class Followed:
    """What a page says that a block prints, and what it printed.

    ``span`` is the place of the output in the page.
    """

    language: str
    code: str
    expected: str
    printed: str
    span: tuple[int, int]


@attrs.define
class SandboxShell:
    """A shell in a sandbox, for the lines behind `$`."""

    process: "subprocess.Popen[str]"

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path) -> "Iterator[SandboxShell]":
        """Open a sandbox with a shell, and end both."""
        process = subprocess.Popen(
            (sys.executable, "-m", "ipwrap", "sandbox", "--", "sh"),
            cwd=folder,
            env=environment_in(folder, ".shell"),  # the page's `ipwrap list` does not have it
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with process:
            yield cls(process)
            assert process.stdin is not None
            process.stdin.close()
            process.wait()

    def run(self, line: str) -> str:
        """Run a line, and return what it printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\necho '{END}'\n")
        self.process.stdin.flush()

        printed: list[str] = []
        for output_line in self.process.stdout:
            if output_line.strip() == END:
                return "".join(printed)
            printed.append(output_line)

        raise AssertionError(f"the shell ended behind {line!r}: {''.join(printed)}")


def environment() -> dict[str, str]:
    """Return the variables of a reader whose `ipwrap` and `python3` are those of the tests."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}


def environment_in(folder: Path, name: str = ".run") -> dict[str, str]:
    """Return these variables, with a place for running labs that no other test sees."""
    runtime = folder / name
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {**environment(), "XDG_RUNTIME_DIR": str(runtime)}


@contextlib.contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """Give a folder what a checkout has, and end the labs that a page leaves running."""
    (folder / "scripts").symlink_to(ROOT / "scripts")
    try:
        yield
    finally:
        if (folder / ".run" / "ipwrap").exists():
            run_shell("ipwrap stop --all", folder, {})


def follow(text: str, folder: Path) -> Iterator[Followed]:
    """Follow a page in a folder. Yield each output that it promises, with what was printed.

    A block of Python without an output behind it has to print nothing.
    """
    names: dict[str, object] = {"__name__": "page"}
    last = Followed("", "", "", "", (0, 0))

    with prepared(folder), SandboxShell.open(folder) as shell:
        for block in BLOCK.finditer(text):
            if block["skip"]:
                continue

            language, body = block["language"], block["code"]
            if block["title"]:
                (folder / block["title"]).write_text(body, encoding="utf-8")
            elif language in OUTPUTS:
                yield attrs.evolve(last, expected=body, span=block.span("code"))
                last = attrs.evolve(last, printed="")
            elif language == "console":
                yield from run_console(shell, block)
            elif language in RUNNERS:
                yield from silent_python(last)
                printed = RUNNERS[language](body, folder, names)
                last = Followed(language, body, "", printed, (block.end(), block.end()))

        yield from silent_python(last)


def silent_python(last: Followed) -> Iterator[Followed]:
    """Yield what Python has printed, if the page says nothing of it."""
    if last.printed and last.language == "python":
        yield last


def run_console(shell: SandboxShell, block: "re.Match[str]") -> Iterator[Followed]:
    """Run the lines behind `$`. Yield the output of each."""
    start = block.start("code")
    for part in re.finditer(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", block["code"], re.MULTILINE):
        span = (start + part.start(2), start + part.end(2))
        yield Followed("console", part[1], part[2], shell.run(part[1]), span)


def run_python(body: str, folder: Path, names: dict[str, object]) -> str:
    """Run a block in the Python of the page, and return what it printed."""
    output = io.StringIO()
    sys.path.insert(0, str(folder))
    try:
        with contextlib.redirect_stdout(output), contextlib.chdir(folder):
            exec(body, names)
    finally:
        sys.path.remove(str(folder))
        forget_modules(folder)

    return output.getvalue()


def forget_modules(folder: Path) -> None:
    """Remove the modules of a folder, so that the next page imports its own."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and Path(path).parent == folder:
            del sys.modules[name]


def run_shell(body: str, folder: Path, _names: dict[str, object]) -> str:
    """Run a block in a shell that stops at the first failure, and return what it printed."""
    done = subprocess.run(
        ("sh", "-eu"),
        input=body,
        cwd=folder,
        env=environment_in(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{body}{done.stdout}{done.stderr}"

    return done.stdout


RUNNERS = {"python": run_python, "sh": run_shell}


def is_as_printed(followed: Followed) -> bool:
    """Return whether a block printed what its page says."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "…" else re.escape(line) + "\n"
        for line in mask(followed.expected).splitlines()
    )
    return re.fullmatch(pattern, mask(followed.printed)) is not None


def with_printed_outputs(text: str, folder: Path) -> str:
    """Return a page with the outputs that were printed, where they differ from those it has."""
    followed = [output for output in follow(text, folder) if not is_as_printed(output)]

    for output in reversed(followed):
        start, end = output.span
        text = text[:start] + tidy(output.printed) + text[end:]

    return text


def tidy(text: str) -> str:
    """Return an output without blanks at the ends of lines, and without empty lines around it."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)


def mask(text: str) -> str:
    """Return a text without the values that are other ones on each machine.

    The columns of a table are as wide as these values.
    """
    for pattern, replacement in (*UNSTABLE, *UNSTABLE_HERE):
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)

    return tidy(re.sub(r"(?<=\S) {2,}(?=\S)", "  ", text))


def main() -> None:
    """Write the outputs of pages anew: ``python -m tests.pages docs/tutorial/*.md``."""
    for name in sys.argv[1:]:
        page = Path(name)
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(with_printed_outputs(text, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
