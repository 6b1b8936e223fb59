"""Option tables: codecs, aliases, validation and converters of what users pass."""

__all__: list[str] = []
