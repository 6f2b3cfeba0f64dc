"""Types of the graph that are generated from contracts at run time."""

from __future__ import annotations

from typing import Any

import strawberry

Made = dict[str, tuple[Any, Any]]
"""The fields of a type by Python name: annotation and declaration."""


def made_type(name: str, fields: Made, description: str) -> Any:
    """A type of the graph with these fields."""
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__doc__": description}
    for field, (annotation, declared) in fields.items():
        namespace["__annotations__"][field] = annotation
        namespace[field] = declared
    return strawberry.type(type(name, (), namespace), description=description)


def snake_case(name: str) -> str:
    """`JobPosting` as `job_posting`."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).removeprefix("_")
