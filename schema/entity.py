"""Entity: the base of every type that shows a record; it makes its declared fields, global id and provenance."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import Any, ClassVar, cast

import strawberry
from strawberry import Info
from strawberry.types.field import StrawberryField

from models.batch import Freshness, ServedFrom
from models.records import KEY, Record
from resolvers.reference import Row
from schema.context import context_of
from schema.departments import Department, department_named
from schema.facts import facts_metadata
from schema.fields import Declared, plain
from schema.relay import GlobalId

ENTITIES: dict[str, type[Entity]] = {}
"""The entities by their name in the graph, for reading a record by its global id."""


@strawberry.type(description="Where a record comes from and how old it is.")
class Provenance:
    department: Department = strawberry.field(description="The department that owns the data.")
    as_of: datetime | None = strawberry.field(description="When the data was true, as far as the source says.")
    fetched_at: datetime = strawberry.field(description="When the hub read it.")
    served_from: ServedFrom = strawberry.field(description="Where the hub took it from.")
    freshness: Freshness = strawberry.field(
        description="Whether it is as young as the contract of the source promises."
    )


def _global_id(root: Any) -> Any:
    return strawberry.ID(str(GlobalId(_ENTITY_NAMES[root.batch.record], getattr(root, KEY))))


def _provenance(root: Any, info: Info) -> Any:
    row = cast(Row, root)
    context = context_of(info)
    city = context.services.city
    origin = row.batch.origin
    as_of = row.batch.as_of_row(row.row)
    department = city.department(origin.department)
    if department is None:
        raise AssertionError("a catalog holds only sources of departments of the city")
    return Provenance(
        department=department_named(department),
        as_of=as_of.astimezone(city.time_zone) if as_of is not None else None,
        fetched_at=origin.fetched_at.astimezone(city.time_zone),
        served_from=origin.served_from,
        freshness=origin.freshness(as_of, context.request.now),
    )


_ENTITY_NAMES: dict[str, str] = {}


@strawberry.interface(name="Node", description="A record that can be read again by its global id.")
class Entity:
    """`class Complaint(Entity, of=records.Complaint)`: each annotated line exposes one field of the record."""

    record: ClassVar[type[Record]]

    id: strawberry.ID = strawberry.field(
        resolver=_global_id, description="The global id.", metadata=facts_metadata(KEY)
    )
    provenance: Provenance = strawberry.field(
        resolver=_provenance, description="Where the record comes from and how old it is.", metadata=facts_metadata()
    )

    def __init_subclass__(cls, *, of: type[Record]) -> None:
        super().__init_subclass__()
        cls.record = of
        if cls.__name__ != of.__name__:
            raise TypeError(f"The type of {of.__name__} in the graph has the same name, not {cls.__name__}.")
        for name in inspect.get_annotations(cls):
            declared = cls.__dict__.get(name)
            if isinstance(declared, Declared):
                setattr(cls, name, declared.make(of, name))
            elif not isinstance(declared, StrawberryField):
                setattr(cls, name, plain(of, name))
        ENTITIES[cls.__name__] = cls
        _ENTITY_NAMES[of.name] = cls.__name__

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Row) and value.batch.record == cls.record.name
