"""Personal arguments: values of people's data in an operation, which may not stand in an address.

Addresses are kept where nobody looks after them: in logs of proxies, histories of browsers, and other sites' referrers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from engine.lanes import Priced
from engine.plan import PlannedRead
from models.records import PersonalClass
from schema.build import RECORDS

_RECORDS = {record.name: record for record in RECORDS}


def has_personal_arguments(priced: Priced) -> bool:
    """Whether a plan compares a personal field with anything, at any depth of a filter, or looks a record up by one."""
    return any(_is_personal(read, priced) for read in priced.plan.reads)


def _is_personal(read: PlannedRead, priced: Priced) -> bool:
    record = _RECORDS.get(read.record)
    if record is None:
        return False  # no record, but a search or nodes of any kind
    personal = {field.name for field in record.fields.values() if field.personal is not PersonalClass.NON_PERSONAL}
    try:
        arguments = read.field.arguments(priced.variables, hide_suggestions=True)
    except GraphQLError:
        return False  # the field fails before it reads
    named = personal | {to_camel_case(name) for name in personal}
    return any(name in named for name in _names(arguments))


def _names(value: object) -> Iterator[str]:
    """The names of all arguments and input fields that are given."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            yield from one
            pending += one.values()
        elif isinstance(one, list):
            pending += one
