"""Every way from the root to every personal field, as everybody to whom it is not theirs: no foreign value comes."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from api.exports.collections import COLLECTIONS
from models.policy.viewer import Purpose, Role
from models.values.localized import Language
from sample.citizens import source as citizens
from sample.citizens.people import email_address, person, resident_number
from sample.city import SIZES
from schema.build import SCHEMA
from schema.core.entity import ENTITIES
from schema.core.relay import GlobalId
from store.views import View
from tests.api.hub import Running
from tests.api.sockets import opened
from tests.attacks.ways import ROWS, WAYS, Way, document, exported, identifying_of, personal_of, selected, shown_rows
from tests.attacks.whole_city import forget

NIK = resident_number(0)
NEIGHBOURS = range(1, 4)
"""Other residents, who ask for what is theirs before the first one asks for it."""
OWN = {
    NIK,
    email_address(0),
    person(0).phone,
    str(next(iter(citizens.generate(SIZES["small"]))).truth.family_card_number),
}
FOREIGN = re.compile(r"3671\d{8}9\d{3}|[\w.]+@example\.com|08\d{2}-0000-\d{6}")
"""What the sample city's people are known by: resident numbers, family cards, addresses of e-mail and telephones."""
DESKS = ("disdukcapil", "dpmptsp", "disnaker", "dindik", "bpbd", "dpupr", "dlh", "dishub", "diskominfo")


def strangers(hub: Running) -> dict[str, Mapping[str, str]]:
    """Everybody to whom nobody's data is open, and the resident to whom only the own is."""
    found: dict[str, Mapping[str, str]] = {"nobody": {}, "resident": hub.bearer(Role.CITIZEN, nik=NIK)}
    for role in set(Role) - {Role.ANONYMOUS, Role.CITIZEN, Role.OFFICER}:
        found[role.value] = hub.bearer(role)
    found["officer without a purpose"] = hub.bearer(Role.OFFICER, "disdukcapil")
    # A department that handles none of this, for the purposes that open most.
    for purpose in (Purpose.SERVICE_DELIVERY, Purpose.LEGAL_OBLIGATION):
        found[f"officer elsewhere for {purpose.value}"] = hub.bearer(Role.OFFICER, "pdpasar") | {
            "hub-purpose": purpose.value
        }
    return found


def entitled(hub: Running) -> list[Mapping[str, str]]:
    """Those to whom something of it is open: other residents, and each department for the purpose that opens most."""
    stated = {"hub-purpose": Purpose.LEGAL_OBLIGATION.value}
    return [
        *(hub.bearer(Role.CITIZEN, nik=resident_number(number)) for number in NEIGHBOURS),
        *(hub.bearer(Role.OFFICER, desk) | stated for desk in DESKS),
    ]


def foreign_in(text: str, entity: str) -> list[Any]:
    """What an answer tells of people: what they are known by, and what identifies them in rows of others."""
    found: list[Any] = sorted(set(FOREIGN.findall(text)) - OWN)
    rows = shown_rows(json.loads(text).get("data"), identifying_of(entity))
    return found + [row for row in rows if not OWN & {str(value) for value in row.values()}]


async def warmed(hub: Running, query: str) -> list[str]:
    """What those are told to whom something is open. It is all that is in the caches then, if it comes there."""
    await forget(hub)
    return [(await hub.ask(query, headers)).text for headers in entitled(hub)]


async def asked_warm_and_cold(
    hub: Running, query: str, caches: Sequence[str] = ("warm", "cold")
) -> AsyncIterator[tuple[tuple[str, str], str]]:
    """Each stranger, and what is told to them: all of them first from the caches as they are, then each from none."""
    for cache in caches:
        for name, headers in strangers(hub).items():
            if cache == "cold":
                await forget(hub)
            yield (name, cache), (await hub.ask(query, headers)).text


def test_the_ways_lead_to_every_entity_that_has_personal_fields() -> None:
    assert {way.entity for way in WAYS} == {entity for entity in ENTITIES if personal_of(entity)}
    assert len(WAYS) >= 30


async def test_no_way_brings_a_foreign_value(hub: Running, everything: bool) -> None:
    """From caches that are warm because those to whom it is open have just asked the same, and from cold ones.

    From cold ones by the shortest way to each entity, and by every way with --all.
    """
    shortest = shortest_ways()
    foreign: list[tuple[str, str, str, Any]] = []
    seen: set[str] = set()
    for way in WAYS:
        told = [foreign_in(text, way.entity) for text in await warmed(hub, document(way))]
        seen |= {way.entity for one in told if one}
        caches = ("warm", "cold") if everything or way in shortest else ("warm",)
        async for asker, text in asked_warm_and_cold(hub, document(way), caches):
            assert '"data":{' in text
            foreign += [(*asker, str(way), one) for one in foreign_in(text, way.entity)]
    assert foreign == []
    assert seen == {entity for entity in ENTITIES if identifying_of(entity)}


async def test_no_id_brings_a_foreign_value(hub: Running) -> None:
    """By its global id, which anybody can make: through `node`, and under many aliases at once."""
    foreign: list[tuple[str, str, str, Any]] = []
    for entity in sorted({way.entity for way in WAYS}):
        ids = [str(GlobalId(entity, str(number))) for number in range(1, ROWS + 1)]
        nodes = " ".join(f'n{i}: node(id: "{one}") {{ ... on {entity} {{ ...All }} }}' for i, one in enumerate(ids))
        query = f"query Guess {{ {nodes} }} fragment All on {entity} {{ {selected(entity)} }}"
        await warmed(hub, query)
        async for asker, text in asked_warm_and_cold(hub, query):
            foreign += [(*asker, entity, one) for one in foreign_in(text, entity)]
    assert foreign == []


async def test_no_socket_brings_a_foreign_value(hub: Running) -> None:
    """Operations of all kinds come through a socket too, where whoever asks has signed in once for all."""
    foreign: list[tuple[str, str, Any]] = []
    for name, headers in strangers(hub).items():
        async with opened(hub.app) as socket:
            await socket.begin(**headers)
            for way in shortest_ways():
                socket.subscribe(str(way), document(way))
                messages = [await socket.heard(), await socket.heard()]
                assert [message["type"] for message in messages] == ["next", "complete"]
                payload = messages[0]["payload"]
                assert payload["data"], payload
                foreign += [(name, str(way), one) for one in foreign_in(json.dumps(payload), way.entity)]
    assert foreign == []


async def test_no_stream_of_events_brings_a_foreign_value(hub: Running) -> None:
    foreign: list[tuple[str, str, Any]] = []
    for name, headers in strangers(hub).items():
        for way in shortest_ways():
            reply = await hub.ask(document(way), {**headers, "accept": "text/event-stream"})
            (told,) = re.findall(r"^event: next\ndata: (.*)$", reply.text, re.MULTILINE)
            assert told.startswith('{"data":{'), told
            foreign += [(name, str(way), one) for one in foreign_in(told, way.entity)]
    assert foreign == []


def test_no_subscription_leads_to_a_person() -> None:
    """What is told without being asked for is about sources, and nothing that it leads to is about a person."""
    root = SCHEMA._schema.subscription_type
    assert root is not None
    found, left = {root.name}, [root]
    while left:
        named = {get_named_type(field.type) for field in left.pop().fields.values()}
        new = [kind for kind in named if isinstance(kind, GraphQLObjectType) and kind.name not in found]
        found |= {kind.name for kind in new}
        left += new
    assert "SourceState" in found
    assert [name for name in sorted(found) if name in ENTITIES or personal_of(name)] == []


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_no_export_brings_a_foreign_value(hub: Running, form: str) -> None:
    """Whole lists as files, with every personal column of their rows and of the records that those lead to."""
    columns = {name: exported(collection.row) for name, collection in COLLECTIONS.items()}
    foreign: list[tuple[str, str, str]] = []
    statuses = set()
    for name, headers in strangers(hub).items():
        for collection, fields in columns.items():
            if not fields:
                continue
            reply = await hub.client.get(
                f"/export/{collection}.{form}", params={"fields": ",".join(fields)}, headers=headers
            )
            statuses.add(reply.status_code)
            foreign += [(name, collection, one) for one in set(FOREIGN.findall(reply.text)) - OWN]
    assert foreign == []
    assert statuses == {200, 403}


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_no_view_brings_a_foreign_value(hub: Running, form: str) -> None:
    """A view is everybody's. What selects a personal field becomes none, not even for those to whom it is open."""
    texts = {f"way-{number}": document(way) for number, way in enumerate(WAYS)}
    texts["public"] = "query Board { complaintGroups(by: [STATUS], first: 3) { groups { key { status } count } } }"
    registered = [View(name, name, {}, Language.EN, every_s=300) for name in texts]
    everybody = [*strangers(hub).values(), *entitled(hub)]
    found: set[tuple[str, int]] = set()
    hub.hub.views.take_over(registered, texts)
    try:
        for name in texts:
            for headers in everybody:
                reply = await hub.client.get(f"/views/{name}.{form}", headers=headers)
                found.add((name, reply.status_code))
                assert FOREIGN.findall(reply.text) == []
    finally:
        hub.hub.views.take_over((), {})
    assert found == {(name, 200 if name == "public" else 404) for name in texts}


def shortest_ways() -> list[Way]:
    """One way to each entity."""
    return [next(way for way in WAYS if way.entity == entity) for entity in sorted({way.entity for way in WAYS})]


async def test_the_matrix_would_see_a_value_that_came(hub: Running) -> None:
    """Whoever handles the records sees them by the same documents, so the search finds what is there."""
    desk = hub.bearer(Role.OFFICER, "dpmptsp") | {"hub-purpose": Purpose.SERVICE_DELIVERY.value}
    seen = set(FOREIGN.findall((await hub.ask(document(Way(("licenses",), "License")), desk)).text))
    assert len(seen - OWN) >= ROWS // 2
    own = await hub.ask(document(Way(("me",), "Citizen")), hub.bearer(Role.CITIZEN, nik=NIK))
    assert set(FOREIGN.findall(own.text)) == OWN
