"""The text of representative statements in every dialect, as committed. `pytest --update-golden` writes it anew."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.criteria import (
    CountCriteria,
    Criteria,
    GroupCriteria,
    Join,
    Keyset,
    MomentPart,
    Order,
    ParentKeys,
    RankOrder,
)
from connectors.departments.areas import AREAS
from connectors.departments.complaints import CATEGORIES, COMPLAINTS, STATUS_CHANGES
from connectors.departments.licenses import LICENSES
from connectors.mapping import Mapping
from connectors.sql.dialects import DIALECTS
from connectors.sql.groups import grouped_statement
from connectors.sql.parents import chunks_of
from connectors.sql.statements import Statement, Statements
from models.areas import AreaLevel
from models.complaints import Complaint, ComplaintStatus, ComplaintStatusDetail, Publication
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Related, is_in
from models.values.types import AreaCode, Box, Nik

NAMES = ("sqlite", "postgresql", "mariadb", "mssql", "oracle")
KEYS_MAX = 4

LISTED = ("id", "ticket_number", "status", "requested_at")
NEWEST = (Order("requested_at", descending=True), Order("id", descending=True))
BY_NAME = (Order("name"), Order("id"))
SOONEST = (Order("valid_until"), Order("id"))
VILLAGES = tuple(AreaCode(f"36.71.01.100{number}") for number in range(1, 6))
ONE_KEY_EACH = ParentKeys("complaint_id", (("7",), (), ("8",)))
TWO_SPELLINGS_EACH = ParentKeys("area_code", ((VILLAGES[0],), (VILLAGES[1],)))
MANY_VILLAGES = ParentKeys("area_code", (VILLAGES,))

TREE = And((
    is_in("status", ComplaintStatus.OPEN),
    Not(is_in("category_code", "K03")),
    Or((
        Compare("ticket_number", Operator.CONTAINS, ("50%_a\\",)),
        Compare("requested_at", Operator.GTE, (datetime(2026, 1, 1, tzinfo=UTC),)),
        Compare("area_code", Operator.IS_NULL, ()),
    )),
))  # fmt: skip

CATEGORY = Join("category", CATEGORIES, "category_code", "code", ("code", "name"))
COMPLAINT = Join(
    "complaint", COMPLAINTS, "complaint_id", "id", ("id", "ticket_number"),
    Or((is_in("publication", Publication.PUBLIC), is_in("department_code", "dpupr"))),
)  # fmt: skip

HISTORY = Complaint.relations["history"]
DONE = is_in("status_detail", ComplaintStatusDetail.DONE)
BOX = Box(-6.19, 106.63, -6.18, 106.64)
BY_RANK = RankOrder("category_code", ((0, ("K03",)), (1, ("K01", "K02"))))

Question = tuple[Mapping, Criteria | CountCriteria | GroupCriteria]

QUESTIONS: dict[str, Question] = {
    "a plain list": (COMPLAINTS, Criteria("complaints", LISTED, EVERYTHING, NEWEST, 20)),
    "a tree of filters": (COMPLAINTS, Criteria("complaints", ("id",), TREE, NEWEST, 20)),
    "an unknown code": (AREAS, Criteria("areas", ("id",), is_in("level", AreaLevel.UNKNOWN), (Order("id"),), 20)),
    "every spelling of a resident number": (
        COMPLAINTS,
        Criteria("complaints", ("id",), is_in("reporter_nik", Nik("3671016505900001")), (Order("id"),), 20),
    ),
    "after a place in the order": (
        AREAS,
        Criteria("areas", ("id",), EVERYTHING, BY_NAME, 20, Keyset(("CIBODAS", 7))),
    ),
    "after a place without a name": (AREAS, Criteria("areas", ("id",), EVERYTHING, BY_NAME, 20, Keyset((None, 7)))),
    "before a place in the order": (
        AREAS,
        Criteria("areas", ("id",), EVERYTHING, BY_NAME, 20, Keyset(("CIBODAS", 7), before=True), reverse=True),
    ),
    "before a place without a name": (
        AREAS,
        Criteria("areas", ("id",), EVERYTHING, BY_NAME, 20, Keyset((None, 7), before=True), reverse=True),
    ),
    "days that are their own text": (
        LICENSES,
        Criteria("licenses", ("id",), Compare("valid_until", Operator.GTE, (date(2026, 12, 1),)), SOONEST, 20),
    ),
    "the children of many parents": (
        STATUS_CHANGES,
        Criteria(
            "complaint_status_changes", ("id", "note"), EVERYTHING, (Order("at"), Order("id")), 5, parents=ONE_KEY_EACH
        ),
    ),
    "the children of parents with several keys": (
        COMPLAINTS,
        Criteria("complaints", LISTED, EVERYTHING, NEWEST, 5, parents=TWO_SPELLINGS_EACH),
    ),
    "the children of one parent with very many keys": (
        COMPLAINTS,
        Criteria("complaints", LISTED, EVERYTHING, NEWEST, 5, parents=MANY_VILLAGES),
    ),
    "a list with what it leads to": (
        COMPLAINTS,
        Criteria(
            "complaints",
            ("id", "category_code"),
            is_in("reporter_nik", Nik("3671016505900001")),
            NEWEST,
            20,
            joins=(CATEGORY,),
        ),
    ),
    "the children of many parents with what they lead to, where the viewer may see it": (
        STATUS_CHANGES,
        Criteria(
            "complaint_status_changes",
            ("id", "complaint_id"),
            is_in("status_detail", ComplaintStatusDetail.DONE),
            (Order("at"), Order("id")),
            5,
            parents=ONE_KEY_EACH,
            joins=(COMPLAINT,),
        ),
    ),
    "the children of parents with several keys, with what they lead to": (
        COMPLAINTS,
        Criteria(
            "complaints", ("category_code",), EVERYTHING, NEWEST, 5, parents=TWO_SPELLINGS_EACH, joins=(CATEGORY,)
        ),
    ),
    "groups of what is stored, by month": (
        COMPLAINTS,
        GroupCriteria(
            "complaints", ("area_code", "status"), is_in("category_code", "K03"), 100, MomentPart("requested_at", 7)
        ),
    ),
    "all rows as one group": (COMPLAINTS, GroupCriteria("complaints", (), EVERYTHING, 100)),
    "rows that lead to others of their source": (
        COMPLAINTS,
        Criteria(
            "complaints",
            ("id",),
            And((Related(HISTORY, DONE, settled=True), Not(Related(HISTORY, EVERYTHING, settled=True)))),
            NEWEST,
            20,
            related=(STATUS_CHANGES,),
        ),
    ),
    "children of parents, and rows that are named": (
        COMPLAINTS,
        Criteria(
            "complaints",
            ("id",),
            is_in("status", ComplaintStatus.CLOSED),
            (Order("id"),),
            3,
            parents=ParentKeys("area_code", ((VILLAGES[0],), ()), (("7", "8", "9"), ("5",))),
        ),
    ),
    "a box around a place": (
        COMPLAINTS,
        Criteria("complaints", ("id", "position"), Compare("position", Operator.IN_BOX, (BOX,)), (Order("id"),), 20),
    ),
    "by the rank of what rows lead to, after a place": (
        COMPLAINTS,
        Criteria("complaints", ("id",), EVERYTHING, (BY_RANK, Order("id")), 20, Keyset((1, 7))),
    ),
    "a count": (COMPLAINTS, CountCriteria("complaints", is_in("status", ComplaintStatus.CLOSED))),
    "a count of a join": (STATUS_CHANGES, CountCriteria("complaint_status_changes", is_in("complaint_id", "7"))),
    "counts for many parents": (COMPLAINTS, CountCriteria("complaints", parents=TWO_SPELLINGS_EACH)),
}


def statement(dialect: str, question: Question) -> Statement:
    mapping, criteria = question
    if isinstance(criteria, GroupCriteria):
        return grouped_statement(DIALECTS[dialect], mapping, criteria)
    statements = Statements(DIALECTS[dialect])
    chunks = list(chunks_of(mapping, criteria.parents, KEYS_MAX, DIALECTS[dialect])) if criteria.parents else [None]
    assert len(chunks) == 1
    if isinstance(criteria, Criteria):
        return statements.select(mapping, criteria, chunks[0])
    return statements.count(mapping, criteria, chunks[0])


_CLAUSE = re.compile(r" (?=(?:FROM|WHERE|ORDER BY|UNION ALL|CROSS|AND|OR|LIMIT|OFFSET|FETCH|WHEN|ELSE) )")


def readable(question: str, made: Statement) -> str:
    """One clause a line: the text is the same but for its white space."""
    return f"-- {question}\n{_CLAUSE.sub(chr(10), made.text)}\n-- {made.parameters!r}\n"


@pytest.mark.parametrize("dialect", NAMES)
def test_statements_are_as_committed(dialect: str, golden_folder: Path, update_golden: bool) -> None:
    file = golden_folder / f"{dialect}.sql"
    made = "\n".join(readable(name, statement(dialect, question)) for name, question in QUESTIONS.items())
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")


# --- What a dialect does not have -------------------------------------------------------------------------------------

# A value of a column as a number or a moment: only texts become bytes, and parameters what they are compared with.
A_CAST_THAT_MAY_RAISE = (
    r"\bAS (INT|INTEGER|BIGINT|SIGNED|UNSIGNED|NUMERIC|DECIMAL|NUMBER|FLOAT|DOUBLE|REAL|DATE|DATETIME|TIME|TIMESTAMP)\b"
    r"|\bto_(date|timestamp|number)\b|\b(str_to_date|julianday|strftime|try_cast)\b"
    r"|(?<!\$)\b(?!\d+::)\w+::|\)::"
)

FORBIDDEN: dict[str, tuple[str, ...]] = {
    "sqlite": ("LATERAL", r"\bAPPLY\b", "ILIKE", "NULLS (LAST|FIRST)", "FETCH"),
    "postgresql": (r"\bAPPLY\b", r"\bGLOB\b", "%s"),
    "mariadb": ("NULLS (LAST|FIRST)", r"\|\|", "LATERAL", r"\bAPPLY\b", "ILIKE", "FETCH",
                r"\bCOLLATE (?!utf8mb4_nopad_bin)"),
    "mssql": (
        "NULLS (LAST|FIRST)", r"\bLIMIT\b", r"\bsubstr\(", r"\|\|", "LATERAL", r"\)\s*[<>]=?\s*\(", r"\b(true|false)\b",
        "ILIKE", r"\bREGEXP", "IS (NOT )?(TRUE|FALSE)",
    ),
    "oracle": (
        r"\bLIMIT\b", r"(FROM|JOIN) \w+ AS\b", r"\) AS [a-z]\b(?=,| ON| WHERE| CROSS|$)", r"\b(true|false)\b", "ILIKE",
        r"\bAPPLY\b", "%s",
    ),
}  # fmt: skip


NUMBERS_OF_PLACES = {
    "sqlite": r"CAST\(t\.(lat|lng) AS REAL\)",
    "postgresql": r"CASE WHEN \(t\.(\w+) ~ ''\) THEN CAST\(t\.\1 AS DOUBLE PRECISION\) END",
    "mariadb": r"CAST\(t\.(lat|lng) AS DECIMAL\(20, 15\)\)",
    "mssql": r"TRY_CAST \(t\.(lat|lng) AS DOUBLE PRECISION\)",
    "oracle": r"CASE WHEN regexp_like\(t\.(\w+), ''\) THEN to_number\(t\.\1, '', ''\) END",
}
"""How each dialect takes a number from a text, which fails for no text: of no number it takes zero, or nothing."""


def plain(text: str) -> str:
    """A text without its constants, in which anything may stand."""
    return re.sub(r"'(?:[^']|'')*'", "''", text)


@pytest.mark.parametrize("dialect", NAMES)
def test_no_statement_uses_what_its_dialect_does_not_have(dialect: str) -> None:
    for name, question in QUESTIONS.items():
        text = re.sub(NUMBERS_OF_PLACES[dialect], "0", plain(statement(dialect, question).text))
        for pattern in (*FORBIDDEN[dialect], A_CAST_THAT_MAY_RAISE):
            assert not re.search(pattern, text, re.IGNORECASE), (name, pattern, text)
        # A value list has exactly as many parameters as the statement has places.
        marks = {"mariadb": r"%s", "oracle": r":[nkp]\d+", "postgresql": r"\$\d+"}.get(dialect, r"\?")
        places = re.findall(marks, text)
        expected = len(set(places)) if dialect == "postgresql" else len(places)
        assert len(statement(dialect, question).parameters) == expected, name


@pytest.mark.parametrize("name", QUESTIONS)
def test_sql_server_orders_inside_a_derived_table_only_with_a_limit(name: str) -> None:
    text = plain(statement("mssql", QUESTIONS[name]).text)
    for at in (found.start() for found in re.finditer("ORDER BY", text)):
        depth, rest = 0, ""
        for sign in text[at:]:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                break
            rest += sign
        # At the outermost level, or in a window, or with its limit.
        outermost = text[:at].count("(") == text[:at].count(")")
        window = re.search(r"OVER \((PARTITION BY n )?$", text[:at])
        assert outermost or window or re.search(r"OFFSET 0 ROWS FETCH NEXT \d+ ROWS ONLY$", rest), rest


@pytest.mark.parametrize("name", QUESTIONS)
def test_oracle_selects_from_something(name: str) -> None:
    text = plain(statement("oracle", QUESTIONS[name]).text)
    assert len(re.findall(r"\bSELECT\b", text)) == len(re.findall(r"\bFROM\b", text))
