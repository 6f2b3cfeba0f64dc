"""Cells: a value of a sheet, a table or a document -> the text that a person sees."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from connectors.files.plan import FileRefused
from models.sources.findings import FindingKind

EXCEL_DIGITS = 15
"""A sheet shows no more digits of a number; the rest of a double is noise."""

_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")


def text_of(value: object, chars_max: int) -> str | None:
    """The text of a cell; None if it is empty. Raises FileRefused if it is longer than `chars_max`."""
    text = _written(value)
    if text is None:
        return None
    if len(text) > chars_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"a cell of more than {chars_max} characters")
    # A lone surrogate cannot be stored. NUL can, and every decoder rejects it.
    return _HALF_CHARACTER.sub("\0", text.strip()) or None


def _written(value: object) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _number(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds")
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case list() | dict():
            return _nested(value)
        case _:
            return str(value)


def _number(value: float) -> str:
    text = f"{Decimal(f'{value:.{EXCEL_DIGITS}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _nested(value: list[object] | dict[str, object]) -> str:
    """A list of texts as people write one; deeper nesting as JSON."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "; ".join(str(one).strip() for one in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
