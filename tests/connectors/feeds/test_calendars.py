"""Calendars: what happens once, what happens again, and what an event says of single times of it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.feeds import Calendar
from connectors.http.access import AnswerTooLarge, UnusableAnswer
from models.sources.findings import FindingKind
from sample.city import SIZES
from sample.events import source as sample_events
from sample.events.source import calendar
from tests.graph.test_events import row_of

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
CALENDAR = Calendar(JAKARTA)
START = {"DTSTART;TZID=Asia/Jakarta": "20261103T080000", "DTEND;TZID=Asia/Jakarta": "20261103T110000"}


def entries(
    *events: dict[str, str], kind: Calendar = CALENDAR, flaws: Counter[FindingKind] | None = None
) -> list[dict[str, str | None]]:
    body = calendar([{"UID": "u", **event} for event in events])
    return [dict(entry) for entry in kind.entries(body, NOW, flaws if flaws is not None else Counter())]


def starts(*events: dict[str, str], kind: Calendar = CALENDAR) -> list[str | None]:
    return [entry["dtstart"] for entry in entries(*events, kind=kind)]


def test_the_sample_city_s_calendar_comes_out_value_for_value(tmp_path: Path) -> None:
    columns = (
        "uid", "summary", "description", "location", "categories", "organizer", "url", "status", "dtstart", "dtend",
        "geo", "last_modified", "x_area_code",
    )  # fmt: skip
    size = SIZES["small"]
    sample_events.DROP.write(tmp_path, size, 3)
    body = (tmp_path / sample_events.FILE).read_bytes()
    rows = [tuple(entry.get(name) for name in columns) for entry in CALENDAR.entries(body, NOW, Counter())]
    assert sorted(rows, key=str) == sorted(map(row_of, sample_events.generate(size, 3)), key=str)
    assert len(rows) == size.events + 16


# --- Once -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "start", "end"),
    [
        (START, "2026-11-03T08:00:00+07:00", "2026-11-03T11:00:00+07:00"),
        ({"DTSTART": "20261103T010000Z", "DURATION": "PT3H"}, "2026-11-03T01:00:00+00:00", "2026-11-03T04:00:00+00:00"),
        ({"DTSTART": "20261103T080000"}, "2026-11-03T08:00:00+07:00", "2026-11-03T08:00:00+07:00"),
        ({"DTSTART;VALUE=DATE": "20261103"}, "2026-11-03", "2026-11-04"),
        ({"DTSTART;VALUE=DATE": "20261103", "DTEND;VALUE=DATE": "20261106"}, "2026-11-03", "2026-11-06"),
        ({"DTSTART;VALUE=DATE": "20261103", "DURATION": "P2D"}, "2026-11-03", "2026-11-05"),
        (
            {"DTSTART;TZID=SE Asia Standard Time": "20261103T080000"},
            "2026-11-03T08:00:00+07:00",
            "2026-11-03T08:00:00+07:00",
        ),
        ({"DTSTART;VALUE=DATE": "20010101"}, "2001-01-01", "2001-01-02"),
        (
            {"DTSTART;TZID=Europe/Berlin": "20261024T220000", "DTEND;TZID=Europe/Berlin": "20261025T040000"},
            "2026-10-24T22:00:00+02:00",
            "2026-10-25T04:00:00+01:00",
        ),
    ],
)
def test_when_it_is(event: dict[str, str], start: str, end: str) -> None:
    (entry,) = entries(event)
    assert (entry["uid"], entry["dtstart"], entry["dtend"]) == ("u", start, end)


def test_what_it_is() -> None:
    (entry,) = entries(
        {
            **START,
            "SUMMARY": "Bazar\\, musik \\; tari",
            "DESCRIPTION": "Satu\\nDua " + "panjang " * 30,
            "CATEGORIES": "Bazar,Kota",
            "GEO": "-6.1700;106.6",
            "STATUS": "CANCELLED",
            "ORGANIZER": "mailto:acara@example.com",
            "X-AREA-CODE": "36.71.05",
            "LAST-MODIFIED": "20261101T000000Z",
        }
    )
    assert (entry["summary"], entry["status"]) == ("Bazar, musik ; tari", "CANCELLED")
    assert (entry["description"] or "").startswith("Satu\nDua panjang panjang")
    assert (entry["categories"], entry["geo"], entry["x_area_code"]) == ("Bazar,Kota", "-6.1700;106.6", "36.71.05")
    assert (entry["organizer"], entry["last_modified"]) == ("acara@example.com", "2026-11-01T00:00:00+00:00")


# --- Again ------------------------------------------------------------------------------------------------------------


def test_every_tuesday() -> None:
    found = entries({**START, "RRULE": "FREQ=WEEKLY;COUNT=3"})
    assert [entry["uid"] for entry in found] == [
        "u/2026-11-03T08:00:00+07:00",
        "u/2026-11-10T08:00:00+07:00",
        "u/2026-11-17T08:00:00+07:00",
    ]
    assert [entry["dtend"] for entry in found][2] == "2026-11-17T11:00:00+07:00"


@pytest.mark.parametrize(
    ("rule", "count", "last"),
    [
        ("FREQ=WEEKLY;UNTIL=20261117T010000Z", 3, "2026-11-17T08:00:00+07:00"),
        ("FREQ=WEEKLY;UNTIL=20261117T005959Z", 2, "2026-11-10T08:00:00+07:00"),
        ("FREQ=WEEKLY;UNTIL=20261117", 3, "2026-11-17T08:00:00+07:00"),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=2", 2, "2026-12-01T08:00:00+07:00"),
        ("FREQ=WEEKLY", 55, "2027-11-16T08:00:00+07:00"),
        ("FREQ=YEARLY", 2, "2027-11-03T08:00:00+07:00"),
    ],
)
def test_a_rule_ends_where_it_says_or_with_the_span(rule: str, count: int, last: str) -> None:
    found = starts({**START, "RRULE": rule})
    assert (len(found), found[-1]) == (count, last)


def test_repetitions_before_the_span_are_counted_and_not_given() -> None:
    rule = {"DTSTART;TZID=Asia/Jakarta": "20200107T080000", "RRULE": "FREQ=WEEKLY"}
    assert starts(rule)[0] == "2026-08-25T08:00:00+07:00"
    assert starts({**rule, "RRULE": "FREQ=WEEKLY;COUNT=350"})[-1] == "2026-09-15T08:00:00+07:00"
    assert starts({**rule, "RRULE": "FREQ=WEEKLY;COUNT=10"}) == []


def test_what_is_weekly_at_eight_stays_at_eight_when_clocks_change() -> None:
    found = starts({"DTSTART;TZID=Europe/Berlin": "20261019T080000", "RRULE": "FREQ=WEEKLY;COUNT=2"})
    assert found == ["2026-10-19T08:00:00+02:00", "2026-10-26T08:00:00+01:00"]


def test_single_times_are_left_out_added_moved_and_cancelled() -> None:
    series = {
        **START,
        "RRULE": "FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Asia/Jakarta": "20261110T080000",
        "RDATE;TZID=Asia/Jakarta": "20261120T080000",
        "SUMMARY": "SANJUNG",
    }
    moved = {
        "RECURRENCE-ID;TZID=Asia/Jakarta": "20261117T080000",
        "DTSTART;TZID=Asia/Jakarta": "20261118T130000",
        "DTEND;TZID=Asia/Jakarta": "20261118T140000",
        "SUMMARY": "pindah",
    }
    cancelled = {**START, "RECURRENCE-ID": "20261124T010000Z", "STATUS": "CANCELLED", "DTSTART": "20261124T010000Z"}
    del cancelled["DTSTART;TZID=Asia/Jakarta"], cancelled["DTEND;TZID=Asia/Jakarta"]
    found = entries(series, moved, cancelled)
    assert [(entry["uid"], entry["dtstart"], entry["dtend"], entry["status"]) for entry in found] == [
        ("u/2026-11-03T08:00:00+07:00", "2026-11-03T08:00:00+07:00", "2026-11-03T11:00:00+07:00", None),
        ("u/2026-11-17T08:00:00+07:00", "2026-11-18T13:00:00+07:00", "2026-11-18T14:00:00+07:00", None),
        ("u/2026-11-20T08:00:00+07:00", "2026-11-20T08:00:00+07:00", "2026-11-20T11:00:00+07:00", None),
        ("u/2026-11-24T08:00:00+07:00", "2026-11-24T01:00:00+00:00", "2026-11-24T01:00:00+00:00", "CANCELLED"),
        ("u/2026-12-01T08:00:00+07:00", "2026-12-01T08:00:00+07:00", "2026-12-01T11:00:00+07:00", None),
    ]


def test_days_repeat_as_days() -> None:
    found = starts({"DTSTART;VALUE=DATE": "20261101", "RRULE": "FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE": "20261108"})
    assert found == ["2026-11-01", "2026-11-15"]


def test_of_two_revisions_the_later_counts() -> None:
    found = entries({**START, "SEQUENCE": "2", "SUMMARY": "b"}, {**START, "SEQUENCE": "1", "SUMMARY": "a"})
    assert [entry["summary"] for entry in found] == ["b"]


def test_another_day_has_other_repetitions() -> None:
    assert CALENDAR.stays(NOW, NOW + timedelta(hours=13))
    assert not CALENDAR.stays(NOW, NOW + timedelta(hours=14))


# --- What cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=10",
        "FREQ=HOURLY",
        "FREQ=NEVER",
        "INTERVAL=2",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=YEARLY;BYSETPOS=1;BYHOUR=7,8,9,10,11;BYMINUTE=0,10,20,30,40",
        "FREQ=WEEKLY;INTERVAL=0",
        "garbage",
    ],
)
def test_a_rule_that_cannot_be_worked_out_leaves_the_first_time_and_a_flaw(rule: str) -> None:
    flaws: Counter[FindingKind] = Counter()
    found = entries({**START, "RRULE": rule}, flaws=flaws)
    assert [entry["dtstart"] for entry in found] == ["2026-11-03T08:00:00+07:00"]
    assert flaws == {FindingKind.UNDECODABLE: 1}


def test_a_rule_of_all_days_since_the_year_one_is_given_up_soon() -> None:
    started = time.perf_counter()
    flaws: Counter[FindingKind] = Counter()
    assert entries({"DTSTART": "00010101T000000", "RRULE": "FREQ=DAILY"}, flaws=flaws) == []
    assert flaws == {FindingKind.UNDECODABLE: 1}
    assert time.perf_counter() - started < 2.0


def test_events_without_uid_or_start_are_left_out_and_counted() -> None:
    flaws: Counter[FindingKind] = Counter()
    body = calendar([{"SUMMARY": "x", **START}, {"UID": "a", "SUMMARY": "y"}, {"UID": "b", "DTSTART": "soon"}])
    assert CALENDAR.entries(body, NOW, flaws) == []
    assert flaws == {FindingKind.MISSING_KEY: 1, FindingKind.UNDECODABLE: 2}


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (b"", UnusableAnswer),
        (b"<html>", UnusableAnswer),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\n", UnusableAnswer),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 6_000 + b"END:VCALENDAR", AnswerTooLarge),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR", UnusableAnswer),
        (b"BEGIN:VCALENDAR\r\nno property\r\nEND:VCALENDAR", UnusableAnswer),
    ],
)
def test_what_is_no_whole_calendar_is_refused(body: bytes, refused: type[Exception]) -> None:
    with pytest.raises(refused) as raised:
        CALENDAR.entries(body, NOW, Counter())
    assert type(raised.value) is refused


IMPOSSIBLE = (
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=WEEKLY;BYMONTH=4;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=6;BYMONTHDAY=31;BYHOUR=1,2,3,4,5,6,7,8",
    "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
    "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
)
CPU_S_MAX = 5.0


@pytest.mark.parametrize("rule", IMPOSSIBLE)
def test_a_rule_that_never_happens_leaves_the_first_time_and_a_flaw(rule: str) -> None:
    flaws: Counter[FindingKind] = Counter()
    started = time.process_time()
    assert starts({**START, "RRULE": rule}) == ["2026-11-03T08:00:00+07:00"]
    entries({"DTSTART": "19000101T000000", "RRULE": rule}, flaws=flaws)
    assert flaws == {FindingKind.UNDECODABLE: 1}
    assert time.process_time() - started < CPU_S_MAX


def test_two_hundred_impossible_rules_take_nothing_from_the_other_events() -> None:
    flaws: Counter[FindingKind] = Counter()
    started = time.process_time()
    bad = [{**START, "UID": f"x{number}", "RRULE": IMPOSSIBLE[number % len(IMPOSSIBLE)]} for number in range(200)]
    found = entries(*bad, {**START, "UID": "a", "RRULE": "FREQ=WEEKLY;COUNT=2"}, {**START, "UID": "b"}, flaws=flaws)
    assert {str(entry["uid"]) for entry in found if str(entry["uid"])[0] != "x"} == {
        "a/2026-11-03T08:00:00+07:00", "a/2026-11-10T08:00:00+07:00", "b",
    }  # fmt: skip
    assert len(found) == 203
    assert flaws == {FindingKind.UNDECODABLE: 200}
    assert time.process_time() - started < CPU_S_MAX


@pytest.mark.parametrize(
    "rule", ["FREQ=DAILY;INTERVAL=2000000000", "FREQ=YEARLY;INTERVAL=100000", "FREQ=DAILY;COUNT=9"]
)
def test_a_rule_with_a_long_interval_happens_as_often_as_it_says(rule: str) -> None:
    assert len(starts({**START, "RRULE": rule})) == (9 if "COUNT" in rule else 1)


@pytest.mark.parametrize("rule", ["YEARLY;BYMONTH=9", "YEARLY;BYMONTH=2;BYMONTHDAY=29", "MONTHLY;BYDAY=5TU;BYMONTH=8"])
def test_a_rule_that_happens_first_beyond_the_span_is_no_flaw(rule: str) -> None:
    flaws: Counter[FindingKind] = Counter()
    assert entries({"DTSTART": "20271001T080000", "RRULE": f"FREQ={rule}"}, flaws=flaws) == []
    assert flaws == {}


def test_of_an_event_that_repeats_too_often_the_first_times_are_given() -> None:
    flaws: Counter[FindingKind] = Counter()
    found = entries(
        {**START, "UID": "a", "RRULE": "FREQ=DAILY"}, {**START, "UID": "b"},
        kind=Calendar(JAKARTA, times_max=20), flaws=flaws,
    )  # fmt: skip
    assert [str(entry["uid"])[:12] for entry in found] == ["b", *(f"a/2026-11-{day:02}" for day in range(3, 23))]
    assert flaws == {FindingKind.TOO_MANY: 1}


def test_what_is_too_much_in_all_is_left_out_of_what_repeats_last() -> None:
    flaws: Counter[FindingKind] = Counter()
    many = [{**START, "UID": str(number), "RRULE": "FREQ=DAILY"} for number in range(5)]
    found = entries(*many, {**START, "UID": "once"}, kind=Calendar(JAKARTA, occurrences_max=1_000), flaws=flaws)
    times = Counter(str(entry["uid"]).partition("/")[0] for entry in found)
    assert times == {"once": 1, "0": 382, "1": 382, "2": 233, "3": 1, "4": 1}
    assert flaws == {FindingKind.TOO_MANY: 3}


def test_what_takes_too_long_is_left_out_and_what_happens_once_is_given() -> None:
    flaws: Counter[FindingKind] = Counter()
    found = entries(
        {**START, "UID": "a", "RRULE": "FREQ=DAILY"}, {**START, "UID": "b"},
        kind=Calendar(JAKARTA, expansion_s_max=0.0), flaws=flaws,
    )  # fmt: skip
    assert [entry["uid"] for entry in found] == ["b"]
    assert flaws == {FindingKind.TOO_MANY: 1}


def test_bytes_of_an_old_program_are_read() -> None:
    body = calendar([{"UID": "a", **START, "SUMMARY": "café"}]).decode().encode("cp1252")
    (entry,) = CALENDAR.entries(body, NOW, Counter())
    assert entry["summary"] == "café"
