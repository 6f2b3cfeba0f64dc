"""Liveness: every polarity of soft delete, told by names, values and shares."""

from __future__ import annotations

import pytest

from onboarding.drafting.liveness import conditions_of
from onboarding.drafting.tables import SqlType
from tests.onboarding.drafting.sampled import SETTING, looks


@pytest.mark.parametrize(
    ("name", "values", "kind", "code", "confidence"),
    [
        ("hapus", ["T"] * 9 + ["Y"], SqlType.TEXT, 'column_equals("hapus", "T")', "high"),
        ("is_deleted", [0] * 9 + [1], SqlType.WHOLE, 'column_equals("is_deleted", 0)', "high"),
        ("is_deleted", [False] * 9 + [True], SqlType.BOOLEAN, 'column_equals("is_deleted", False)', "high"),
        ("sdata", [1] * 9 + [0], SqlType.WHOLE, 'column_equals("sdata", 1)', "high"),
        ("enabled", [1] * 9 + [2], SqlType.WHOLE, 'column_equals("enabled", 1)', "high"),
        ("statusdata", ["1"] * 9 + ["0"], SqlType.TEXT, 'column_equals("statusdata", "1")', "high"),
        ("aktif", ["Y"] * 9 + ["N"], SqlType.TEXT, 'column_equals("aktif", "Y")', "high"),
        ("deleted_at", [None] * 9 + ["2020-01-01 00:00:00"], SqlType.TEXT, 'column_is_null("deleted_at")', "high"),
        ("deleted_at", [None] * 9, SqlType.MOMENT, 'column_is_null("deleted_at")', "high"),
        ("status", ["Y"] * 9 + ["N"], SqlType.TEXT, 'column_equals("status", "Y")', "medium"),
        ("status", ["1"] * 9 + ["0"], SqlType.TEXT, 'column_equals("status", "1")', "low"),
        # No row says otherwise yet, so the one value that is there is that of rows that exist.
        ("hapus", ["T"] * 9, SqlType.TEXT, 'column_equals("hapus", "T")', "medium"),
        ("hapus", [0] * 9, SqlType.WHOLE, 'column_equals("hapus", 0)', "medium"),
        # Names say one thing and shares another: it is said, and somebody has to look.
        ("hapus", ["Y"] * 9 + ["T"], SqlType.TEXT, 'column_equals("hapus", "T")', "low"),
    ],
)
def test_each_polarity(name: str, values: list[object], kind: SqlType, code: str, confidence: str) -> None:
    (found,) = conditions_of([looks(name, values, kind)], set(), SETTING)
    assert (found.code, found.confidence.value) == (code, confidence)


def test_what_marks_nothing() -> None:
    columns = [
        looks("nama", ["Siti", "Agus"]),
        looks("status", ["Proses", "Selesai"]),
        looks("hapus", ["mungkin", "entah"]),
    ]
    assert conditions_of(columns, set(), SETTING) == []


def test_a_column_that_a_field_reads_marks_nothing_but_deletion() -> None:
    columns = [looks("status", ["Y", "Y", "N"]), looks("aktif", ["Y", "Y", "N"]), looks("hapus", ["T", "T", "Y"])]
    found = conditions_of(columns, {"status", "aktif", "hapus"}, SETTING)
    assert [condition.column for condition in found] == ["hapus"]
