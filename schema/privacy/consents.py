"""Consents in the graph: residents see, withdraw and give their consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from engine.facts import BatchCall, Children, Parents, Resolved
from models.policy.subject_requests import Consent, RightsKind
from models.policy.viewer import Purpose
from schema.core.context import Context
from schema.core.lanes import field_of
from schema.core.own_lists import NATIONAL_ID, own_rows
from schema.core.relay import Columns
from schema.privacy.subject_requests import (
    RightsRequestType,
    departments_of_people,
    receipt_requests,
    resident_of,
    subject_requests_of,
)


@strawberry.type(name="Consent", description="Whether a person's consent to a purpose stands.")
class ConsentType:
    purpose: Purpose = strawberry.field(description="What their data would be read for.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When the person took it back. Null: the hub reads for it where the department says they agreed."
    )


async def _own_consents(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    nik, own = own_rows(parents, context)
    if nik is None or not any(own):
        return [None] * len(own)
    shown = _consents(context, await subject_requests_of(context).consents(context.request, nik))
    return [shown if is_own else None for is_own in own]


def _consents(context: Context, consents: Sequence[Consent]) -> list[ConsentType]:
    zone = context.services.city.time_zone
    return [
        ConsentType(purpose=one.purpose, withdrawn_at=one.withdrawn_at.astimezone(zone) if one.withdrawn_at else None)
        for one in consents
    ]


def consents() -> Any:
    """The consents of the viewer."""
    return field_of(
        _own_consents,
        "The purposes that rest on your consent, and whether you took it back. Null for everybody but the person "
        "themselves.",
        facts=NATIONAL_ID,
    )


async def _withdraw(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    nik, purpose = resident_of(context), given["purpose"]
    subject_requests, request = subject_requests_of(context), context.request
    consents = await subject_requests.withdraw(request, nik, purpose)
    opened = await subject_requests.register(
        request,
        nik,
        RightsKind.CONSENT_WITHDRAWAL,
        departments_of_people(context.services.records.catalog),
        purpose=purpose,
    )
    return Children(Columns({"requests": [opened], "consents": [_consents(context, consents)]}), [0])


async def _give(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    consents = await subject_requests_of(context).give(context.request, resident_of(context), given["purpose"])
    return Children(Columns({"consents": [_consents(context, consents)]}), [0])


@strawberry.type(description="What became of a withdrawal of consent.")
class WithdrawalReceipt:
    consents: list[ConsentType] = strawberry.field(description="How all your consents stand now.")
    requests: list[RightsRequestType] = field_of(
        receipt_requests, "What was registered with each department, so that it stops in its own systems as well."
    )


@strawberry.type(description="What became of a consent that was given again.")
class ConsentReceipt:
    consents: list[ConsentType] = strawberry.field(description="How all your consents stand now.")


@strawberry.type
class ConsentMutation:
    withdraw_consent: WithdrawalReceipt | None = field_of(
        _withdraw,
        "Take back your consent to a purpose: from now on nothing of you is shown for it.",
        arguments={"purpose": (Purpose, "A purpose that rests on consent, see `me { consents }`.")},
    )
    give_consent: ConsentReceipt | None = field_of(
        _give,
        "Give the consent that you took back again: from now on the hub reads for the purpose where the department "
        "says that you agreed. What departments were asked because of the withdrawal stays asked.",
        arguments={"purpose": (Purpose, "A purpose that rests on consent, see `me { consents }`.")},
    )
