"""Filters and orders that lead from one department's records to another's, against the joins of the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLInputObjectType
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import resolvers.across
from models.areas import Area
from models.complaints import Complaint, ComplaintCategory, StatusChange
from models.hospitals import Hospital
from models.policy.viewer import ANONYMOUS, Role, Viewer
from resolvers.across import KNOWN_S_MAX, Across, RelationSizes
from sample import areas
from sample.city import SIZES, Size
from sample.complaints import source as complaints
from sample.hospitals import source as hospitals
from sample.licenses import source as licenses
from schema.build import SCHEMA
from schema.core.relay import GlobalId
from tests.graph.filters import Filter, filters_of, satisfies
from tests.graph.harness import City
from tests.graph.placing import VILLAGES, complaint_lies_in, hospitals_unknown, lies_in
from tests.graph.test_six_departments import tenth, tenth_urls
from tests.graph.told import told
from tests.slow import examples

__all__ = ["tenth", "tenth_urls"]

SMALL = SIZES["small"]
SHOWN = ("PUBLIC", "ANONYMOUS")
PAGE = 100


def complaint_row(truth: complaints.ComplaintTruth) -> dict[str, Any]:
    latitude, longitude = told(truth)
    return {
        "id": truth.id, "ticketNumber": truth.ticket_number, "categoryCode": truth.category_code,
        "status": truth.status, "statusDetail": truth.status_detail, "publication": truth.publication,
        "channel": truth.channel, "requestedAt": truth.requested_at, "areaCode": truth.area_code,
        "departmentCode": truth.department_code, "latitude": latitude, "longitude": longitude,
        "liesIn": complaint_lies_in(truth),
    }  # fmt: skip


def change_row(truth: complaints.StatusChangeTruth) -> dict[str, Any]:
    return {"complaintId": truth.complaint_id, "at": truth.at, "statusDetail": truth.status_detail}


def area_row(truth: areas.AreaTruth) -> dict[str, Any]:
    return {
        "id": truth.code, "code": truth.code, "name": truth.name, "level": truth.level,
        "parentCode": truth.parent_code, "postalCode": truth.postal_code, "bpsCode": truth.bps_code,
    }  # fmt: skip


def hospital_row(truth: hospitals.HospitalTruth) -> dict[str, Any]:
    return {
        "id": truth.code, "code": truth.code, "name": truth.name, "kind": truth.kind,
        "hospitalClass": truth.hospital_class, "owner": truth.owner, "areaCode": truth.area_code,
        "latitude": truth.latitude, "longitude": truth.longitude,
        "liesIn": lies_in(truth.area_code, truth.latitude, truth.longitude),
    }  # fmt: skip


def license_row(truth: licenses.LicenseTruth) -> dict[str, Any]:
    return {
        "id": truth.id, "number": truth.number, "typeCode": truth.type_code, "status": truth.status,
        "areaBpsCode": truth.area_bps_code,
    }  # fmt: skip


# --- The truth, joined in plain Python --------------------------------------------------------------------------------


class Way(NamedTuple):
    """A relation as the truth has it: the rows that one row leads to, and the areas of which nobody knows."""

    target: str
    many: bool
    follow: Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
    unknown: frozenset[str] = frozenset()
    stated: str = "areaCode"


class Joined(NamedTuple):
    """Public rows of each record by the graph's names of their fields, and the ways between them."""

    rows: dict[str, list[dict[str, Any]]]
    ways: dict[str, dict[str, Way]]

    def holds(self, record: str, row: Mapping[str, Any], given: Filter) -> bool:
        """Whether a row is known to satisfy a filter that may lead elsewhere."""
        return self._told(record, row, given) is True

    def _told(self, record: str, row: Mapping[str, Any], given: Filter) -> bool | None:
        """The same in Kleene's logic: None if it is not known."""
        return _all(self._term(record, row, name, term) for name, term in given.items())

    def _term(self, record: str, row: Mapping[str, Any], name: str, term: Any) -> bool | None:
        if name == "and":
            return _all(self._told(record, row, one) for one in term)
        if name == "or":
            return _not(_all(_not(self._told(record, row, one)) for one in term))
        if name == "not":
            return _not(self._told(record, row, term))
        if name in self.ways[record]:
            return self._leads(self.ways[record][name], row, term)
        return satisfies(row, {name: term})

    def _leads(self, way: Way, row: Mapping[str, Any], term: Filter) -> bool | None:
        there = way.follow(row)
        if not way.many:
            return any(self.holds(way.target, one, term) for one in there)

        def found(inner: Filter) -> bool | None:
            if any(self.holds(way.target, one, inner) for one in there):
                return True
            hides = row.get("code") in way.unknown and any(
                self.holds(way.target, one, inner) for one in self.rows[way.target] if one.get(way.stated) is not None
            )
            return None if hides else False

        some, none = term.get("some"), term.get("none")
        return _all([*([] if some is None else [found(some)]), *([] if none is None else [_not(found(none))])])


def _not(told: bool | None) -> bool | None:
    return None if told is None else not told


def _all(told: Iterable[bool | None]) -> bool | None:
    every = set(told)
    return False if False in every else None if None in every else True


def by(rows: Sequence[Mapping[str, Any]], name: str) -> dict[object, list[Mapping[str, Any]]]:
    found: dict[object, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row[name] is not None:
            found.setdefault(row[name], []).append(row)
    return found


def looked_up(index: Mapping[object, list[Mapping[str, Any]]], name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: index.get(row[name], [])


def inside(index: Mapping[object, list[Mapping[str, Any]]], below: Mapping[object, list[object]], name: str) -> Any:
    """What lies in an area and in all areas below it."""
    return lambda row: [one for code in below.get(row[name], [row[name]]) for one in index.get(code, [])]


@cache
def joined(size: Size) -> Joined:
    """What everybody may know of, without what is deleted."""
    public = [case for case in complaints.generate(size) if case.alive and case.truth.publication in SHOWN]
    rows: dict[str, list[dict[str, Any]]] = {
        "complaints": [complaint_row(case.truth) for case in public],
        "categories": [{"code": one.code, "name": one.name, "group": one.group} for one in complaints.categories()],
        "changes": [change_row(one) for case in public for one in case.truth.history],
        "areas": [area_row(one) for one in areas.truth()],
        "hospitals": [hospital_row(one) for one in hospitals.truth()],
        "licenses": [license_row(case.license.truth) for case in licenses.generate(size) if case.license is not None],
    }
    codes = [row["code"] for row in rows["areas"]]
    below = {code: [one for one in codes if one == code or one.startswith(f"{code}.")] for code in codes}
    bps_of = {row["code"]: row["bpsCode"] for row in rows["areas"]}
    below_bps = {bps_of[code]: [bps_of[one] for one in found if bps_of[one]] for code, found in below.items()}
    area_of = by(rows["areas"], "code")
    ways = {
        "complaints": {
            "category": Way("categories", False, looked_up(by(rows["categories"], "code"), "categoryCode")),
            "area": Way("areas", False, looked_up(area_of, "areaCode")),
            "history": Way("changes", True, looked_up(by(rows["changes"], "complaintId"), "id")),
        },
        "categories": {
            "complaints": Way("complaints", True, looked_up(by(rows["complaints"], "categoryCode"), "code"))
        },
        "changes": {},
        "areas": {
            "parent": Way("areas", False, looked_up(area_of, "parentCode")),
            "children": Way("areas", True, looked_up(by(rows["areas"], "parentCode"), "code")),
            "complaints": Way("complaints", True, inside(by(rows["complaints"], "liesIn"), below, "code")),
            "hospitals": Way(
                "hospitals",
                True,
                inside(by(rows["hospitals"], "liesIn"), below, "code"),
                hospitals_unknown(rows["hospitals"]),
            ),
            "licenses": Way(
                "licenses",
                True,
                inside(by(rows["licenses"], "areaBpsCode"), below_bps, "bpsCode"),
                frozenset(VILLAGES),
                "areaBpsCode",
            ),
        },
        "hospitals": {"area": Way("areas", False, looked_up(area_of, "areaCode"))},
        "licenses": {"area": Way("areas", False, looked_up(by(rows["areas"], "bpsCode"), "areaBpsCode"))},
    }
    return Joined(rows, ways)


# --- Random filters ---------------------------------------------------------------------------------------------------

RECORDS = {
    "complaints": Complaint, "categories": ComplaintCategory, "changes": StatusChange, "areas": Area,
    "hospitals": Hospital,
}  # fmt: skip
LISTS = {
    "complaints": ("complaints", "Complaint", "ticketNumber"),
    "categories": ("complaintCategories", "ComplaintCategory", "code"),
    "areas": ("areas", "Area", "code"),
    "hospitals": ("hospitals", "Hospital", "code"),
    "licenses": ("licenses", "License", "id"),
}
"""The list of each record in the graph, its type, and a field that tells its rows apart."""
HOPS_MAX = 2


@cache
def own_filters(name: str) -> st.SearchStrategy[Filter]:
    """Filters of a record by its own fields."""
    if name == "licenses":
        statuses = st.sampled_from(["ACTIVE", "EXPIRED", "SUSPENDED", "REVOKED", "UNKNOWN"])
        return statuses.map(lambda status: {"status": {"eq": status}})
    return filters_of(RECORDS[name], joined(SMALL).rows[name]).filter(lambda made: depth(made) <= 2)


@st.composite
def trees(draw: st.DrawFn, name: str, hops: int) -> Filter:
    """A filter of a record that leads to other records, so many hops far at most."""
    own = draw(own_filters(name))
    ways = joined(SMALL).ways[name]
    if not hops or not ways:
        return own
    leading = _way(draw, name, draw(st.sampled_from(sorted(ways))), hops - 1)
    form = draw(st.sampled_from(["alone", "alone", "beside", "and", "or", "not"]))
    if form == "alone":
        return leading
    if form == "not":
        return {"not": leading}
    return {**own, **leading} if form == "beside" else {form: [leading, own]}


def _way(draw: st.DrawFn, name: str, relation: str, hops: int) -> Filter:
    way = joined(SMALL).ways[name][relation]
    inner = draw(trees(way.target, hops))
    if not way.many:
        return {relation: inner}
    form = draw(st.sampled_from(["some", "some", "none", "none", "both"]))
    return {relation: {"some": {}, "none": inner} if form == "both" else {form: inner}}


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Filter]:
    """A list and a filter of it that the graph does not refuse for its size."""
    name = draw(st.sampled_from(sorted(LISTS)))
    made = draw(trees(name, HOPS_MAX))
    assume(depth(made) <= 5 and ways_taken(made) <= 5)
    return name, made


def depth(given: Filter) -> int:
    """How deep a filter is nested, as the graph counts it."""
    below = [*given.get("and", ()), *given.get("or", ()), *([given["not"]] if "not" in given else [])]
    for name, term in given.items():
        if name in WAYS:
            below += [one for word, one in term.items() if word in ("some", "none")] if WAYS[name] else [term]
    return 1 + max(map(depth, below), default=0)


def ways_taken(given: Any) -> int:
    """How many relations a filter follows."""
    if isinstance(given, list):
        return sum(map(ways_taken, given))
    if not isinstance(given, dict):
        return 0
    own = sum((len(term) if WAYS[name] else 1) for name, term in given.items() if name in WAYS)
    return own + sum(map(ways_taken, given.values()))


WAYS = {
    "category": False, "area": False, "parent": False, "history": True, "complaints": True, "children": True,
    "hospitals": True, "licenses": True,
}  # fmt: skip
"""Every relation that is followed here, and whether it leads to many."""


async def listed(city: City, name: str, given: Filter, viewer: Viewer = ANONYMOUS) -> tuple[int, list[str], list[str]]:
    """The count, and the keys of the first and of the last page."""
    field, kind, key = LISTS[name]
    order = ", orderBy: [{code: ASC}]" if key == "code" else ""
    query = f"""
    query ($filter: {kind}Filter) {{
      first: {field}(first: {PAGE}, filter: $filter{order}) {{ totalCount nodes {{ {key} }} }}
      last: {field}(last: {PAGE}, filter: $filter{order}) {{ nodes {{ {key} }} }}
    }}
    """
    answer = await city(query, viewer, filter=given)
    # A source that never names the areas that are asked for refuses; test_placed.py says when.
    assume(not any("names no areas below" in error.text for error in answer.errors))
    assert answer.errors == [], answer.errors
    first, last = ([node[key] for node in answer.data[one]["nodes"]] for one in ("first", "last"))
    return answer.data["first"]["totalCount"], first, last


def expected(name: str, given: Filter) -> tuple[int, list[str], list[str]]:
    truth, key = joined(SMALL), LISTS[name][2]
    found = [row for row in truth.rows[name] if truth.holds(name, row, given)]
    if key == "code":
        keys = sorted(row["code"] for row in found)
    else:
        in_order = sorted(found, key=lambda row: int(row["id"]))
        keys = [str(GlobalId("License", row["id"])) if key == "id" else row[key] for row in in_order]
    return len(keys), keys[:PAGE], keys[-PAGE:]


@given(case=cases())
@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck), phases=[Phase.generate])
async def test_filters_across_departments_are_the_joins_of_the_truth(city: City, case: tuple[str, Filter]) -> None:
    name, given_filter = case
    assert await listed(city, name, given_filter) == expected(name, given_filter)


@given(case=cases())
@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck), phases=[Phase.generate])
async def test_they_are_that_too_from_the_other_side(city: City, case: tuple[str, Filter]) -> None:
    name, given_filter = case
    with pytest.MonkeyPatch.context() as patch:
        # What is sought is always taken for so much that the list comes first, where it has few enough rows.
        patch.setattr(RelationSizes, "rows", lambda *_: 10**9)
        assert await listed(city, name, given_filter) == expected(name, given_filter)


# --- Orders -----------------------------------------------------------------------------------------------------------


async def pages(city: City, query: str, field: str, **variables: Any) -> list[Any]:
    """All rows of a list, forwards page by page; backwards they are the same."""

    async def walked(page: str, place: str, more: str, cursor: str) -> list[list[Any]]:
        found, at = [], None
        while True:
            text = query % f"{page}: 40, {place}: $at"
            answer = await city(text, at=at, **variables)
            assert answer.errors == [], answer.errors
            one = answer.data[field]
            found.append(one["nodes"])
            at = one["pageInfo"][cursor]
            if not one["pageInfo"][more]:
                return found

    forwards = [node for page in await walked("first", "after", "hasNextPage", "endCursor") for node in page]
    backwards = await walked("last", "before", "hasPreviousPage", "startCursor")
    assert [node for page in reversed(backwards) for node in page] == forwards
    return forwards


PAGED = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_list_is_sorted_by_what_its_rows_lead_to(city: City, direction: str) -> None:
    query = f"""query ($at: String) {{ complaints(%s, filter: {{requestedAt: {{gte: "2026-10-20T00:00:00+07:00"}}}},
      orderBy: [{{category: {{name: {direction}}}}}]) {{ {PAGED} nodes {{ ticketNumber category {{ name }} }} }} }}"""
    found = await pages(city, query, "complaints")
    truth = joined(SMALL)
    names = {row["code"]: row["name"] for row in truth.rows["categories"]}
    wanted = [
        (names.get(row["categoryCode"]), int(row["id"]), row["ticketNumber"])
        for row in truth.rows["complaints"]
        if row["requestedAt"] is not None and row["requestedAt"].isoformat() >= "2026-10-20"
    ]
    down = direction == "DESC"
    known = sorted((row for row in wanted if row[0] is not None), reverse=down)
    unknown = sorted((row for row in wanted if row[0] is None), key=lambda row: row[1], reverse=down)
    assert len(known) > 100
    assert [node["ticketNumber"] for node in found] == [ticket for _, _, ticket in [*known, *unknown]]


async def test_an_order_leads_over_several_relations(city: City) -> None:
    query = f"""query ($at: String) {{ hospitals(%s,
      orderBy: [{{area: {{parent: {{name: ASC}}}}}}, {{area: {{name: DESC}}}}, {{code: ASC}}]) {{
        {PAGED} nodes {{ code }} }} }}"""
    names = {row["code"]: (row["name"], row["parentCode"]) for row in joined(SMALL).rows["areas"]}

    def place(row: Mapping[str, Any]) -> tuple[bool, str, list[int], str]:
        name, parent = names.get(row["areaCode"], (None, None))
        above = names[parent][0] if parent in names else None
        return above is None, above or "", [-ord(sign) for sign in name or ""], row["code"]

    rows = sorted(joined(SMALL).rows["hospitals"], key=place)
    assert [node["code"] for node in await pages(city, query, "hospitals")] == [row["code"] for row in rows]


# --- Statements and bounds --------------------------------------------------------------------------------------------

THREE = """{ areas(first: 100, filter: {level: {eq: DISTRICT},
  complaints: {some: {status: {eq: OPEN}, category: {group: {contains: "a"}}}},
  licenses: {some: {status: {eq: ACTIVE}}}, parent: {hospitals: {none: {hospitalClass: {eq: A}}}}}) {
  totalCount nodes { code } } }"""
# Of each relation the keys, of hospitals also those placed; of areas also the page, its count, those around hospitals.
THREE_STATEMENTS = {"complaints": 2, "licenses": 1, "hospitals": 2, "areas": 3}


async def test_the_statements_are_bounded_by_the_filter_and_not_by_the_city(city: City, tenth: City) -> None:
    assert (await city(THREE)).statements == THREE_STATEMENTS
    assert (await tenth(THREE)).statements == THREE_STATEMENTS


async def test_a_relation_within_one_source_is_followed_by_the_source(city: City) -> None:
    answer = await city(
        "{ complaints(filter: {history: {none: {statusDetail: {eq: DONE}}}}) { totalCount nodes { id } } }"
    )
    assert answer.errors == []
    assert answer.statements == {"complaints": 2}
    assert all("EXISTS" in text for _, text in city.statements[-2:])


async def test_too_many_keys_are_looked_for_from_the_other_side(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.across, "KEYS_MAX", 40)
    given = {
        "level": {"eq": "DISTRICT"},
        "name": {"contains": "cip"},
        "complaints": {"some": {"status": {"eq": "OPEN"}}},
    }
    answer = await city("query ($f: AreaFilter) { areas(filter: $f) { nodes { code } } }", f=given)
    assert answer.errors == []
    assert [node["code"] for node in answer.data["areas"]["nodes"]] == expected("areas", given)[1]
    # Complaints from both sides, areas for the keys and for the page.
    assert answer.statements == {"complaints": 2, "areas": 2}


async def test_what_was_much_lately_is_looked_for_among_the_few_rows_of_a_list(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.across, "ROWS_FEW", 100)
    now_s = 0.0
    across = city.records.across
    assert isinstance(across, Across)
    monkeypatch.setattr(city.records, "across", replace(across, relation_sizes=RelationSizes(lambda: now_s)))
    given = {"code": {"eq": "36.71.01"}, "complaints": {"some": {"status": {"eq": "OPEN"}}}}
    query = "query ($f: AreaFilter) { areas(filter: $f) { nodes { code } } }"
    wanted = expected("areas", given)[1]

    async def asked() -> Mapping[str, int]:
        answer = await city(query, f=given)
        assert [node["code"] for node in answer.data["areas"]["nodes"]] == wanted
        return answer.statements

    # All open complaints first; from then on the one area is counted, and looked at from below.
    assert await asked() == {"complaints": 1, "areas": 1}
    assert await asked() == {"complaints": 1, "areas": 3}
    now_s += KNOWN_S_MAX
    assert await asked() == {"complaints": 1, "areas": 1}


async def test_what_leads_to_too_many_names_the_part(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.across, "KEYS_MAX", 10)
    answer = await city("{ hospitals(filter: {area: {complaints: {some: {}}}}) { totalCount } }")
    assert answer.codes == [("TOO_EXPENSIVE", "totalCount")]
    assert answer.errors[0].text == (
        'The part "area.complaints" of the filter leads to more than 10 of complaints. Narrow that part, or begin '
        "there: filter the list of complaints and follow its relations."
    )


async def test_a_filter_follows_five_relations_at_most(city: City) -> None:
    six = {"or": [{"area": {"name": {"eq": str(number)}}} for number in range(6)]}
    answer = await city("query ($f: ComplaintFilter) { complaints(filter: $f) { totalCount } }", f=six)
    assert answer.codes == [("BAD_INPUT", "complaints")]
    assert answer.statements == {}


# --- Policy -----------------------------------------------------------------------------------------------------------


async def test_what_a_viewer_may_not_know_of_is_found_by_no_filter(city: City) -> None:
    """A village in which all complaints of a kind are confidential has none of them, to whoever may not know."""
    every = [case.truth for case in complaints.generate(SMALL) if case.alive]
    by_place: dict[tuple[str | None, str | None], set[str]] = {}
    for one in every:
        if one.area_code is not None and one.category_code is not None:
            by_place.setdefault((one.area_code, one.category_code), set()).add(one.publication)
    hidden = [place for place, shown in by_place.items() if not shown.intersection(SHOWN)]
    assert hidden
    query = "query ($f: AreaFilter) { areas(filter: $f) { totalCount } }"
    for area, category in hidden[:3]:
        asked = {"code": {"eq": area}, "complaints": {"some": {"categoryCode": {"eq": category}}}}
        assert (await city(query, f=asked)).data == {"areas": {"totalCount": 0}}
        handlers = {one.department_code for one in every if (one.area_code, one.category_code) == (area, category)}
        officer = Viewer(Role.OFFICER, subject="officer-1", department_code=next(code for code in handlers if code))
        assert (await city(query, officer, f=asked)).data == {"areas": {"totalCount": 1}}


def test_no_filter_leads_over_what_is_personal() -> None:
    citizen = SCHEMA._schema.type_map.get("CitizenFilter")
    assert citizen is None
    applications = SCHEMA._schema.type_map["AdmissionApplicationFilter"]
    assert isinstance(applications, GraphQLInputObjectType)
    assert "school" in applications.fields
    assert "applicant" not in applications.fields
