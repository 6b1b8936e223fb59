"""`ipwrap completion`: print the script that lets a shell complete the words of `ipwrap`."""

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.suggestions import SuggestingChoice

__all__ = ["completion"]

SHELLS = ("bash", "zsh", "fish")
# click answers the shell's questions when this variable is set.
VARIABLE = "_IPWRAP_COMPLETE"


@click.command(
    epilog=examples(
        'eval "$(ipwrap completion bash)"     # in ~/.bashrc',
        'eval "$(ipwrap completion zsh)"      # in ~/.zshrc',
        "ipwrap completion fish > ipwrap.fish",
    )
)
@click.argument("shell", type=SuggestingChoice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, recordings, labs and nouns in SHELL.

    A file of bash is loaded on demand as ~/.local/share/bash-completion/completions/ipwrap, one of
    fish as ~/.config/fish/completions/ipwrap.fish.
    """
    from click.shell_completion import get_completion_class

    complete_class = get_completion_class(shell)
    assert complete_class is not None
    root = click.get_current_context().find_root().command
    # Not by `source`, which looks for the version of the bash that is installed here.
    completer = complete_class(root, {}, "ipwrap", VARIABLE)
    click.echo(completer.source_template % completer.source_vars())
