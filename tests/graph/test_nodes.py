"""Global ids, single records by their keys, vocabularies, departments and the area at a position."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import GraphQLEnumType

from models.areas import AreaLevel
from models.batch import Freshness, ServedFrom
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, Publication
from models.values.localized import Language
from models.values.vocabulary import UNKNOWN, Vocabulary
from resolvers.areas.geography import Polygons, read_polygons
from sample import areas
from sample.complaints.source import ComplaintTruth
from schema.build import SCHEMA
from schema.core.vocabularies import VOCABULARIES as WORDS
from tests.graph.harness import City


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- Nodes ------------------------------------------------------------------------------------------------------------


async def test_a_node_is_the_record_of_its_id(city: City, alive: list[ComplaintTruth]) -> None:
    truth = alive[0]
    query = """
    query ($complaint: ID!, $step: ID!, $kind: ID!, $area: ID!) {
      complaint: node(id: $complaint) { __typename id ... on Complaint { ticketNumber } }
      step: node(id: $step) { __typename id ... on StatusChange { statusDetail } }
      kind: node(id: $kind) { __typename id ... on ComplaintCategory { code } }
      area: node(id: $area) { __typename id ... on Area { level } }
    }
    """
    ids = {
        "complaint": encoded(f"Complaint:{truth.id}"), "step": encoded(f"StatusChange:{truth.history[0].id}"),
        "kind": encoded("ComplaintCategory:K03"), "area": encoded("Area:1"),
    }  # fmt: skip
    answer = await city(query, variables=ids)
    assert answer.errors == []
    level = next(case.truth.level for case in areas.cases() if case.legacy[0] == 1)
    assert answer.data == {
        "complaint": {"__typename": "Complaint", "id": ids["complaint"], "ticketNumber": truth.ticket_number},
        "step": {"__typename": "StatusChange", "id": ids["step"], "statusDetail": truth.history[0].status_detail},
        "kind": {"__typename": "ComplaintCategory", "id": ids["kind"], "code": "K03"},
        "area": {"__typename": "Area", "id": ids["area"], "level": level},
    }


async def test_nodes_keep_the_order_of_their_ids(city: City, alive: list[ComplaintTruth]) -> None:
    public = [truth for truth in alive if truth.publication == "PUBLIC"][:3]
    ids = [encoded(f"Complaint:{truth.id}") for truth in public]
    asked = [ids[2], encoded("ComplaintCategory:K01"), ids[0], encoded("Complaint:999999"), ids[2], encoded("Area:0")]
    answer = await city(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id provenance { department { code } } } }", ids=asked
    )
    assert answer.errors == []
    missing = {3, 5}
    assert answer.data["nodes"] == [
        None if place in missing else {"id": text, "provenance": {"department": {"code": "diskominfo"}}}
        for place, text in enumerate(asked)
    ]


@pytest.mark.parametrize("key", ["999999", "0", "-1", "x", "007", "1.0", " 1", "9" * 30, "\u0661"])
async def test_a_key_that_nobody_has_is_null(city: City, key: str) -> None:
    answer = await city(
        "query ($id: ID!) { node(id: $id) { id } complaint(id: $id) { id } }", id=encoded(f"Complaint:{key}")
    )
    assert (answer.data, answer.errors) == ({"node": None, "complaint": None}, [])


@pytest.mark.parametrize(
    "text",
    ["", "x", "K01", encoded("Complaint"), encoded("Complaint:"), encoded(":1"), encoded("Person:1"),
     encoded("complaints:1"), encoded("Query:1"), "é", "=" * 8, encoded("Complaint:1") + "=",
     base64.b64encode(b"Complaint:\xff").decode(), "A" * 600],
)  # fmt: skip
async def test_what_is_no_id_of_this_graph_is_refused(city: City, text: str) -> None:
    one = await city("query ($id: ID!) { node(id: $id) { id } }", id=text)
    many = await city("query ($id: ID!) { nodes(ids: [$id]) { id } }", id=text)
    for answer, name in ((one, "node"), (many, "nodes")):
        assert [(error.code, error.path, error.text) for error in answer.errors] == [
            ("BAD_INPUT", (name,), "This id is not an id of this graph.")
        ]
        assert answer.statements == {}


async def test_an_id_of_another_type_is_refused(city: City) -> None:
    answer = await city("query ($id: ID!) { complaint(id: $id) { id } }", id=encoded("Area:1"))
    assert [(error.code, error.path) for error in answer.errors] == [("BAD_INPUT", ("complaint",))]


async def test_ids_are_bounded(city: City) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [encoded(f"Complaint:{number}") for number in range(101)]
    assert len((await city(query, ids=ids[:100])).data["nodes"]) == 100
    assert (await city(query, ids=[])).data == {"nodes": []}
    answer = await city(query, ids=ids)
    assert [(error.code, error.text) for error in answer.errors] == [("BAD_INPUT", "At most 100 ids at once.")]


async def test_one_complaint_is_asked_for_by_one_key(city: City) -> None:
    for arguments in ("", "(id: null)", f'(id: "{encoded("Complaint:1")}", ticketNumber: "LAKSA-2024-000001")'):
        answer = await city(f"{{ complaint{arguments} {{ id }} }}")
        assert [(error.code, error.text) for error in answer.errors] == [
            ("BAD_INPUT", "Give exactly one of: id, ticketNumber.")
        ]
    answer = await city('{ complaint(id: null, ticketNumber: "LAKSA-2024-000001") { id } }')
    assert answer.data == {"complaint": {"id": encoded("Complaint:1")}}


# --- Vocabularies and departments -------------------------------------------------------------------------------------

VOCABULARIES: list[type[Vocabulary]] = [
    AreaLevel, ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, Freshness, Publication, ServedFrom,
]  # fmt: skip


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
async def test_a_vocabulary_lists_its_words(city: City, vocabulary: type[Vocabulary], language: Language) -> None:
    query = "query ($name: String!) { vocabulary(name: $name) { value label description } }"
    answer = await city(query, language=language, name=vocabulary.__name__)
    assert answer.data["vocabulary"] == [
        {"value": member.value, "label": getattr(member.label, language.value), "description": member.description}
        for member in vocabulary
    ]
    assert answer.statements == {}


async def test_an_unknown_vocabulary_is_not_found(city: City) -> None:
    answer = await city('{ vocabulary(name: "Status") { value } }')
    enums = {kind.name: kind for kind in SCHEMA._schema.type_map.values() if isinstance(kind, GraphQLEnumType)}
    # What says something of a record can say that nobody knows; what only asks, such as a dimension, cannot.
    assert {name for name, kind in enums.items() if UNKNOWN in kind.values} <= WORDS.keys() <= enums.keys()
    names = ", ".join(sorted(WORDS))
    text = f"There is no such vocabulary. There are: {names}."
    assert [(error.code, error.text) for error in answer.errors] == [("NOT_FOUND", text)]


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        (Language.ID, ("Ditutup", "Selesai", "Publik", "Aplikasi")),
        (Language.EN, ("Closed", "Done", "Public", "App")),
    ],
)
async def test_labels_are_in_the_language_of_the_request(
    city: City, language: Language, labels: tuple[str, ...]
) -> None:
    query = """{ complaints(first: 1, filter: {status: {eq: CLOSED}, publication: {eq: PUBLIC}, channel: {eq: APP}}) {
      nodes { statusLabel statusDetailLabel publicationLabel channelLabel area { levelLabel } } } }"""
    node = (await city(query, language=language)).data["complaints"]["nodes"][0]
    names = ("statusLabel", "statusDetailLabel", "publicationLabel", "channelLabel")
    assert tuple(node[name] for name in names) == labels
    level = {Language.ID: "Kelurahan", Language.EN: "Village"}[language]
    assert node["area"]["levelLabel"] == level


async def test_a_code_nobody_knows_is_unknown_with_a_label(city: City) -> None:
    query = "{ complaints(first: 1, filter: {status: {eq: UNKNOWN}}) { nodes { status statusLabel statusDetail } } }"
    node = (await city(query, language=Language.ID)).data["complaints"]["nodes"][0]
    assert node == {"status": "UNKNOWN", "statusLabel": "Tidak diketahui", "statusDetail": "UNKNOWN"}


async def test_departments_are_those_of_the_city(city: City) -> None:
    answer = await city("{ departments { code name abbreviation } }")
    assert answer.statements == {}
    assert len(answer.data["departments"]) == 14
    assert {"code": "dlh", "name": "Dinas Lingkungan Hidup", "abbreviation": "DLH"} in answer.data["departments"]
    codes = [department["code"] for department in answer.data["departments"]]
    assert codes == sorted(codes)


# --- The area at a position -------------------------------------------------------------------------------------------

AT = "query ($at: PositionInput!) { areaAt(position: $at) { code level } }"


async def at(city: City, latitude: float, longitude: float) -> Any:
    answer = await city(AT, at={"latitude": latitude, "longitude": longitude})
    assert answer.errors == []
    return answer.data["areaAt"]


async def test_without_polygons_the_village_with_the_nearest_middle_answers(city: City) -> None:
    placed = [area for area in areas.truth() if area.level == "VILLAGE" and area.latitude is not None]
    for village in placed[::7]:
        assert village.latitude is not None
        assert village.longitude is not None
        expected = {"code": village.code, "level": "VILLAGE"}
        assert await at(city, village.latitude + 0.0002, village.longitude - 0.0002) == expected


async def test_outside_the_box_is_outside_the_city(city: City) -> None:
    for latitude, longitude in (
        (-6.0899, 106.6),
        (-6.2601, 106.6),
        (-6.2, 106.5499),
        (-6.2, 106.7501),
        (90.0, 180.0),
    ):
        assert await at(city, latitude, longitude) is None
    assert await at(city, -6.26, 106.55) is not None


@pytest.fixture(scope="module")
def polygons(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Polygons:
    """The real villages and districts in one file, as a city would give them."""
    names = ("kota_tangerang_kelurahan.geojson", "kota_tangerang_kecamatan.geojson")
    features = [one for name in names for one in orjson.loads((shared_data / name).read_bytes())["features"]]
    file = tmp_path_factory.mktemp("polygons") / "areas.geojson"
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    return read_polygons(file)


@pytest.fixture
def drawn(city: City, polygons: Polygons) -> Any:
    city.give_polygons(polygons)
    yield city
    city.give_polygons(None)


async def test_with_polygons_the_village_around_the_point_answers(drawn: City, shared_data: Path) -> None:
    villages = orjson.loads((shared_data / "kota_tangerang_kelurahan.geojson").read_bytes())["features"]
    assert len(villages) == 104
    for village in villages[::5]:
        longitude, latitude = village["properties"]["centroid"]
        assert await at(drawn, latitude, longitude) == {"code": village["id"], "level": "VILLAGE"}


async def test_outside_all_polygons_is_outside_the_city(drawn: City) -> None:
    for latitude, longitude in ((-6.255, 106.555), (-6.0, 106.6), (0.0, 0.0), (-6.095, 106.56)):
        assert await at(drawn, latitude, longitude) is None


async def test_an_area_that_the_register_lost_is_null(drawn: City, polygons: Polygons) -> None:
    lost = replace(polygons, codes=[type(code)("36.71.99") for code in polygons.codes])
    drawn.give_polygons(lost)
    assert await at(drawn, -6.178, 106.63) is None
