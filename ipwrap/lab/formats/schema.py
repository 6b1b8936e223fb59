"""The JSON Schema of a file of a lab, for editors."""

from typing import Any

from ipwrap.lab.formats.layout import LAB

__all__ = ["lab_schema"]


def lab_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of a lab, the same for TOML, YAML and JSON."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A lab of ipwrap",
        **LAB.json_schema(),
    }
