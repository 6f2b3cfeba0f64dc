"""Record: the contract of one kind of thing, the same in every city. Reads never instantiate it."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from models.values.types import AreaCode, BpsCode, Money, PersonId, Position

AREA = "area"
"""The name of the relation to the area that a record lies in, in every record that has one."""

KEY = "id"
"""The name of the field that identifies a record inside its source, in every record."""


STATISTIC_FIELDS_MAX = 2
"""Rounded counts by more fields would single people out."""


class PersonalClass(Enum):
    """How the law sees a field (UU 27/2022); FREE_TEXT may hold anything that people write."""

    NON_PERSONAL = "NON_PERSONAL"
    GENERAL = "GENERAL"
    SPECIFIC = "SPECIFIC"
    FREE_TEXT = "FREE_TEXT"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: its clean type, what may be asked of it, and its legal class."""

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
    """A relation from one record to another: `on` maps fields of `record` to fields of `target`.

    `within`: the key is an area, and everything in it and below it belongs to the relation.
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
    """Declare a field of a record; its annotation is its clean type. Measured fields are numbers or money.

    Everybody may see rounded counts by its `statistic` fields, of which there are at most two.
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
    owner: str | None
    ownerless: bool
    only_open: bool
    handled_by: str | None
    unlocked: frozenset[str]
    rows: int
    rows_behind: int
    fields: Mapping[str, Field]
    relations: Mapping[str, Relation]


class Record(metaclass=_RecordType):
    """Base of all records. A subclass names itself: `class Complaint(Record, name="complaints")`.

    The name is the plural that relations, reads and findings use. Raises TypeError when a record contradicts itself.
    """

    def __init_subclass__(  # noqa: PLR0913  # each is a keyword that a record states about itself
        cls,
        *,
        name: str,
        measures: str | None = None,
        owner: str | None = None,
        ownerless: bool = False,
        only_open: bool = False,
        handled_by: str | None = None,
        unlocked: Iterable[str] = (),
        rows: int = 0,
        rows_behind: int = 0,
    ) -> None:
        """`measures` names the record of which this one is another view, without a source of its own.

        Whom a record is about, for the policy: `owner` is the field with the resident number of the person.
        `ownerless`: the record is about people, but the source has no resident number. `only_open`: rows exist for a
        viewer only if they are open. `handled_by` is the field with the code of the department that handles a row, by
        default the department of the source. `unlocked` has the fields that are shown of an unlocked reporter.

        What they cost: `rows` is the number in a city of two million people, if there are so many that looking at all
        of them costs; higher if that takes longer. `rows_behind` is the same for rows from
        which a source makes these, or their key, by which it orders them.
        """
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
        unlocked = frozenset(unlocked)
        _check(cls.__name__, fields, relations)
        _check_policy(cls.__name__, fields, owner, handled_by, unlocked)
        cls.name = name
        cls.measures = measures
        cls.owner = owner
        cls.ownerless = ownerless
        cls.only_open = only_open
        cls.handled_by = handled_by
        cls.unlocked = unlocked
        cls.rows = rows
        cls.rows_behind = rows_behind
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


def _check_policy(
    record: str, fields: Mapping[str, Field], owner: str | None, handled_by: str | None, unlocked: frozenset[str]
) -> None:
    unknown = {name for name in (owner, handled_by, *unlocked) if name is not None} - set(fields)
    if unknown:
        raise TypeError(f"{record} names {min(unknown)!r} for the policy, which is no field of it")
    if owner is not None and not issubclass(fields[owner].clean_type, PersonId):
        raise TypeError(f"{record}.{owner} says whom it is about, so it must be a resident number")


@functools.lru_cache(maxsize=512)
def public_fields(record: type[Record]) -> frozenset[str]:
    """The fields of a record that are not personal."""
    return frozenset(name for name, field in record.fields.items() if field.personal is PersonalClass.NON_PERSONAL)


def position_field(record: type[Record]) -> str | None:
    """The field with the position of a record; None without one, and for areas, which are places themselves."""
    places = (
        field.name
        for field in record.fields.values()
        if field.clean_type is Position and field.personal is PersonalClass.NON_PERSONAL
    )
    return next(places, None) if AREA in record.relations else None


class Registry:
    """The records of the graph by name. Raises TypeError if they do not fit together."""

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
