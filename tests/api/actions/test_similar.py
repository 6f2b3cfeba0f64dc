"""Similar complaints: planted pairs are found, what only resembles them is not, and not everybody is told."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime
from typing import NamedTuple

from models.policy.viewer import Role
from sample.complaints.texts import CATEGORIES
from tests.api.actions.conftest import City
from tests.api.hub import codes_of

ASKED = """query ($category: String!, $position: PositionInput!, $description: String!) {
  similarComplaints(categoryCode: $category, position: $position, description: $description) {
    distanceMeters score complaint { ticketNumber } } }"""
PLANTED = 60
_WORDS = ("mohon segera", "sudah seminggu", "tolong ditangani", "warga resah", "setiap hari", "dekat warung", "parah")
_DEGREES_OF_METER = 1 / 111_320


class Report(NamedTuple):
    """What somebody is about to report: the problem of the complaint with this ticket, or one that nobody reported."""

    ticket: str | None
    category: str
    latitude: float
    longitude: float
    words: str


def planted(city: City) -> list[Report]:
    """Complaints in the department's own database: a problem each, with others of the same kind around them."""
    draw = random.Random(7)
    reports: list[Report] = []
    rows = []
    places = city.rows(
        "SELECT kd_desa, lat, lng FROM tbl_pengaduan WHERE lat LIKE '-6.1%' AND lng LIKE '106.6%' "
        "AND length(kd_desa) = 13 ORDER BY id_pengaduan LIMIT ?",
        PLANTED,
    )
    for number, (area, latitude, longitude) in enumerate(places):
        kind = CATEGORIES[number % len(CATEGORIES)]
        problem, *others = draw.sample(kind.problems, len(kind.problems))
        ticket = f"TANAM-{number:04}"
        rows.append((ticket, kind.code, f"{problem}. {draw.choice(_WORDS)}", area, latitude, longitude))
        rows += [(f"{ticket}-{at}", kind.code, other, area, latitude, longitude) for at, other in enumerate(others[:2])]
        for about, words in ((ticket, problem), *((None, other) for other in others[2:3])):
            north, east = (float(at) + draw.uniform(-60, 60) * _DEGREES_OF_METER for at in (latitude, longitude))
            reports.append(Report(about, kind.code, north, east, _said_again(words, draw)))
    connection = sqlite3.connect(city.laksa)
    now = datetime.now(UTC).strftime("%d-%m-%Y %H:%M")
    connection.executemany(
        "INSERT INTO tbl_pengaduan (no_tiket, kd_kategori, isi_laporan, kd_desa, lat, lng, tgl_pengaduan, stts, "
        f"kd_opd, sumber, publikasi, hapus) VALUES (?, ?, ?, ?, ?, ?, '{now}', '0', 'DPUPR', 'Web', 'Publik', 'T')",
        rows,
    )
    connection.commit()
    connection.close()
    return reports


def _said_again(problem: str, draw: random.Random) -> str:
    """The same in other words: one is missing, and others stand around it."""
    words = problem.split()
    if len(words) > 5:
        words.remove(draw.choice(words[1:]))
    return f"{draw.choice(_WORDS)} {' '.join(words)} {draw.choice(_WORDS)}"


async def test_planted_pairs_are_found_and_others_are_not(city: City) -> None:
    """By the first suggestion for each report; of the reports 57 are of new problems at the same place."""
    reports = planted(city)
    right = suggested = 0
    for report in reports:
        answer = await city.hub.ask(
            ASKED,
            city.resident(),
            category=report.category,
            position={"latitude": report.latitude, "longitude": report.longitude},
            description=report.words,
        )
        similar = answer.json()["data"]["similarComplaints"]
        suggested += bool(similar)
        right += bool(similar) and similar[0]["complaint"]["ticketNumber"] == report.ticket
    pairs = sum(report.ticket is not None for report in reports)
    assert (pairs, len(reports)) == (PLANTED, 117)
    assert right / pairs >= 0.9
    assert right / suggested >= 0.8


async def test_strangers_and_officers_are_suggested_nothing(city: City) -> None:
    place = {"latitude": -6.19, "longitude": 106.66}
    for headers in ({}, city.officer(), city.hub.bearer(Role.ANALYST)):
        answer = await city.hub.ask(ASKED, headers, category="K01", position=place, description="Lubang")
        assert codes_of(answer) == ["FORBIDDEN"]
