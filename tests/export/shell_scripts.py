"""Exported shell scripts of single commands, and texts that a shell could misread."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from ipwrap import DryRun, Local, Session

needs_shellcheck = pytest.mark.skipif(
    shutil.which("shellcheck") is None,
    reason="shellcheck is not installed",
)

many_examples = settings(max_examples=60)

few_examples = settings(max_examples=15)

SPECIAL_CHARACTERS = (
    "'\"`$\\!#&;|<>()[]{}*?~=-+^%@:,. \t\n\r\x0b\x1b\x7f"
    "“”‘’‚‛„‟′″«»–—−\u00a0\u200b\u2028\u202e\ufeffé字😀"
)

texts = st.text(
    st.one_of(
        st.sampled_from(SPECIAL_CHARACTERS),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    )
)

arguments_of_programs = st.one_of(
    texts,
    st.sampled_from(
        (
            "--",
            "-x",
            "=",
            "==",
            "a=b",
            "$(touch x)",
            "`id`",
            "\\",
            "\\\\'",
            "shellcheck disable=all",
            "}",
        )
    ),
)

notes = st.one_of(
    texts,
    st.sampled_from(
        (
            "shellcheck is a program",
            "shellcheck disable=SC2086",
            "!/bin/sh",
            "%s {0}",
            "a\nrm -rf x",
        )
    ),
)

HOSTILE = (
    "",
    " ",
    "two words",
    "it's",
    'say "hi"',
    "$HOME",
    "$(touch /tmp/never)",
    "`id`",
    "back\\slash",
    "\\",
    "\\'",
    "line\nbreak",
    "\n",
    "tab\there",
    "bell\x07",
    "-n",
    "--",
    "#no comment",
    "*",
    "[a-z]",
    "{a,b}",
    "~",
    "!",
    "=",
    "a=b",
    "&& false",
    "; false",
    "| cat",
    "> /dev/full",
    "%s%d",
    "“curly”",
    "‘single’",
    "−minus",
    "\u2028",
    "é字😀",
)


def append_arguments(arguments: tuple[str, ...], file: Path) -> tuple[str, ...]:
    """Return the argv of a program that appends arguments to a file, with a NUL after each."""
    return (
        "sh",
        "-c",
        'file=$1; shift; printf "%s\\0" "$@" >>"$file"',
        "sh",
        str(file),
        *arguments,
    )


def shellcheck_output(script: str) -> str:
    """Return the output of shellcheck for a script."""
    process = subprocess.run(
        ("shellcheck", "--shell=sh", "-"),
        input=script.encode(),
        capture_output=True,
        check=False,
    )
    return (process.stdout + process.stderr).decode(errors="replace")


def script_of(*argv: str, note: str = "") -> str:
    """Return the script of a dry session with one command in two namespaces."""
    with Session(Local(), DryRun()) as session:
        if note:
            session.note(note)

        session.exec(*argv)
        session.netns("red").exec(*argv)

        return session.export()


# The lines with which `up` notes objects, and counts programs besides iproute2.
MARK = re.compile(r" *(?:(?:made|gone) [0-9]|step )")


def body_lines(script: str) -> list[str]:
    """Return the lines of the function `up`, without those that note objects."""
    lines = script.partition("up() {\n")[2].partition("\n}\n")[0].splitlines()
    return [line for line in lines if not MARK.match(line)]
