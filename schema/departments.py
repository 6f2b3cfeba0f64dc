"""Departments in the graph: the city's agencies. They are constants of the city, so no source is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import Info

from engine.facts import BatchCall, FieldFacts, Parents, Resolved
from models import city
from models.records import Record
from models.values.dictionary_column import per_value
from schema.core.context import context_of
from schema.core.fields import Declared
from schema.core.lanes import field_of
from schema.sources import Source, sources_of


def _sources(root: Department, info: Info) -> list[Source]:
    context = context_of(info)
    return sources_of(context.services.records.catalog, root.code, context.request.language)


@strawberry.type(description="An agency of the city that owns data.")
class Department:
    code: str = strawberry.field(description="The code of the department.")
    name: str = strawberry.field(description="Its full name.")
    abbreviation: str = strawberry.field(description="The short name that people use.")
    sources: list[Source] = strawberry.field(resolver=_sources, description="Its systems that the hub can read.")


def department_named(department: city.Department) -> Department:
    return Department(code=department.code, name=department.name, abbreviation=department.abbreviation)


def department_of(field: str, description: str) -> Any:
    """The department whose code is in a field of the record."""

    def make(record: type[Record], name: str) -> Any:  # noqa: ARG001  # the form of every declaration
        def batch(parents: Parents, call: BatchCall) -> Resolved:
            city = call.context.services.city

            def shown(codes: Sequence[Any]) -> list[Department | None]:
                known = {code: city.department(code) for code in set(codes)}
                named = {code: department_named(one) for code, one in known.items() if one is not None}
                return list(map(named.get, codes))

            return per_value(parents.column(field), shown)

        return field_of(batch, description, facts=FieldFacts((field,)))

    return Declared(make)


def _departments(info: Info) -> list[Department]:
    return [department_named(department) for department in context_of(info).services.city.departments]


@strawberry.type
class DepartmentQuery:
    departments: list[Department] = strawberry.field(
        resolver=_departments, description="The departments of the city, by code."
    )
