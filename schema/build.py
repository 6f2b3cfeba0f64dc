"""The one schema: all subjects under one Query, checked against the contracts of the records when it is built."""

from __future__ import annotations

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryOptional, get_object_definition

from engine.facts import FACTS
from models.policy import undecided
from models.records import Registry
from schema import (
    admissions,
    areas,
    citizens,
    complaints,
    consents,
    emergencies,
    events,
    exports,
    hospitals,
    jobs,
    licenses,
    news,
    prices,
    rights,
    services,
)
from schema.aggregates import groups_query
from schema.departments import DepartmentQuery
from schema.entity import ENTITIES
from schema.grouped import GROUPED, TIMED
from schema.nodes import NodeQuery
from schema.scalars import scalar_map
from schema.search import SearchQuery
from schema.source_states import SourceStateSubscription
from schema.statistics import statistics_query
from schema.unlocking import UnlockMutation
from schema.vocabularies import VocabularyQuery

GroupsQuery = groups_query(*GROUPED)
StatisticsQuery = statistics_query()


@strawberry.type(description="Everything that can be asked of the city.")
class Query(
    admissions.AdmissionQuery,
    areas.AreaQuery,
    citizens.CitizenQuery,
    complaints.ComplaintQuery,
    DepartmentQuery,
    emergencies.EmergencyQuery,
    events.EventQuery,
    GroupsQuery,  # type: ignore[misc, valid-type]  # a type made at run time
    hospitals.HospitalQuery,
    jobs.JobQuery,
    licenses.LicenseQuery,
    news.NewsQuery,
    NodeQuery,
    prices.PriceQuery,
    rights.RightsQuery,
    SearchQuery,
    services.ServiceQuery,
    StatisticsQuery,  # type: ignore[misc, valid-type]  # as above
    VocabularyQuery,
):
    pass


@strawberry.type(description="Everything that can be done through the hub.")
class Mutation(
    exports.ExportMutation,
    rights.RightsMutation,
    consents.ConsentMutation,
    UnlockMutation,
):
    pass


@strawberry.type(description="What the hub tells by itself, over WebSocket or server-sent events.")
class Subscription(SourceStateSubscription):
    pass


RECORDS = Registry(*(entity.record for entity in ENTITIES.values()), *TIMED)
"""The records that the graph reads, by name. It raises TypeError where a relation leads to none of them."""

if _undecided := undecided(RECORDS):
    raise TypeError("; ".join(_undecided))

SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=list(ENTITIES.values()),
    config=StrawberryConfig(auto_camel_case=True, scalar_map=scalar_map()),
)


@cache
def sdl() -> str:
    """The schema in its own language, printed once in a process: that takes 30 ms."""
    return SCHEMA.as_str()


def contradictions() -> list[str]:
    """Where the graph and the contracts disagree: a field may be non-null only where its record's is."""
    found = []
    for name, entity in ENTITIES.items():
        definition = get_object_definition(entity, strict=True)
        for field in definition.fields:
            contract = entity.record.fields.get(field.python_name)
            optional = isinstance(field.type, StrawberryOptional)
            if contract is not None and FACTS in field.metadata and field.base_resolver is None:
                if contract.nullable is not optional:
                    found.append(
                        f"{name}.{field.python_name} is {'' if optional else 'not '}nullable, its record says otherwise"
                    )
            elif field.python_name in entity.record.relations and not optional:
                found.append(f"{name}.{field.python_name} reads a source, so it must be nullable")
            if not field.description:
                found.append(f"{name}.{field.python_name} has no description")
    return found
