"""Names of background processes, made from their programs: each is the variable of a script."""

import re
from collections.abc import Container

__all__ = ["derive_process_name"]

NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
MAX_DERIVED_NAME = 24


def derive_process_name(program: str, used: Container[str]) -> str:
    """Return an unused name, made from a program's: ``python3``, then ``python3_2``."""
    stem = NOT_IN_NAME.sub("_", program.rpartition("/")[2].lower()).strip("_")
    stem = stem[:MAX_DERIVED_NAME]
    if not stem or not stem[0].isalpha():
        stem = f"process_{stem}".strip("_")

    name = stem
    number = 2
    while name in used:
        name = f"{stem}_{number}"
        number += 1
    return name
