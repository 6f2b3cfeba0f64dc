"""Every way from the root to every personal field, as everybody to whom it is not theirs: no foreign value comes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import NamedTuple

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

import city_sources
from models.viewer import Purpose, Role
from sample import citizens
from sample.city import SIZES
from sample.people import email_address, person, resident_number
from sample.write import write_city
from schema.build import SCHEMA
from schema.entity import ENTITIES
from schema.relay import GlobalId
from tests.api.hub import Running, environment, migrated, running

DEPTH_MAX = 3
"""How many records a way leads through."""
ROWS = 20
NIK = resident_number(0)
OWN = {
    NIK,
    email_address(0),
    person(0).phone,
    str(next(iter(citizens.generate(SIZES["small"]))).truth.family_card_number),
}
FOREIGN = re.compile(r"3671\d{8}9\d{3}|[\w.]+@example\.com|08\d{2}-0000-\d{6}")
"""What the sample city's people are known by: resident numbers, family cards, addresses of e-mail and telephones."""


class Way(NamedTuple):
    """A way from the root to the rows of an entity, through the fields of others."""

    steps: tuple[str, ...]
    entity: str

    def __str__(self) -> str:
        return ".".join(self.steps)


def personal_of(entity: str) -> list[str]:
    """The fields of the graph whose directive says that they are personal."""
    kind = SCHEMA._schema.get_type(entity)
    assert isinstance(kind, GraphQLObjectType)
    return [name for name, field in kind.fields.items() if is_personal(field)]


def is_personal(field: GraphQLField) -> bool:
    declared = field.extensions["strawberry-definition"]
    return bool(declared.directives)


def steps_from(kind: GraphQLObjectType) -> Iterator[tuple[str, str]]:
    for name, field in kind.fields.items():
        entity = get_named_type(field.type).name.removesuffix("Connection")
        if entity in ENTITIES and not any(map(is_required_argument, field.args.values())) and "id" not in field.args:
            yield name, entity


def ways() -> list[Way]:
    query = SCHEMA._schema.query_type
    assert query is not None
    found = [Way((name,), entity) for name, entity in steps_from(query)]
    for way in found:
        kind = SCHEMA._schema.get_type(way.entity)
        assert isinstance(kind, GraphQLObjectType)
        if len(way.steps) < DEPTH_MAX:
            found += [Way((*way.steps, name), entity) for name, entity in steps_from(kind)]
    return [way for way in found if personal_of(way.entity)]


WAYS = ways()


def selected(entity: str) -> str:
    """All personal fields of an entity, each once more under another name."""
    kind = SCHEMA._schema.get_type(entity)
    assert isinstance(kind, GraphQLObjectType)
    texts = []
    for name in personal_of(entity):
        named = get_named_type(kind.fields[name].type)
        inner = "" if is_leaf_type(named) else " { latitude longitude }"
        texts.append(f"{name}{inner} {name}Again: {name}{inner}")
    return " ".join(texts)


def document(way: Way) -> str:
    current, opened = SCHEMA._schema.query_type, []
    for depth, step in enumerate(way.steps):
        assert isinstance(current, GraphQLObjectType)
        named = get_named_type(current.fields[step].type).name
        is_list = named.endswith("Connection")
        rows = ROWS if depth == 0 else 3
        opened.append((f"{step}(first: {rows}) {{ edges {{ node", " } }") if is_list else (step, ""))
        current = SCHEMA._schema.get_type(named.removesuffix("Connection"))  # type: ignore[assignment]  # an entity
    text = selected(way.entity)
    for step, end in reversed(opened):
        text = f"{step} {{ {text} }}{end}"
    return f"query Walk {{ {text} }}"


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


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A hub of the whole small city, with its caches."""
    folder = tmp_path_factory.mktemp("matrix")
    await asyncio.to_thread(write_city, "small", folder / "city")
    database = await asyncio.to_thread(migrated, folder / "hub.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city_sources, "REPLICAS", folder / "replicas")
        patch.setattr(city_sources, "SAMPLE", folder / "city")
        environ = environment(folder / "city", database)
        own = {name: value for name, value in environ.items() if name != "HUB_CITY" and "_SOURCE_" not in name}
        async with running(own) as started:
            yield started


def test_the_ways_lead_to_every_entity_that_has_personal_fields() -> None:
    assert {way.entity for way in WAYS} == {entity for entity in ENTITIES if personal_of(entity)}
    assert len(WAYS) >= 30


async def test_no_way_brings_a_foreign_value(hub: Running) -> None:
    """From a cold cache, and once more from a warm one."""
    foreign: list[tuple[str, str]] = []
    asked = answered = 0
    for name, headers in strangers(hub).items():
        for way in WAYS:
            for _ in range(2):
                reply = await hub.ask(document(way), headers)
                asked += 1
                answered += '"data":{' in reply.text
                if set(FOREIGN.findall(reply.text)) - OWN:
                    foreign.append((name, str(way)))
    assert foreign == []
    assert answered == asked


async def test_no_id_brings_a_foreign_value(hub: Running) -> None:
    """By its global id, which anybody can make: through `node`, and under many aliases at once."""
    foreign: set[tuple[str, str]] = set()
    for name, headers in strangers(hub).items():
        for entity in sorted({way.entity for way in WAYS}):
            ids = [str(GlobalId(entity, str(number))) for number in range(1, ROWS + 1)]
            nodes = " ".join(f'n{i}: node(id: "{one}") {{ ... on {entity} {{ ...All }} }}' for i, one in enumerate(ids))
            query = f"query Guess {{ {nodes} }} fragment All on {entity} {{ {selected(entity)} }}"
            texts = [(await hub.ask(query, headers)).text for _ in range(2)]
            if set(FOREIGN.findall("".join(texts))) - OWN:
                foreign.add((name, entity))
    assert foreign == set()


async def test_the_matrix_would_see_a_value_that_came(hub: Running) -> None:
    """Whoever handles the records sees them by the same documents, so the search finds what is there."""
    desk = hub.bearer(Role.OFFICER, "dpmptsp") | {"hub-purpose": Purpose.SERVICE_DELIVERY.value}
    seen = set(FOREIGN.findall((await hub.ask(document(Way(("licenses",), "License")), desk)).text))
    assert len(seen - OWN) >= ROWS // 2
    own = await hub.ask(document(Way(("me",), "Citizen")), hub.bearer(Role.CITIZEN, nik=NIK))
    assert set(FOREIGN.findall(own.text)) == OWN
