"""Option tables, codecs, aliases, validation and conversion of arguments."""

__all__: list[str] = []
