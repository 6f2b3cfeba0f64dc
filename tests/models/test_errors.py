"""The tree of errors: as drawn, each with a code of the graph, and each able to say itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import models
from models import errors
from models.errors import BadInput, DataQuality, DepartmentTimeout, DepartmentUnavailable, Forbidden, HubError, Internal
from models.values.localized import Language

for _module in pkgutil.iter_modules(models.__path__):
    importlib.import_module(f"models.{_module.name}")

# The codes that a client may meet; each has its paragraph in the documentation of errors.
CODES = {
    "BAD_REQUEST", "BAD_INPUT", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "NOT_CONNECTED", "NOT_SUPPORTED",
    "DEPARTMENT_UNAVAILABLE", "DEPARTMENT_TIMEOUT", "DATA_QUALITY", "TOO_EXPENSIVE", "RATE_LIMITED", "CONFLICT",
    "INTERNAL", "KEY_MISSING", "KEY_REUSED", "KEY_IN_USE",
}  # fmt: skip
GROUPS = {"RequestError", "AccessError", "DepartmentError"}


def _descendants(kind: type[HubError]) -> list[type[HubError]]:
    """Of the house, so that an error which a test makes up does not count."""
    found = []
    for child in kind.__subclasses__():
        if child.__module__.startswith("models."):
            found += [child, *_descendants(child)]
    return found


def _drawn() -> set[tuple[str, str]]:
    """The tree in the module's docstring as pairs of parent and child."""
    pairs: set[tuple[str, str]] = set()
    path: list[str] = []
    for line in (inspect.getdoc(errors) or "").splitlines():
        match = re.match(r"([│├└─ ]*)(\w+)(?: {2,}|$)", line)
        if match is None or not (match[1] or match[2] == "HubError"):
            continue
        depth = len(match[1]) // 4
        path[depth:] = [match[2]]
        if depth:
            pairs.add((path[depth - 1], match[2]))
    return pairs


def test_the_tree_is_drawn_as_it_is() -> None:
    real = {(parent.__name__, kind.__name__) for kind in _descendants(HubError) for parent in kind.__bases__}
    assert _drawn() == real


def test_every_error_but_the_groups_has_a_code_of_the_graph() -> None:
    codes = {kind.__name__: getattr(kind, "code", None) for kind in _descendants(HubError)}
    assert {name for name, code in codes.items() if code is None} == GROUPS
    assert {code for code in codes.values() if code is not None} == CODES


def test_a_code_is_the_name_of_its_error() -> None:
    for kind in _descendants(HubError):
        if kind.__name__ not in {*GROUPS, "SignInUnavailable", "LedgerUnavailable", "OperationCancelled"}:
            assert kind.code == re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper()


def test_an_error_says_itself_in_each_language() -> None:
    error = DepartmentTimeout("department_timeout", source="complaints", department="Diskominfo", waited_ms=800)
    assert error.text(Language.ID) == ("complaints (Diskominfo) tidak menjawab dalam 800 milidetik. Coba lagi nanti.")
    assert error.text(Language.EN) == str(error)
    assert str(error) == ("complaints (Diskominfo) did not answer within 800 milliseconds. Try again later.")


def test_what_a_client_sent_is_not_read_as_a_placeholder() -> None:
    error = BadInput("key_choice", arguments="{field} {0} {")
    assert str(error) == "Give exactly one of: {field} {0} {."


def test_more_can_be_said_later() -> None:
    bare = DepartmentUnavailable("department_unavailable")
    named = bare.named(source="complaints", department="Diskominfo")
    assert type(named) is DepartmentUnavailable
    assert str(named) == "complaints (Diskominfo) cannot be reached at the moment. Try again later."
    assert bare.values == {}


def test_what_was_said_already_can_be_said_again() -> None:
    error = DataQuality("source_drifted", source="complaints", field="address").named(source="areas")
    assert error.values == {"source": "areas", "field": "address"}


def test_a_placeholder_may_have_any_name() -> None:
    assert Internal("internal", message="x", self="y").values == {"message": "x", "self": "y"}


def test_the_cause_is_kept() -> None:
    cause = ValueError("of the driver")
    with pytest.raises(Forbidden) as raised:
        raise Forbidden("field_forbidden", fields="reporter_nik") from cause
    assert raised.value.__cause__ is cause
    assert "driver" not in str(raised.value)
