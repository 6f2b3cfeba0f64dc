"""The schema: all subjects under one Query, checked against the contracts of the records when it is built."""

from __future__ import annotations

from functools import cache

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryOptional, get_object_definition

from engine.facts import FACTS
from models.policy.decisions import undecided
from models.records import Registry
from schema import (
    admissions,
    areas,
    citizens,
    complaints,
    emergencies,
    events,
    hospitals,
    jobs,
    licenses,
    news,
    prices,
    services,
)
from schema.actions.fields import ReceiptQuery, ReceiptSubscription
from schema.actions.mutations import ActionMutation
from schema.actions.similar import SimilarQuery
from schema.aggregates.grouped import GROUPED, TIMED
from schema.aggregates.groups import groups_query
from schema.aggregates.statistics import statistics_query
from schema.core.entity import ENTITIES
from schema.core.nodes import NodeQuery
from schema.core.scalars import scalar_map
from schema.core.vocabularies import VocabularyQuery
from schema.departments import DepartmentQuery
from schema.privacy import consents, subject_access, subject_requests
from schema.privacy.unlocking import UnlockMutation
from schema.search import SearchQuery
from schema.source_states import SourceStateSubscription

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
    ReceiptQuery,
    subject_requests.RightsQuery,
    SearchQuery,
    services.ServiceQuery,
    SimilarQuery,
    StatisticsQuery,  # type: ignore[misc, valid-type]  # as above
    VocabularyQuery,
):
    pass


@strawberry.type(description="Everything that can be done through the hub.")
class Mutation(
    ActionMutation,
    subject_access.SubjectAccessMutation,
    subject_requests.RightsMutation,
    consents.ConsentMutation,
    UnlockMutation,
):
    pass


@strawberry.type(description="What the hub tells by itself, over WebSocket or server-sent events.")
class Subscription(ReceiptSubscription, SourceStateSubscription):
    pass


RECORDS = Registry(*(entity.record for entity in ENTITIES.values()), *TIMED)
"""The records of the graph by name. Raises TypeError if the target of a relation is missing."""

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
    """The SDL, printed once per process, because that takes 30 ms."""
    return SCHEMA.as_str()


def contradictions() -> list[str]:
    """Where the graph contradicts the contracts: a field may be non-null only if the field of the record is."""
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
