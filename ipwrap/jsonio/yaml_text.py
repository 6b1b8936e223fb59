"""Write JSON values as YAML. The only module that imports yaml, an optional package."""

from functools import partial
from typing import Any

from ipwrap.errors import OutputError

__all__ = ["format_yaml"]


def format_yaml(value: Any) -> str:
    """Return a JSON value as a YAML document, in block style.

    Other characters than those of ASCII are escaped: a terminal would obey some of them.

    Raises `OutputError` where the package is missing.
    """
    try:
        import yaml
    except ImportError as error:
        raise OutputError(
            "the Python package PyYAML is missing, which writes YAML; install it:"
            " pip install 'ipwrap[yaml]', or pip install pyyaml"
        ) from error

    write = partial(yaml.dump, value, allow_unicode=False, sort_keys=False)
    try:
        text: str = write(Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    except UnicodeEncodeError:
        # libyaml has no escape for an undecodable byte; Python's writer has.
        text = write(Dumper=yaml.SafeDumper)
    return text
