"""The sentences of the hub: all used, and every use fills what it has to."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from models import errors
from models.errors import HubError
from models.values.localized import Language
from models.words.messages import MESSAGES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "cli.py", "app.py", "connectors", "engine", "models", "resolvers", "schema", "store")
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, HubError)}

# The guard names the source and the department of every error that comes out of a call.
NAMED_BY_THE_GUARD = frozenset({"source", "department"})
GUARDED = "connectors/guard/guard.py"


class Use(NamedTuple):
    """Where an error is made, of which message, and the placeholders that are filled there."""

    path: str
    line: int
    message: str | None
    filled: frozenset[str]


def _sources() -> Iterator[Path]:
    for name in PACKAGES:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []


def _uses_in(path: Path, root: Path = ROOT) -> Iterator[Use]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        if name not in ERRORS:
            continue
        message = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        filled = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
        where = path.relative_to(root).as_posix()
        yield Use(where, node.lineno, message if isinstance(message, str) else None, filled)


@cache
def _uses() -> tuple[Use, ...]:
    return tuple(use for path in _sources() for use in _uses_in(path))


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(set(MESSAGES) - {"document_invalid", "persisted_query_unknown"}))
def test_a_message_is_a_sentence_that_is_not_said_twice(key: str) -> None:
    assert MESSAGES[key].endswith(".")
    assert [other for other in MESSAGES if MESSAGES[other] == MESSAGES[key]] == [key]
    assert all(name.isidentifier() for name in _placeholders(MESSAGES[key])), (
        "only plain names, no attributes or formats"
    )


def test_an_error_is_told_in_the_language_of_the_request() -> None:
    error = errors.BadRequest("body_too_large", maximum_bytes=7)
    assert error.text(Language.EN) == "The body is larger than 7 bytes."
    assert error.text(Language.ID) == "Isi permintaan lebih dari 7 bita."


def test_every_error_is_made_of_a_constant_that_is_a_message() -> None:
    assert [use for use in _uses() if use.message not in MESSAGES] == []


def test_no_message_is_unused() -> None:
    assert set(MESSAGES) - {use.message for use in _uses()} == set()


def test_every_error_fills_exactly_what_its_message_asks_for() -> None:
    wrong = []
    for use in _uses():
        wanted = _placeholders(MESSAGES[use.message]) if use.message in MESSAGES else set()
        missing = wanted - use.filled - (NAMED_BY_THE_GUARD if use.path == GUARDED else set())
        if missing or use.filled - wanted:
            wrong.append((use.path, use.line, use.message, sorted(missing), sorted(use.filled - wanted)))
    assert wrong == []


def test_a_use_is_recognised(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        'raise BadInput("id_invalid")\n'
        'raise errors.NotFound("vocabulary_unknown", known=known)\n'
        "raise Forbidden(message)\n"
        'raise ValueError("id_invalid")\n'
    )
    assert list(_uses_in(module, tmp_path)) == [
        Use("module.py", 1, "id_invalid", frozenset()),
        Use("module.py", 2, "vocabulary_unknown", frozenset({"known"})),
        Use("module.py", 3, None, frozenset()),
    ]
