"""A module that cannot be imported: with a shortage of descriptors, an error with the remedy."""

import errno
import os
import sys
from typing import Any

import pytest
from attrs import frozen

from ipwrap import IpwrapError
from ipwrap.system.lazy import guard_imports, load, report_shortage

EMFILE = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
REMEDY = "a part of ipwrap cannot be imported: Too many open files: .* raise `ulimit -n`"


@guard_imports
@frozen
class Program:
    """A class whose property raises errors, one at each access."""

    errors: list[Exception]

    @property
    def verbs(self) -> str:
        """The verbs."""
        if self.errors:
            raise self.errors.pop()
        return "verbs"


def test_shortage_during_an_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a name that is imported on first use has the remedy."""

    def refuse(_: str) -> Any:
        raise EMFILE

    monkeypatch.setattr("ipwrap.system.lazy.import_module", refuse)
    with pytest.raises(IpwrapError, match=REMEDY):
        load("ipwrap.command:Command")


def test_shortage_before_any_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the remedies are not loaded, the error is raised as it is."""
    monkeypatch.delitem(sys.modules, "ipwrap.system.shortage")
    with pytest.raises(OSError, match="Too many open files") as caught, report_shortage():
        raise EMFILE

    assert caught.value is EMFILE


def test_another_error_of_an_import_stays() -> None:
    """Only a shortage is reported as such."""
    error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OSError, match="Input/output error") as caught, report_shortage():
        raise error

    assert caught.value is error


def test_guarded_property() -> None:
    """A property keeps its value and its docstring; a shortage that lasts is an error of ipwrap."""
    assert "verbs" == Program([]).verbs
    assert "The verbs." == Program.verbs.__doc__
    assert "verbs" == Program([EMFILE]).verbs
    with pytest.raises(IpwrapError, match=REMEDY):
        _ = Program([EMFILE, EMFILE]).verbs
