"""The name of a background process is made from its program, and fit for a variable."""

import pytest

from ipwrap.recording.process_names import derive_process_name


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("/usr/bin/python3", "python3"),
        ("Dnsmasq.real", "dnsmasq_real"),
        ("7z", "process_7z"),
        ("…", "process"),
        ("a" * 60, "a" * 24),
        ("nc", "nc_3"),
    ],
)
def test_a_name_is_made_from_the_program(program: str, name: str) -> None:
    """Small letters, digits and underscores are kept, and a used name is numbered."""
    assert name == derive_process_name(program, {"nc", "nc_2"})
