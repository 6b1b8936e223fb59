"""The declared defaults are the defaults of this kernel."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, LinkKind
from tests.live.defaults import measure, minimal_options

pytestmark = pytest.mark.live

OPTION_SETS = [
    pytest.param(cls, options, id=" ".join((kind, *cls(**options).to_args())))
    for kind, cls in KINDS.items()
    for options in minimal_options(kind)
]


@pytest.mark.parametrize(("cls", "options"), OPTION_SETS)
def test_omitted_option_has_its_declared_default(
    sandbox_session: Session,
    cls: type[LinkKind],
    options: dict[str, Any],
) -> None:
    """A link with minimal options shows the declared default of an omitted option, or no value."""
    try:
        measured = measure(sandbox_session, cls, options)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")

    declared = [
        measurement
        for measurement in measured
        if measurement.option.default is not None and measurement.value is not None
    ]

    assert {measurement.option.name: measurement.option.default for measurement in declared} == {
        measurement.option.name: measurement.value for measurement in declared
    }
    assert [] == [measurement.option.name for measurement in declared if measurement.mark]
