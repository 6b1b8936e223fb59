"""`SuggestingChoice`: a choice of the command line whose error suggests the word that was meant."""

from typing import Any

import click

from ipwrap.system.suggestions import did_you_mean

__all__ = ["SuggestingChoice", "did_you_mean"]


class SuggestingChoice(click.Choice[str]):
    """A choice whose error suggests the word that was probably meant."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Return the message for a wrong word."""
        suggestion = did_you_mean(str(value), self.choices)
        return super().get_invalid_choice_message(value, ctx).rstrip(".") + suggestion
