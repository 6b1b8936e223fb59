"""What people look at: tables and trees."""

__all__: list[str] = []
