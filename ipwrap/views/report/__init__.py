"""A report: a recording as one page of HTML, which needs nothing beside it and no network."""

__all__: list[str] = []
