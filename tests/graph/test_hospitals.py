"""Hospitals through the hub, on each engine: the truth of every field, and counts of beds that say how old they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.departments import hospitals as departments
from connectors.mapping import Mapping
from models.hospitals import BedAvailability, Hospital, PractitionerSchedule
from models.records import PersonalClass
from models.sources.findings import FindingKind
from models.values.localized import Language
from resolvers.records import Columns, Read
from sample import areas
from sample.city import CLOCK
from sample.hospitals import schedules as hospital_schedules
from sample.hospitals import source as hospitals
from sample.hospitals.beds import BedTruth
from sample.hospitals.schedules import ScheduleTruth
from schema.core.relay import GlobalId
from tests.graph.filters import plain
from tests.graph.harness import City, Scribe, Urls, opened, request_of, scribe_of

RECORDS = (Hospital, BedAvailability, PractitionerSchedule)
MAPPINGS = (departments.HOSPITALS, departments.BEDS_BY_ROOMS, departments.SCHEDULES)
FRESH_FOR = timedelta(minutes=15)
HOSPITALS = """
{ hospitals(first: 100, orderBy: [{code: ASC}]) { totalCount nodes {
    id code name kind hospitalClass owner phone address area { code } position { latitude longitude }
    beds { careClass capacity available reportedAt provenance { asOf freshness servedFrom department { code } } }
    schedules(first: 100) { nodes { id practitionerName serviceName weekday opens closes quota } }
} } }
"""


@pytest.fixture(scope="module")
def beds() -> list[BedTruth]:
    return hospitals.beds()


@pytest.fixture(scope="module")
def schedules() -> list[ScheduleTruth]:
    return hospitals.schedules()


def freshness(truth: BedTruth, now: datetime) -> str:
    if truth.as_of is None:
        return "UNKNOWN"
    return "FRESH" if now - truth.as_of <= FRESH_FOR else "STALE"


def shown_beds(truth: BedTruth, now: datetime) -> dict[str, Any]:
    return {
        "careClass": truth.care_class,
        "capacity": truth.capacity,
        "available": truth.available,
        "reportedAt": truth.as_of.isoformat() if truth.as_of is not None else None,
        "provenance": {
            "asOf": truth.as_of.isoformat() if truth.as_of is not None else None,
            "freshness": freshness(truth, now),
            "servedFrom": "SOURCE",
            "department": {"code": "dinkes"},
        },
    }


def shown_schedule(truth: ScheduleTruth) -> dict[str, Any]:
    return {
        "id": str(GlobalId("PractitionerSchedule", truth.id)),
        "practitionerName": truth.practitioner_name,
        "serviceName": truth.service_name,
        "weekday": truth.weekday,
        "opens": truth.opens,
        "closes": truth.closes,
        "quota": truth.quota,
    }


def shown(beds: list[BedTruth], schedules: list[ScheduleTruth], now: datetime) -> Iterator[dict[str, Any]]:
    """All hospitals as the graph writes them at a moment."""
    for truth in hospitals.truth():
        placed = {"latitude": truth.latitude, "longitude": truth.longitude}
        yield {
            "id": str(GlobalId("Hospital", truth.code)),
            "code": truth.code,
            "name": truth.name,
            "kind": truth.kind,
            "hospitalClass": truth.hospital_class,
            "owner": truth.owner,
            "phone": truth.phone,
            "address": truth.address,
            "area": {"code": truth.area_code} if truth.area_code else None,
            "position": placed if truth.latitude is not None else None,
            "beds": [shown_beds(one, now) for one in beds if one.hospital_code == truth.code],
            "schedules": {"nodes": [shown_schedule(one) for one in schedules if one.hospital_code == truth.code]},
        }


async def test_every_hospital_is_the_truth_with_beds_and_schedules(
    city: City, beds: list[BedTruth], schedules: list[ScheduleTruth]
) -> None:
    answer = await city(HOSPITALS, now=CLOCK)
    assert answer.errors == []
    assert answer.data["hospitals"]["totalCount"] == 34
    assert answer.data["hospitals"]["nodes"] == list(shown(beds, schedules, CLOCK))
    # Page and count of hospitals, beds, schedules; areas.
    assert answer.statements == {"hospitals": 4, "areas": 1}


async def test_fields_are_the_truth_below_the_graph(
    city: City, beds: list[BedTruth], schedules: list[ScheduleTruth]
) -> None:
    async def rows(record: Any, *names: str) -> list[tuple[object, ...]]:
        batch = await city.records.read(request_of(), Read(record, Columns(joined=frozenset(names)), rows_max=5_000))
        return list(zip(*([plain(value) for value in batch.joining(name)] for name in names), strict=True))

    found = await rows(
        Hospital, "id", "code", "name", "kind", "hospital_class", "owner", "phone", "address", "area_code"
    )
    assert found == [(one.code, *one[:8]) for one in hospitals.truth()]
    counted = await rows(BedAvailability, "id", "hospital_id", "care_class", "capacity", "available")
    assert counted == [(f"{one.hospital_code}-{one.care_class}", *one[:4]) for one in beds]
    listed = await rows(
        PractitionerSchedule,
        "id", "hospital_id", "practitioner_name", "service_name", "weekday", "opens", "closes", "quota",
    )  # fmt: skip
    assert listed == [tuple(one) for one in schedules]


# --- How old a count is: the point of this subject --------------------------------------------------------------------


async def test_a_count_fetched_now_is_stale_when_its_oldest_report_is_old(city: City, beds: list[BedTruth]) -> None:
    query = "{ hospitals(first: 100) { nodes { beds { provenance { asOf fetchedAt freshness } } } } }"

    async def told(now: datetime) -> tuple[Counter[str], list[dict[str, Any]]]:
        nodes = (await city(query, now=now)).data["hospitals"]["nodes"]
        counts = [count["provenance"] for node in nodes for count in node["beds"]]
        return Counter(count["freshness"] for count in counts), counts

    at_the_clock, _ = await told(CLOCK)
    assert at_the_clock == Counter(freshness(one, CLOCK) for one in beds)
    assert min(at_the_clock["FRESH"], at_the_clock["STALE"], at_the_clock["UNKNOWN"]) >= 10
    today = datetime.now(UTC)
    later, counts = await told(today)
    assert set(later) == {"STALE", "UNKNOWN"}
    assert all(abs(datetime.fromisoformat(count["fetchedAt"]) - today) < timedelta(minutes=1) for count in counts)


@pytest.mark.parametrize(("seconds", "expected"), [(0, "FRESH"), (1, "STALE")])
async def test_fifteen_minutes_are_the_border(city: City, beds: list[BedTruth], seconds: int, expected: str) -> None:
    truth = next(one for one in beds if one.as_of is not None)
    assert truth.as_of is not None
    now = truth.as_of + FRESH_FOR + timedelta(seconds=seconds)
    query = "query ($id: ID!) { node(id: $id) { provenance { freshness asOf } } }"
    count_id = str(GlobalId("BedAvailability", f"{truth.hospital_code}-{truth.care_class}"))
    answer = await city(query, id=count_id, now=now)
    assert answer.data["node"]["provenance"] == {"freshness": expected, "asOf": truth.as_of.isoformat()}


async def test_the_oldest_report_is_told_of_the_source(city: City, beds: list[BedTruth]) -> None:
    answer = await city("{ hospitals(first: 100) { nodes { beds { capacity } } } }")
    oldest = min(one.as_of for one in beds if one.as_of is not None)
    assert answer.request.report.lines["hospitals"].as_of == oldest


async def test_a_sum_is_as_old_as_its_oldest_report_whether_its_age_is_selected_or_not(
    city: City, beds: list[BedTruth]
) -> None:
    oldest = min(one.as_of for one in beds if one.as_of is not None)
    sums = "totals { available { sum } }"
    for selected in (sums, f"{sums} provenance {{ asOf }}", f"groups {{ staleCount }} {sums}"):
        answer = await city(f"{{ bedAvailabilityGroups(by: [CARE_CLASS]) {{ {selected} }} }}", now=CLOCK)
        assert answer.request.report.ages == {("hospitals", "bed_availability"): oldest}
        assert answer.data["bedAvailabilityGroups"].get("provenance", {"asOf": oldest.isoformat()}) == {
            "asOf": oldest.isoformat()
        }


@pytest.mark.parametrize(
    "wanted",
    [None, {"FRESH"}, {"FRESH", "UNKNOWN"}, {"STALE"}, set()],
    ids=lambda one: "all" if one is None else "+".join(sorted(one)) or "none",
)
async def test_a_sum_says_how_many_reports_are_stale_and_leaves_them_out(
    city: City, beds: list[BedTruth], wanted: set[str] | None
) -> None:
    argument = "" if wanted is None else f", freshness: [{', '.join(sorted(wanted))}]"
    answer = await city(
        f"""{{ bedAvailabilityGroups(by: [CARE_CLASS]{argument}) {{
            groups {{ key {{ careClass }} count staleCount available {{ sum }} }}
            totals {{ count staleCount available {{ sum }} }}
            provenance {{ asOf freshness }}
        }} }}""",
        now=CLOCK,
    )
    assert answer.errors == []
    kept = [one for one in beds if wanted is None or freshness(one, CLOCK) in wanted]

    def figures(some: list[BedTruth]) -> dict[str, Any]:
        stale = sum(freshness(one, CLOCK) == "STALE" for one in some)
        return {
            "count": len(some),
            "staleCount": stale,
            "available": {"sum": sum(one.available for one in some) if some else None},
        }

    told = answer.data["bedAvailabilityGroups"]
    classes = {one.care_class for one in kept}
    assert {group.pop("key")["careClass"]: group for group in told["groups"]} == {
        name: figures([one for one in kept if one.care_class == name]) for name in classes
    }
    assert told["totals"] == figures(kept)
    ages = [one.as_of for one in kept if one.as_of is not None]
    if ages:
        state = "FRESH" if wanted and "STALE" not in wanted else "STALE"
        assert told["provenance"] == {"asOf": min(ages).isoformat(), "freshness": state}


# --- Beds as the issue asks for them ----------------------------------------------------------------------------------


async def test_beds_of_a_hospital_in_the_words_of_the_request(city: City, beds: list[BedTruth]) -> None:
    code = next(one.hospital_code for one in beds if one.care_class == "CLASS_3")
    query = (
        "query ($code: String!) { hospital(code: $code) { name beds { careClass careClassLabel capacity available } } }"
    )
    labels = {"CLASS_1": "Kelas 1", "CLASS_2": "Kelas 2", "CLASS_3": "Kelas 3", "ICU": "Perawatan intensif",
              "ISOLATION": "Isolasi", "UNKNOWN": "Tidak diketahui", "VIP": "VIP", "VVIP": "VVIP"}  # fmt: skip
    answer = await city(query, code=code, language=Language.ID)
    assert answer.errors == []
    assert answer.data["hospital"]["beds"] == [
        {
            "careClass": one.care_class, "careClassLabel": labels[one.care_class],
            "capacity": one.capacity, "available": one.available,
        }
        for one in beds if one.hospital_code == code
    ]  # fmt: skip
    assert answer.statements == {"hospitals": 2}


async def test_a_hospital_that_reports_no_room_has_no_beds_and_no_error(city: City) -> None:
    silent = [case.truth.code for case in hospitals.cases() if not case.has_rooms]
    answer = await city("{ hospitals(first: 100) { nodes { code beds { capacity } } } }")
    assert answer.errors == []
    assert [node["code"] for node in answer.data["hospitals"]["nodes"] if node["beds"] == []] == silent
    assert len(silent) == 2


async def test_beds_lead_back_to_their_hospital_which_comes_with_them(city: City) -> None:
    back = "hospital { code }"
    query = f"{{ hospitals(first: 40) {{ nodes {{ code beds {{ {back} }} schedules {{ nodes {{ {back} }} }} }} }} }}"
    answer = await city(query)
    assert answer.errors == []
    for node in answer.data["hospitals"]["nodes"]:
        children = [*node["beds"], *node["schedules"]["nodes"]]
        assert {child["hospital"]["code"] for child in children} == {node["code"]}
    assert answer.statements == {"hospitals": 3}


async def test_unknown_classes_of_care_are_one_row_and_a_finding(city: City, beds: list[BedTruth]) -> None:
    unknown = [one for one in beds if one.care_class == "UNKNOWN"]
    city.findings.clear()
    await city("{ hospitals(first: 100) { nodes { beds { careClass } } } }")
    counted = sum(
        finding.count
        for finding in city.findings
        if (finding.record, finding.field, finding.kind) == ("bed_availability", "care_class", FindingKind.UNKNOWN_CODE)
    )
    assert counted == len(unknown) >= 5


# --- Filters and ways ------------------------------------------------------------------------------------------------


async def test_filters_find_what_the_truth_has(city: City, schedules: list[ScheduleTruth]) -> None:
    register = hospitals.truth()
    cases = {
        '{kind: {eq: MOTHER_AND_CHILD}}': [one.code for one in register if one.kind == "MOTHER_AND_CHILD"],
        '{hospitalClass: {in: [B, UNKNOWN]}}': [one.code for one in register if one.hospital_class in ("B", "UNKNOWN")],
        '{name: {contains: "sari asih"}}': [one.code for one in register if "Sari Asih" in one.name],
        '{areaCode: {eq: "36.71.05"}}': [one.code for one in register if one.area_code == "36.71.05"],
        '{areaCode: {isNull: true}}': [one.code for one in register if one.area_code is None],
        '{owner: {isNull: false}}': [one.code for one in register if one.owner is not None],
    }  # fmt: skip
    for given, expected in cases.items():
        answer = await city(f"{{ hospitals(first: 100, filter: {given}) {{ totalCount nodes {{ code }} }} }}")
        assert answer.errors == [], given
        assert [node["code"] for node in answer.data["hospitals"]["nodes"]] == expected, given
        assert answer.data["hospitals"]["totalCount"] == len(expected) > 0
    early = '{weekday: {eq: SUNDAY}, opens: {in: ["08:00", "09:30", "08.00"]}}'
    answer = await city(
        f"{{ hospitals(first: 100) {{ nodes {{ schedules(first: 100, filter: {early}) {{ nodes {{ id }} }} }} }} }}"
    )
    found = {one["id"] for node in answer.data["hospitals"]["nodes"] for one in node["schedules"]["nodes"]}
    assert found == {
        str(GlobalId("PractitionerSchedule", one.id))
        for one in schedules if one.weekday == "SUNDAY" and one.opens in ("08:00", "09:30")
    }  # fmt: skip
    assert len(found) >= 2


async def test_hospitals_of_an_area_are_those_in_and_below_it(city: City) -> None:
    query = """
    { areas(first: 100, filter: {level: {in: [CITY, DISTRICT]}}) {
        nodes { code hospitals(first: 100) { nodes { code } } }
    } }
    """
    answer = await city(query)
    assert answer.errors == []
    assert answer.statements == {"areas": 1, "hospitals": 1}
    register = hospitals.truth()
    found = {
        node["code"]: [one["code"] for one in node["hospitals"]["nodes"]] for node in answer.data["areas"]["nodes"]
    }
    assert found == {
        area.code: [one.code for one in register if one.area_code and one.area_code.startswith(area.code)]
        for area in areas.truth() if area.level != "VILLAGE"
    }  # fmt: skip
    assert len(found["36.71"]) == 33


async def test_one_hospital_by_its_code_and_by_its_id(city: City) -> None:
    given = {"id": str(GlobalId("Hospital", "3671208")), "code": "3671208"}
    query = """
    query ($id: ID!, $code: String!) {
      a: hospital(id: $id) { name } b: hospital(code: $code) { name } c: hospital(code: "1") { name }
    }
    """
    answer = await city(query, variables=given)
    name = {"name": "RS Umum Daerah Kota Tangerang"}
    assert (answer.errors, answer.data) == ([], {"a": name, "b": name, "c": None})


# --- What is not in the graph -----------------------------------------------------------------------------------------


def test_the_number_of_an_employee_is_read_by_no_field() -> None:
    columns = dict(hospital_schedules.DOKTER.columns)
    assert "nik" in columns
    for mapping in MAPPINGS:
        assert "nik" not in legacy_names(mapping)


def legacy_names(mapping: Mapping) -> set[str]:
    return set(mapping.selectable.c.keys()) | {name for one in mapping.columns.values() for name in one.legacy}


def test_nothing_is_about_a_patient_and_nothing_is_personal() -> None:
    words = {word for record in RECORDS for name in record.fields for word in name.split("_")}
    assert words & {"patient", "diagnosis", "nik", "birth", "age", "sex"} == set()
    classes = {field.personal for record in RECORDS for field in record.fields.values()}
    assert classes == {PersonalClass.NON_PERSONAL}


# --- When rooms change ------------------------------------------------------------------------------------------------


async def test_a_new_report_makes_a_count_fresh_and_a_lost_one_makes_it_unknown(broken_urls: Urls) -> None:
    code = "3671208"
    query = """
    query ($code: String!) {
      hospital(code: $code) { beds { careClass capacity available provenance { freshness } } }
    }
    """

    async def told(city: City) -> list[tuple[object, ...]]:
        found = (await city(query, code=code, now=CLOCK)).data["hospital"]["beds"]
        return [(*list(one.values())[:3], one["provenance"]["freshness"]) for one in found]

    async def report(scribe: Scribe, kind: str, status: str, at: str | None, alive: str = "1") -> None:
        number = len(scribe.changes) + 1
        scribe.changes.append(kind)
        values = {"key": f"X{number}", "kind": kind, "status": status, "alive": alive, "at": at}
        await scribe("INSERT INTO kamar VALUES (:key, 'BX', :kind, :status, :alive, :at)", **values)

    async with opened(broken_urls) as city, scribe_of(broken_urls["hospitals"]) as scribe:
        await scribe(
            "DELETE FROM kamar WHERE kd_bangsal IN (SELECT kd_bangsal FROM bangsal WHERE kd_rs = :code)", code=code
        )
        assert await told(city) == []
        await scribe("INSERT INTO bangsal VALUES ('BX', 'Ruang Uji', :code)", code=code)
        await report(scribe, "KL1", "KOSONG", "2026-11-19 23:50:00")
        await report(scribe, "kelas 1 ", "ISI", "2026-11-19 23:59:00")
        await report(scribe, "1", "KOSONG", "2020-01-01 00:00:00", alive="0")
        assert await told(city) == [("CLASS_1", 2, 1, "FRESH")]
        await report(scribe, "Kelas 1", "DIBERSIHKAN", "2026-11-19 23:44:59")
        assert await told(city) == [("CLASS_1", 3, 1, "STALE")]
        await report(scribe, "Kelas 1", "kosong ", None)
        await report(scribe, "kamar", "DIBOOKING", "2026-11-19 23:59:00")
        assert await told(city) == [("CLASS_1", 4, 2, "UNKNOWN"), ("UNKNOWN", 1, 0, "FRESH")]
