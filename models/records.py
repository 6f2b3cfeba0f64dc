"""Record: the contract of one thing of a subject, the same in every city. It is never instantiated on the read path."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from models.values import AreaCode, BpsCode, Money, Position

AREA = "area"
"""The name of the relation to the area that a record lies in, in every record that has one."""

KEY = "id"
"""The name of the field that identifies a record inside its source, in every record."""


STATISTIC_FIELDS_MAX = 2
"""Rounded counts by more things at once would single people out."""


class PersonalClass(Enum):
    """How the law sees a field (UU 27/2022); FREE_TEXT may hold anything that people write."""

    NON_PERSONAL = "NON_PERSONAL"
    GENERAL = "GENERAL"
    SPECIFIC = "SPECIFIC"
    FREE_TEXT = "FREE_TEXT"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its clean type, what may be asked of it, and how the law sees it."""

    name: str
    clean_type: type
    nullable: bool
    description: str
    personal: PersonalClass
    filter: bool
    sort: bool
    group: bool
    measure: bool = False
    statistic: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A way from one record to another: `on` maps fields of `record` to fields of `target`.

    `within` says that the key here is an area and that everything in and below it belongs to the relation.
    """

    record: str
    name: str
    target: str
    on: tuple[tuple[str, str], ...]
    many: bool
    within: bool


@dataclass(frozen=True, slots=True)
class _FieldDeclaration:
    description: str
    personal: PersonalClass
    filter: bool
    sort: bool
    group: bool
    measure: bool
    statistic: bool


@dataclass(frozen=True, slots=True)
class _RelationDeclaration:
    target: str
    on: tuple[tuple[str, str], ...]
    many: bool
    within: bool


def field(
    description: str,
    *,
    personal: PersonalClass = PersonalClass.NON_PERSONAL,
    filter: bool = False,  # noqa: A002  # the word that the graph uses
    sort: bool = False,
    group: bool = False,
    measure: bool = False,
    statistic: bool = False,
) -> Any:
    """Declare a field of a record; its annotation is its clean type. What is measured is a number or money.

    By its `statistic` fields, two at most, everybody may be told how many records there are, rounded.
    """
    return _FieldDeclaration(description, personal, filter, sort, group, measure, statistic)


def to_one(target: str, *, on: Mapping[str, str]) -> Any:
    """Declare a relation to at most one record named `target`."""
    return _RelationDeclaration(target, tuple(on.items()), many=False, within=False)


def to_many(target: str, *, on: Mapping[str, str], within: bool = False) -> Any:
    """Declare a relation to a list of records named `target`."""
    return _RelationDeclaration(target, tuple(on.items()), many=True, within=within)


class _RecordType(type):
    """What every record knows of itself. It stands beside Record, so that a field may be called `name` as well."""

    name: str
    measures: str | None
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation]


class Record(metaclass=_RecordType):
    """Base of all records. A subclass names itself: `class Complaint(Record, name="complaints")`.

    The name is the plural that relations, reads and findings use. Raises TypeError when a record contradicts itself.
    """

    def __init_subclass__(cls, *, name: str, measures: str | None = None) -> None:
        """`measures` names the record whose rows this one is only another view of: no source keeps it by itself."""
        super().__init_subclass__()
        hints = get_type_hints(cls)
        fields: dict[str, Field] = {}
        relations: dict[str, Relation] = {}
        for attribute, declared in list(vars(cls).items()):
            if isinstance(declared, _FieldDeclaration):
                if attribute not in hints:
                    raise TypeError(f"{cls.__name__}.{attribute} has no type annotation")
                fields[attribute] = _field(attribute, hints[attribute], declared)
            elif isinstance(declared, _RelationDeclaration):
                relations[attribute] = Relation(
                    name, attribute, declared.target, declared.on, declared.many, declared.within
                )
        _check(cls.__name__, fields, relations)
        cls.name = name
        cls.measures = measures
        cls.fields = types.MappingProxyType(fields)
        cls.relations = types.MappingProxyType(relations)


def _field(name: str, hint: object, declared: _FieldDeclaration) -> Field:
    inner, nullable = _without_none(hint)
    return Field(
        name=name,
        clean_type=inner,
        nullable=nullable,
        description=declared.description,
        personal=declared.personal,
        filter=declared.filter,
        sort=declared.sort,
        group=declared.group,
        measure=declared.measure,
        statistic=declared.statistic,
    )


def _without_none(hint: object) -> tuple[type, bool]:
    if get_origin(hint) not in (Union, types.UnionType):
        return typing.cast(type, hint), False
    inner = [part for part in get_args(hint) if part is not type(None)]
    if len(inner) != 1:
        raise TypeError(f"a field is of one type, not of {hint}")
    return inner[0], True


def _check(record: str, fields: Mapping[str, Field], relations: Mapping[str, Relation]) -> None:
    key = fields.get(KEY)
    if key is None or key.nullable or key.personal is not PersonalClass.NON_PERSONAL:
        raise TypeError(f"{record} needs a field {KEY!r} that is neither null nor personal")
    if sum(declared.statistic for declared in fields.values()) > STATISTIC_FIELDS_MAX:
        raise TypeError(f"{record} has more than {STATISTIC_FIELDS_MAX} statistic fields, which would tell too much")
    for name, declared in fields.items():
        if declared.personal is not PersonalClass.NON_PERSONAL and not declared.nullable:
            raise TypeError(f"{record}.{name} is personal, so it must be nullable")
        if declared.measure and declared.clean_type not in (int, Money):
            raise TypeError(f"{record}.{name} is measured, so it must be a whole number or money")
    for name, relation in relations.items():
        missing = [here for here, _ in relation.on if here not in fields]
        if missing:
            raise TypeError(f"{record}.{name} joins on {missing[0]!r}, which is no field of {record}")
        if not relation.on:
            raise TypeError(f"{record}.{name} joins on no field")
        if relation.within and [fields[here].clean_type for here, _ in relation.on] not in ([AreaCode], [BpsCode]):
            raise TypeError(f"{record}.{name} is within an area, so it joins on one area code")


def position_field(record: type[Record]) -> str | None:
    """The field that says where a record is on earth; None for what has no place, and for areas, which are places."""
    places = (
        field.name
        for field in record.fields.values()
        if field.clean_type is Position and field.personal is PersonalClass.NON_PERSONAL
    )
    return next(places, None) if AREA in record.relations else None


class Registry:
    """The records of the graph by name. Raises TypeError when they do not fit."""

    def __init__(self, *records: type[Record]) -> None:
        self._records = {record.name: record for record in records}
        if len(self._records) != len(records):
            raise TypeError("two records have one name")
        for record in records:
            for relation in record.relations.values():
                self._check_relation(record, relation)

    def _check_relation(self, record: type[Record], relation: Relation) -> None:
        target = self._records.get(relation.target)
        if target is None:
            raise TypeError(f"{record.__name__}.{relation.name} leads to {relation.target!r}, which is no record")
        for here, there in relation.on:
            if there not in target.fields:
                raise TypeError(f"{record.__name__}.{relation.name} joins on {there!r}, no field of {target.__name__}")
            if record.fields[here].clean_type is not target.fields[there].clean_type:
                raise TypeError(f"{record.__name__}.{relation.name} joins {here!r} to {there!r}, of another type")

    def __getitem__(self, name: str) -> type[Record]:
        return self._records[name]

    def __iter__(self) -> typing.Iterator[type[Record]]:
        return iter(self._records.values())
