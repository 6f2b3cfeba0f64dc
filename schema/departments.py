"""Departments: the city's agencies, as its package states them. They are constants: no source is read for them."""

from __future__ import annotations

from typing import Any, cast

import strawberry
from strawberry import Info
from strawberry.types.field import StrawberryField

from models import city
from models.records import Record
from schema.context import context_of
from schema.facts import facts_metadata
from schema.fields import Declared


@strawberry.type(description="An agency of the city that owns data.")
class Department:
    code: str = strawberry.field(description="The code of the department.")
    name: str = strawberry.field(description="Its full name.")
    abbreviation: str = strawberry.field(description="The short name that people use.")


def department_named(department: city.Department) -> Department:
    return Department(code=department.code, name=department.name, abbreviation=department.abbreviation)


def department_of(field: str, description: str) -> Any:
    """The department whose code stands in a field of the record."""

    def make(record: type[Record], name: str) -> StrawberryField:  # noqa: ARG001  # the form of every declaration
        def resolve(root: Any, info: Info) -> Any:
            department = context_of(info).services.city.department(getattr(root, field))
            return department_named(department) if department is not None else None

        facts = facts_metadata(field)
        return cast(StrawberryField, strawberry.field(resolver=resolve, description=description, metadata=facts))

    return Declared(make)


def _departments(info: Info) -> list[Department]:
    return [department_named(department) for department in context_of(info).services.city.departments]


@strawberry.type
class DepartmentQuery:
    departments: list[Department] = strawberry.field(
        resolver=_departments, description="The departments of the city, by code."
    )
