"""Changes between the states before and after, and the calls that explain them."""

__all__: list[str] = []
