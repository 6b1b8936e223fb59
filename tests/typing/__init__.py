"""Scripts for mypy: correct and wrong uses of ipwrap."""
