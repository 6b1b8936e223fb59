"""Scripts that use ipwrap, checked by mypy."""
