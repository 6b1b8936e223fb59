"""Output for people: tables and trees."""

__all__: list[str] = []
