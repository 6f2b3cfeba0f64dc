"""The questions of docs/questions.md, asked as they stand there: each has exactly the answer that is printed there.

The answers are those of the small sample city at the moment at which it stands still, on every engine. After a change
`pytest tests/graph/test_questions.py --answers` prints them anew. Some are also what SQL says of the truth: of what the
sample knew before it was made dirty, in one clean table for each kind of record.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.departments.city import TANGERANG
from sample import areas
from sample.admissions import schools
from sample.citizens import source as citizens
from sample.city import CLOCK, SIZES
from sample.complaints import source as complaints
from sample.complaints.texts import CATEGORIES
from sample.emergencies import alerts
from sample.emergencies import source as emergencies
from sample.hospitals import beds_feed
from sample.hospitals import source as hospitals
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from sample.prices import source as prices
from tests import servers
from tests.graph.harness import City, Scribe, scribe_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "questions.md"
QUESTION = re.compile(
    r"^## (?P<title>.+)\n\n```graphql\n(?P<asked>[^`]+)```\n\n```json\n(?P<answer>[^`]*)\n```$", re.MULTILINE
)
QUESTIONS = {found["title"]: found["asked"] for found in QUESTION.finditer(PAGE.read_text(encoding="utf-8"))}
LINE_CHARS_MAX = 120


@pytest.mark.parametrize("title", QUESTIONS)
async def test_a_question_has_the_answer_of_the_page(
    whole: City, title: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole.records.reader, "clock", lambda: CLOCK)
    await hold(whole, title, renew=request.config.getoption("--answers", default=False))


async def hold(city: City, title: str, *, renew: bool) -> None:
    """Ask a question of the page, and hold the answer against the page or, to renew it, write it there."""
    answer = await city(QUESTIONS[title], now=CLOCK)
    assert answer.errors == []
    found = next(iter(answer.data.values()))
    assert len(next(found[name] for name in ("groups", "series", "cells", "nodes") if name in found)) > 1
    page = PAGE.read_text(encoding="utf-8")
    (place,) = (found for found in QUESTION.finditer(page) if found["title"] == title)
    told = laid_out(answer.data)
    if renew:
        PAGE.write_text(page[: place.start("answer")] + told + page[place.end("answer") :], encoding="utf-8")
    else:
        assert told == place["answer"]


def test_every_heading_of_the_page_has_its_question_and_answer() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUESTIONS) == page.count("\n## ") == page.count("```graphql") == page.count("```json") == 19


def laid_out(value: object, indent: int = 0) -> str:
    """JSON with as much on each line as fits."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + len(flat) <= LINE_CHARS_MAX:
        return flat
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {laid_out(one, indent + 2)}" for name, one in value.items()]
    else:
        parts = [laid_out(one, indent + 2) for one in value]
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    space = "\n" + " " * indent
    lines = f",{space}  ".join(filled(parts, LINE_CHARS_MAX - indent))
    return f"{opened}{space}  {lines}{space}{closed}"


def filled(parts: Iterable[str], width: int) -> list[str]:
    """Lines of these parts, which stand side by side where they are short."""
    lines: list[str] = []
    for part in parts:
        if lines and "\n" not in lines[-1] + part and len(f"{lines[-1]}, {part}") < width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


# --- The same in SQL --------------------------------------------------------------------------------------------------

SMALL = SIZES["small"]
ZONE = TANGERANG.time_zone
ROWS_AT_ONCE = 500
TEXT, NUMBER, REAL = "varchar(200)", "integer", "double precision"
TABLES: Mapping[str, Mapping[str, str]] = {
    "complaint": {
        "category": TEXT, "department": TEXT, "village": TEXT, "district": TEXT, "status": TEXT, "requested": TEXT,
        "hours": REAL,
    },
    "person": {"village": TEXT, "district": TEXT},
    "area": {"name": TEXT, "district": TEXT, "latitude": REAL, "longitude": REAL},
    "price": {"day": TEXT, "market": TEXT, "commodity": TEXT, "amount": NUMBER},
    "posting": {"title": TEXT, "organization": TEXT, "district": TEXT, "status": TEXT},
    "school": {"district": TEXT, "latitude": REAL, "longitude": REAL},
    "hospital": {"code": TEXT, "name": TEXT, "class": TEXT, "latitude": REAL, "longitude": REAL},
    "bed": {"hospital": TEXT, "care_class": TEXT, "available": NUMBER, "reported": TEXT},
    "license": {"type": TEXT, "district": TEXT, "status": TEXT, "until": TEXT},
    "alert": {"headline": TEXT, "words": "varchar(2000)", "sent": TEXT},
    "incident": {"weekday": NUMBER, "reported": TEXT},
}  # fmt: skip
NAMES = {area.code: area.name for area in areas.truth()}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local(at: datetime | None) -> str | None:
    """A moment on the city's wall clock, as texts sort."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if at is not None else None


def district_of(code: str | None) -> str | None:
    return NAMES.get(code[:8]) if code is not None else None


def _complaints() -> Iterator[tuple[object, ...]]:
    names = {category.code: category.name for category in CATEGORIES}
    for case in complaints.generate(SMALL):
        one = case.truth
        if not case.alive or one.publication not in ("PUBLIC", "ANONYMOUS"):
            continue
        done = [step.at for step in one.history if step.status_detail == "DONE"]
        hours = None
        if one.requested_at is not None and done and done[-1] is not None and done[-1] >= one.requested_at:
            hours = (done[-1] - one.requested_at).total_seconds() / 3600
        is_village = one.area_code is not None and len(one.area_code) > 8
        village = NAMES[one.area_code] if is_village and one.area_code is not None else None
        department = TANGERANG.department(one.department_code).abbreviation if one.department_code else None  # type: ignore[union-attr]  # there is one
        kind, district = names.get(one.category_code or ""), district_of(one.area_code)
        yield kind, department, village, district, one.status, local(one.requested_at), hours


def rows_of_truth() -> Mapping[str, Iterable[tuple[object, ...]]]:
    registered = {area.bps_code: area.name for area in areas.truth() if area.level == "DISTRICT"}
    kinds = {one.code: one.name for one in licenses.license_types()}
    granted = [case.license for case in licenses.generate(SMALL) if case.license is not None]
    calls = [case.truth for case in emergencies.generate(SMALL) if case.alive]
    reported = [at.astimezone(ZONE) for one in calls if one.disposition == "EMERGENCY" and (at := one.reported_at)]
    return {
        "complaint": _complaints(),
        "person": (
            (one.area_code, district_of(one.area_code))
            for one in (case.truth for case in citizens.generate(SMALL) if case.alive)
            if one.registration_status == "ALIVE"
        ),
        "area": (
            (one.name, district_of(one.code), one.latitude, one.longitude)
            for one in areas.truth()
            if one.level == "VILLAGE" and one.latitude is not None
        ),
        "price": (
            (one.day.isoformat(), one.market_name, one.commodity_name, one.amount)
            for one in (case.truth for case in prices.generate(SMALL))
        ),
        "posting": (
            (one.title, one.hiring_organization, NAMES.get(one.area_code or ""), one.status)
            for one in (case.truth for case in jobs.postings(SMALL) if case.alive)
        ),
        "school": (
            (district_of(one.area_code), *one.position)
            for one in (case.truth for case in schools.cases(SMALL))
            if one.position is not None
        ),
        "hospital": (
            (one.code, one.name, one.hospital_class, one.latitude, one.longitude) for one in hospitals.truth()
        ),
        "bed": ((one.hospital_code, one.care_class, one.available, local(one.as_of)) for one in beds_feed.truth()),
        "license": (
            (
                kinds.get(one.type_code or ""),
                registered.get(one.area_bps_code),
                one.status,
                one.valid_until and one.valid_until.isoformat(),
            )
            for one in (case.truth for case in granted)
        ),
        "alert": (
            (one.headline, f"{one.headline} {one.event} {one.description} {one.area_description}", local(one.sent))
            for one in alerts.truth()
            if one.status == "ACTUAL" and one.scope == "PUBLIC"
        ),
        "incident": ((at.weekday(), local(at)) for at in reported),
    }


@pytest.fixture(scope="module")
def truth_url(engine: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database for the truth alone."""
    if engine == "sqlite":
        yield f"sqlite:///{(tmp_path_factory.mktemp('truth') / 'truth.db').as_posix()}"
        return
    with (servers.postgres_database if engine == "postgresql" else servers.mariadb_database)(server) as url:
        yield url


@pytest.fixture(scope="module")
async def truth(truth_url: str) -> AsyncIterator[Scribe]:
    rows = rows_of_truth()
    async with scribe_of(truth_url) as scribe:
        for name, columns in TABLES.items():
            await scribe(f"CREATE TABLE {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})")
            table = sa.table(name, *(sa.column(one) for one in columns))
            given = [dict(zip(columns, row, strict=True)) for row in rows[name]]
            assert given
            async with scribe.engine.connect() as connection:
                for start in range(0, len(given), ROWS_AT_ONCE):
                    await connection.execute(table.insert().values(given[start : start + ROWS_AT_ONCE]))
        yield scribe


METERS = """2 * 6371008.8 * asin(sqrt(
    power(sin(radians({place}.latitude + 6.178) / 2), 2)
    + cos(radians(-6.178)) * cos(radians({place}.latitude))
      * power(sin(radians({place}.longitude - 106.63) / 2), 2)))"""

APART = """2 * 6371008.8 * asin(sqrt(
    power(sin(radians(hospital.latitude - area.latitude) / 2), 2)
    + cos(radians(area.latitude)) * cos(radians(hospital.latitude))
      * power(sin(radians(hospital.longitude - area.longitude) / 2), 2)))"""

SQL = {
    "How many complaints about roads are overdue, per 10,000 people, by district?": """
        WITH living AS (SELECT district, village, count(*) AS people FROM person GROUP BY district, village),
        settled AS (
          SELECT district, sum(floor((people + 2) / 5.0) * 5) AS people FROM living GROUP BY district),
        overdue AS (
          SELECT district, count(*) AS late FROM complaint
          WHERE category = 'Jalan rusak' AND status = 'OPEN' AND requested < '2026-11-13 00:00:00' GROUP BY district)
        SELECT overdue.district, late, late * 1e4 / people
        FROM overdue LEFT JOIN settled ON settled.district = overdue.district""",
    "Which villages have no hospital of class A or B within three kilometres?": f"""
        SELECT name, district, 1 FROM area
        WHERE NOT EXISTS (SELECT 1 FROM hospital WHERE class IN ('A', 'B') AND {APART} <= 3000)""",
    "How long does each department take, month by month?": """
        WITH known AS (
          SELECT department, substr(requested, 1, 7) AS month, hours,
                 row_number() OVER (PARTITION BY department, substr(requested, 1, 7) ORDER BY hours) AS place,
                 count(*) OVER (PARTITION BY department, substr(requested, 1, 7)) AS known
          FROM complaint
          WHERE status = 'CLOSED' AND department IN ('DPUPR', 'DLH', 'Dishub') AND requested >= '2026-09-01'
            AND hours IS NOT NULL)
        SELECT department, month, max(known), avg(hours) FROM known
        WHERE 2 * place BETWEEN known AND known + 2 GROUP BY department, month""",
    "Where was rice cheapest on each day?": """
        WITH cheapest AS (
          SELECT market, day, amount, row_number() OVER (PARTITION BY day ORDER BY amount) AS place
          FROM price
          WHERE commodity = 'Beras I/A' AND amount IS NOT NULL AND day >= '2026-11-12' AND day < '2026-11-17')
        SELECT market, day, amount FROM cheapest WHERE place = 1""",
    "Which jobs are open in the districts of the schools around a place?": f"""
        SELECT title, organization, district FROM posting WHERE status = 'OPEN' AND district IN (
          SELECT district FROM school WHERE {METERS.format(place="school")} <= 1500)""",
    "Which hospitals near a place have a free bed, by reports of the last two hours?": f"""
        WITH free AS (
          SELECT hospital.code, hospital.name, {METERS.format(place="hospital")} AS meters, care_class, available
          FROM hospital JOIN bed ON bed.hospital = hospital.code
          WHERE available > 0 AND reported >= '2026-11-19 22:00:00'),
        nearest AS (
          SELECT name, care_class, available, dense_rank() OVER (ORDER BY meters) AS place FROM free
          WHERE meters <= 8000)
        SELECT name, care_class, available FROM nearest WHERE place <= 5""",
    "Which licenses expire in the next half year, by type and district?": """
        SELECT type, district, count(*) FROM license
        WHERE status = 'ACTIVE' AND until >= '2026-11-20' AND until < '2027-05-20' GROUP BY type, district""",
    "Where and when were floods reported, and which alerts about rain were sent?": """
        SELECT village, substr(requested, 1, 10), count(*) FROM complaint
        WHERE lower(category) LIKE '%banjir%' AND requested >= '2026-11-10' GROUP BY village, substr(requested, 1, 10)
        UNION ALL
        SELECT headline, sent, 1 FROM alert WHERE lower(words) LIKE '%hujan%' AND sent >= '2026-11-10'""",
    "At which hours of which days do emergencies come in?": """
        SELECT weekday, substr(reported, 12, 2), count(*) FROM incident
        WHERE reported >= '2025-11-20' GROUP BY weekday, substr(reported, 12, 2)""",
}


def name_of(one: Mapping[str, Any] | None, field: str = "name") -> Any:
    return one[field] if one is not None else None


def told(data: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of an answer as SQL gives them."""
    ((field, found), *others) = data.items()
    if field == "hospitals":
        return [(one["name"], bed["careClass"], bed["available"]) for one in found["nodes"] for bed in one["beds"]]
    if field == "areas":
        return [(one["name"], name_of(one["parent"]), 1) for one in found["nodes"]]
    if field == "jobPostings":
        return [(one["title"], one["hiringOrganization"], name_of(one["area"])) for one in found["nodes"]]
    groups = [(one, one["key"]) for one in found["groups"]]
    if field == "marketPriceGroups":
        return [(key["marketName"], key["period"]["label"], int(one["price"]["min"]["amount"])) for one, key in groups]
    if field == "licenseGroups":
        return [(name_of(key["type"]), name_of(key["area"]), one["count"]) for one, key in groups]
    if field == "complaintGroups" and "per10000" in found["groups"][0]:
        return [(name_of(key["area"]), one["count"], one["per10000"]) for one, key in groups]
    if field == "incidentGroups":
        return [(WEEKDAYS.index(key["weekdayLabel"]), f"{key['hourOfDay']:02}", one["count"]) for one, key in groups]
    if others:
        sent = [(one["headline"], one["sent"][:19].replace("T", " "), 1) for one in others[0][1]["nodes"]]
        return [(name_of(key["area"]), key["period"]["label"], one["count"]) for one, key in groups] + sent
    return [
        (key["department"]["abbreviation"], key["period"]["label"], time["known"], time["medianHours"])
        for one, key in groups
        if (time := one["timeToResolution"])["known"]
    ]


@pytest.mark.parametrize("title", SQL)
async def test_the_graph_says_what_sql_says(whole: City, truth: Scribe, title: str) -> None:
    # All of it, where the page prints the first rows.
    asked = QUESTIONS[title].replace("first: 8,", "first: 500,").replace("first: 12,", "first: 500,")
    asked = asked.replace("first: 20,", "first: 500,").replace("careClassLabel", "careClass")
    answer = await whole(asked, now=CLOCK)
    assert answer.errors == []
    expected = [tuple(map(plain, row)) for row in await truth.rows(SQL[title])]
    found = [tuple(map(plain, row)) for row in told(answer.data)]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(expected) > 2


def plain(value: object) -> object:
    """A value without what engines disagree about: the type of a number, and its last digits."""
    return round(float(value), 6) if isinstance(value, Decimal | float) else value
