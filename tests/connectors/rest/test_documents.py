"""Documents: JSON as services write it, to the legacy values of columns."""

from __future__ import annotations

import pytest

from connectors.http.access import UnusableAnswer
from connectors.rest.documents import Fields, at, items_at, parsed


def test_a_path_leads_into_objects_and_lists() -> None:
    document = parsed(b'{"a": {"b": [{"c": 1}, {"c": null}]}, "d": false}')
    assert [at(document, path) for path in ("a.b.0.c", "a.b.1.c", "a.b.2.c", "a.x", "d", "d.e", "a.b.x")] == [
        "1", None, None, None, False, None, None,
    ]  # fmt: skip
    assert at(document, "") is document


@pytest.mark.parametrize(
    ("written", "text", "whole"),
    [
        ("11000.00", "11000.00", "11000.00"),
        ("0.1000000000000000055", "0.1000000000000000055", "0.1000000000000000055"),
        ("12345678901234567890123", "12345678901234567890123", "12345678901234567890123"),
        ("3", "3", 3),
        ('"3"', "3", 3),
        ('"03"', "03", 3),
        ('" 3"', " 3", " 3"),
        ("-7", "-7", -7),
        ("1e3", "1e3", "1e3"),
        ("true", "true", 1),
        ("null", None, None),
        ('{"a": "é"}', '{"a": "é"}', '{"a": "é"}'),
        ('["x"]', '["x"]', '["x"]'),
        ('"a\\u0000b"', "a\0b", "a\0b"),
        ('"a\\ud800b"', "a\ufffdb", "a\ufffdb"),
        ('"\\ud83d\\ude00"', "\U0001f600", "\U0001f600"),
    ],
)
def test_numbers_are_exact_and_texts_can_be_stored(written: str, text: object, whole: object) -> None:
    fields = Fields([("a", False), ("b", True)], {"b": "a"})
    row = fields.row(parsed(b'{"a": ' + written.encode() + b"}"))
    assert row == (text, whole)
    assert [type(value) for value in row] == [type(text), type(whole)]


def test_absent_is_not_null() -> None:
    fields = Fields([("a", False), ("b", False), ("c", False)], {"c": "x.y"})
    assert fields.absent([{"a": None}, {"b": 1}]) == ["c"]
    assert fields.absent([]) == []


@pytest.mark.parametrize("body", [b'{"a": "caf\xc3\xa9"}', b'{"a": "caf\xe9"}', b'\xef\xbb\xbf{"a": "caf\xc3\xa9"}'])
def test_text_is_utf_8_or_that_of_windows(body: bytes) -> None:
    assert at(parsed(body), "a") == "café"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1, 2",
        b'{"a": }',
        b"NaN",
        b"[Infinity]",
        b"<html>",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_what_is_no_whole_json_is_refused(body: bytes) -> None:
    with pytest.raises(UnusableAnswer):
        parsed(body)


@pytest.mark.parametrize(
    "document", [None, {}, {"items": None}, {"items": {}}, {"items": [1]}, {"items": [{}, []]}, []]
)
def test_items_are_a_list_of_objects(document: object) -> None:
    with pytest.raises(UnusableAnswer):
        items_at(document, "items")
