"""The graph's words: all described, none contradicting a record, and the committed text is theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
)
from strawberry.utils.str_converters import to_camel_case

from connectors.departments import PACKAGE
from models.areas import Area as AreaRecord
from models.citizens import Citizen as CitizenRecord
from models.complaints import ComplaintHandling
from models.records import PersonalClass, Record, position_field
from models.sources.search import has_words
from schema import build
from schema.build import RECORDS, SCHEMA, contradictions, sdl
from schema.core.derived import derived_of
from schema.core.entity import ENTITIES
from schema.core.fields import all_of, many, one, raw_of
from schema.core.filters import filter_input
from schema.core.inputs import followed
from schema.core.orders import order_input

ROOT = Path(__file__).resolve().parents[2]
GRAPH = SCHEMA._schema
OWN_TYPES = {name: kind for name, kind in GRAPH.type_map.items() if not name.startswith("__")}


def test_the_committed_text_is_the_schema() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8") == sdl() + "\n"


def test_no_field_contradicts_its_record() -> None:
    assert contradictions() == []


def test_a_contradiction_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = AreaRecord.fields["name"]
    strict = {**AreaRecord.fields, "name": replace(contract, nullable=False)}
    monkeypatch.setattr(AreaRecord, "fields", strict)
    assert contradictions() == ["Area.name is nullable, its record says otherwise"]


def test_everything_is_described() -> None:
    silent = []
    for name, kind in OWN_TYPES.items():
        if name in {"Int", "Float", "String", "Boolean", "ID"}:
            continue
        if not kind.description:
            silent.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                if not field.description:
                    silent.append(f"{name}.{field_name}")
                arguments = getattr(field, "args", {})
                silent += [f"{name}.{field_name}({arg})" for arg, given in arguments.items() if not given.description]
        if isinstance(kind, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, given in kind.values.items() if not given.description]
    assert silent == []


def test_custom_scalars_say_where_they_are_specified() -> None:
    own = {n: k for n, k in OWN_TYPES.items() if isinstance(k, GraphQLScalarType)}
    unspecified = [n for n, k in own.items() if n not in {"Int", "Float", "String", "Boolean", "ID"}]
    assert sorted(unspecified) == ["AreaCode", "BpsCode", "Date", "DateTime", "Decimal", "GeoJson", "JSON", "Url"]
    assert all(own[name].specified_by_url for name in unspecified)


def test_every_field_that_names_a_link_is_one() -> None:
    """What clients put behind `href` or `src` has been looked at, in whatever subject."""
    ends = re.compile(r"(url|uri|link|image|photo|picture|web|website|href)s?$", re.IGNORECASE)
    kinds = [kind for kind in OWN_TYPES.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)]
    links = {
        f"{kind.name}.{name}": get_named_type(field.type).name
        for kind in kinds
        for name, field in kind.fields.items()
        if ends.search(name)
    }
    assert links == dict.fromkeys(["Alert.web", "Event.url", "NewsArticle.image", "PublicService.url"], "Url")


def test_every_enum_that_is_answered_knows_unknown() -> None:
    """What is only asked with, such as a direction, needs no word for what nobody knows."""
    objects = [kind for kind in OWN_TYPES.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)]
    answered = {get_named_type(field.type) for kind in objects for field in kind.fields.values()}
    enums = {kind.name: set(kind.values) for kind in answered if isinstance(kind, GraphQLEnumType)}
    assert "ComplaintStatus" in enums
    assert {name for name, values in enums.items() if "UNKNOWN" not in values} == {"Purpose", "SearchKind"}


def test_every_enum_field_has_a_label_beside_it() -> None:
    without = []
    for entity in ENTITIES:
        fields = GRAPH.type_map[entity].fields  # type: ignore[attr-defined]  # entities are object types
        for name, field in fields.items():
            inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            if isinstance(inner, GraphQLEnumType) and f"{name}Label" not in fields:
                without.append(f"{entity}.{name}")
    assert without == []


def test_what_can_be_asked_for_by_its_place_says_how_far_it_is_and_nothing_else_does() -> None:
    """A distance tells where something is, so a position that not everybody sees has none."""
    located = {name for name, entity in ENTITIES.items() if position_field(entity.record) is not None}
    measured = {name for name in ENTITIES if "distanceMeters" in GRAPH.type_map[name].fields}  # type: ignore[attr-defined]  # as above
    assert located == measured == {"Complaint", "Event", "Hospital", "School"}


def test_every_public_status_says_what_its_source_wrote() -> None:
    shown: list[str] = []
    without: list[str] = []
    for name, entity in ENTITIES.items():
        fields = GRAPH.type_map[name].fields  # type: ignore[attr-defined]  # entities are object types
        for field in entity.record.fields.values():
            word = to_camel_case(field.name)
            if field.name.startswith("status") and field.personal is PersonalClass.NON_PERSONAL:
                (shown if f"{word}Raw" in fields else without).append(f"{name}.{word}")
    assert without == []
    assert sorted(shown) == [
        "AdmissionApplication.status", "Alert.status", "Complaint.status", "Complaint.statusDetail", "Event.status",
        "JobApplication.status", "JobPosting.status", "License.status", "LicenseApplication.status",
        "StatusChange.statusDetail",
    ]  # fmt: skip


@pytest.mark.parametrize(("record", "field"), [(CitizenRecord, "registration_status"), (AreaRecord, "name")])
def test_what_was_written_is_shown_of_public_enums_alone(record: type[Record], field: str) -> None:
    declared = raw_of(field)
    with pytest.raises(TypeError, match=f"shows what was written in '{field}', which is no public enum"):
        declared.make(record, f"{field}_raw")


@pytest.mark.parametrize("follows", [one, many, all_of])
def test_a_field_that_leads_elsewhere_than_its_record_is_refused(follows: Callable[..., Any]) -> None:
    declared = follows(CitizenRecord, "Whoever lives here.")
    with pytest.raises(TypeError, match=r"Area\.parent leads to 'areas', and not to 'citizens'"):
        declared.make(AreaRecord, "parent")


def test_the_graph_shows_every_record_that_the_city_maps() -> None:
    assert set(RECORDS) == {mapping.record for mapping in PACKAGE.mappings}
    assert list(RECORDS) == [*(entity.record for entity in ENTITIES.values()), ComplaintHandling]


def test_root_fields_that_read_a_source_are_nullable() -> None:
    strict = [n for n, f in GRAPH.query_type.fields.items() if isinstance(f.type, GraphQLNonNull)]  # type: ignore[union-attr]
    assert strict == ["departments"]


def test_every_entity_is_a_node_with_provenance() -> None:
    for name in ENTITIES:
        kind = GRAPH.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        assert [interface.name for interface in kind.interfaces] == ["Node"]
        assert isinstance(kind.fields["provenance"].type, GraphQLNonNull)


@pytest.mark.parametrize("record", list(RECORDS), ids=lambda record: record.name)
def test_inputs_hold_what_the_contract_allows(record: type[AreaRecord]) -> None:
    filters = filter_input(record, record.__name__)
    orders = order_input(record, record.__name__)
    derived = derived_of(record)
    filtered = [to_camel_case(f.name) for f in record.fields.values() if f.filter]
    filtered += [to_camel_case(f.name) for f in derived]
    sorted_by = [to_camel_case(f.name) for f in record.fields.values() if f.sort]
    sorted_by += [to_camel_case(f.name) for f in derived if f.sorts_as is not None]
    located = [*("near", "within")] if position_field(record) is not None else []
    worded = ["text"] if has_words(record) else []
    related = [to_camel_case(relation.name) for relation in followed(record)]
    ones = [to_camel_case(relation.name) for relation in followed(record) if not relation.many]
    beside = [*filtered, *located, *worded, *related]
    conditions = ["and", "or", "not", *beside] if beside else []
    assert ([a[:-1] for a in filters.__annotations__] if filters is not None else []) == conditions
    assert ([a[:-1] for a in orders.__annotations__] if orders is not None else []) == [
        *sorted_by,
        *ones,
        *(["distance"] if located else []),
    ]


def test_no_personal_field_can_be_filtered_or_sorted_through_the_graph() -> None:
    personal = [
        f"{record.name}.{field.name}"
        for record in RECORDS
        for field in record.fields.values()
        if field.personal.value != "NON_PERSONAL" and (field.filter or field.sort or field.group)
    ]
    assert personal == []


def test_the_query_is_made_of_one_class_per_subject() -> None:
    assert [base.__name__ for base in build.Query.__bases__] == [
        "AdmissionQuery", "AreaQuery", "CitizenQuery", "ComplaintQuery", "DepartmentQuery", "EmergencyQuery",
        "EventQuery", "GroupsQuery", "HospitalQuery", "JobQuery", "LicenseQuery", "NewsQuery", "NodeQuery",
        "PriceQuery", "ReceiptQuery", "RightsQuery", "SearchQuery", "ServiceQuery", "SimilarQuery", "StatisticsQuery",
        "VocabularyQuery",
    ]  # fmt: skip


def test_the_mutation_is_made_of_one_class_per_subject() -> None:
    assert [base.__name__ for base in build.Mutation.__bases__] == [
        "ActionMutation", "SubjectAccessMutation", "RightsMutation", "ConsentMutation", "UnlockMutation",
    ]  # fmt: skip


def test_mutations_are_nullable_so_that_one_that_fails_takes_no_other_with_it() -> None:
    assert [n for n, f in GRAPH.mutation_type.fields.items() if isinstance(f.type, GraphQLNonNull)] == []  # type: ignore[union-attr]
