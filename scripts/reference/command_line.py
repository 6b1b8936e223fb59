"""The page of the command line: each command with its arguments and options, as click has them."""

import inspect
import textwrap
from collections.abc import Iterator

import click

from ipwrap.cli.group import COMMANDS, cli
from scripts.reference.markdown import code, table

__all__ = ["command_line", "command_section"]


def command_line() -> str:
    """Return a section for each command."""
    context = click.Context(cli, info_name="ipwrap")
    sections = []

    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        if command is not None and not command.hidden:
            sections.append(command_section(name, command, context))

    return "\n\n".join(sections)


def command_section(name: str, command: click.Command, parent: click.Context) -> str:
    """Return the section of a command: usage, help, options."""
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))

    options = list(_options(command, context))
    parts = [
        f"## ipwrap {name}",
        f"```text\nipwrap {name} {usage}\n```",
        *_paragraphs(command.help or ""),
        *([table(("option", "meaning"), options)] if options else []),
        *_paragraphs(command.epilog or ""),
    ]
    return "\n\n".join(parts)


def _paragraphs(text: str) -> Iterator[str]:
    r"""Yield the paragraphs of a help. One behind \b keeps its lines; its title stands above."""
    for paragraph in inspect.cleandoc(text).partition("\f")[0].split("\n\n"):
        lines = paragraph.strip("\n")
        if lines.startswith("\b"):
            title, _, block = lines.removeprefix("\b").strip("\n").partition("\n")
            if not title.endswith(":"):
                title, block = "", f"{title}\n{block}"
            yield f"{title}\n\n```text\n{textwrap.dedent(block)}\n```".strip("\n")
        elif lines.strip():
            yield " ".join(lines.split()).replace("<", "&lt;")


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the option and its meaning, for all options of a command but --help."""
    for parameter in command.params:
        if not isinstance(parameter, click.Option) or parameter.hidden:
            continue
        yield _option_names(parameter, context), _meaning(parameter)


def _option_names(option: click.Option, context: click.Context) -> str:
    """Return the names of an option, with what it takes."""
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return code(names)
    if isinstance(option.type, click.Choice):
        return f"{code(names)} " + ", ".join(code(choice) for choice in option.type.choices)

    return code(f"{names} {option.make_metavar(context)}")


def _meaning(option: click.Option) -> str:
    """Return the help of an option, with its default."""
    text = " ".join((option.help or "").split()).replace("|", "\\|")
    default = f" Default: `{option.default}`." if option.show_default and option.default else ""
    return text + default
