"""The base of every type that shows a record; it creates the declared fields, global id and provenance."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import strawberry
from strawberry.types.field import StrawberryField

from engine.facts import BatchCall, Children, FieldFacts, Parents, Resolved, RowView
from models.batch import Batch, Freshness, ServedFrom
from models.records import KEY, Record
from models.values.vocabulary import Vocabulary
from schema.core.context import Context
from schema.core.fields import Declared, batch_of, plain
from schema.core.filters import filter_input
from schema.core.lanes import field_of
from schema.core.orders import order_input
from schema.core.relay import Columns, global_ids
from schema.core.vocabularies import words
from schema.departments import Department, department_named

ENTITIES: dict[str, type[Entity]] = {}
"""The entities by name in the graph, to read a record by its global id."""


@strawberry.type(description="Where a record comes from and how old it is.")
class Provenance:
    department: Department = strawberry.field(description="The department that owns the data.")
    as_of: datetime | None = strawberry.field(description="When the data was true, as far as the source says.")
    fetched_at: datetime = strawberry.field(description="When the hub read it.")
    served_from: ServedFrom = strawberry.field(description="Where the hub took it from.")
    freshness: Freshness = strawberry.field(
        description="Whether it is as young as the contract of the source promises."
    )


def _global_ids(parents: Parents, _: BatchCall) -> Resolved:
    return global_ids(_ENTITY_NAMES[batch_of(parents).record], parents.column(KEY))


def _provenances(parents: Parents, call: BatchCall) -> Resolved:
    """One provenance for all rows of a batch, or one per row if the source says how old each row is."""
    batch, rows = batch_of(parents), parents.rows
    if batch.as_of is None:
        return Children(provenance_of(batch, rows[:1], call.context), [0] * len(rows))
    return Children(provenance_of(batch, rows, call.context), range(len(rows)))


def provenance_of(batch: Batch, rows: Sequence[int], context: Context) -> Columns:
    """The provenances of some rows of a batch, as columns."""
    city, origin = context.services.city, batch.origin
    department = city.department(origin.department)
    if department is None:
        raise AssertionError("a catalog holds only sources of departments of the city")
    ages = [batch.as_of_row(row) for row in rows]
    return Columns(
        {
            "department": [department_named(department)] * len(rows),
            "as_of": [age.astimezone(city.time_zone) if age is not None else None for age in ages],
            "fetched_at": [origin.fetched_at.astimezone(city.time_zone)] * len(rows),
            "served_from": [origin.served_from] * len(rows),
            "freshness": [origin.freshness(age, context.request.now) for age in ages],
        }
    )


_ENTITY_NAMES: dict[str, str] = {}


@strawberry.interface(name="Node", description="A record that can be read again by its global id.")
class Entity:
    """`class Complaint(Entity, of=records.Complaint)`: each annotated line exposes one field of the record."""

    record: ClassVar[type[Record]]

    id: strawberry.ID = field_of(_global_ids, "The global id.", facts=FieldFacts((KEY,)))
    provenance: Provenance = field_of(
        _provenances, "Where the record comes from and how old it is.", facts=FieldFacts()
    )

    def __init_subclass__(cls, *, of: type[Record]) -> None:
        super().__init_subclass__()
        cls.record = of
        if cls.__name__ != of.__name__:
            raise TypeError(f"The type of {of.__name__} in the graph has the same name, not {cls.__name__}.")
        for field in of.fields.values():
            if issubclass(field.clean_type, Vocabulary):
                words(field.clean_type)
        # Also for a record without a list: filters and orders of other records lead to it.
        filter_input(of, cls.__name__)
        order_input(of, cls.__name__)
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
        return isinstance(value, RowView) and getattr(value.table, "record", None) == cls.record.name
