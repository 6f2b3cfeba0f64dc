"""Unlocking in the graph: the mutation by which an officer sees the reporter of a complaint, on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from engine.facts import BatchCall, Children, Parents, Resolved
from models.citizens import Citizen
from models.complaints import Complaint
from models.errors import BadInput, LedgerUnavailable
from models.policy.masks import masked_text
from models.policy.viewer import Purpose
from models.request import LedgerBuffer
from resolvers.unlocking import Reporter, reporter_of
from schema.core.context import Context
from schema.core.lanes import Arguments, field_of
from schema.core.relay import global_id_of
from schema.privacy.personal import personal

REASON_CHARS_MAX = 200


def _contact(name: str) -> Any:
    contract = Citizen.fields[name]
    return strawberry.field(description=f"{contract.description}.", directives=[personal(contract.personal)])


@strawberry.type(description="Who reported a complaint: what it takes to reach them. Given once, and on record.")
class UnlockedReporter:
    national_id: str | None = _contact("national_id")
    full_name: str | None = _contact("full_name")
    phone: str | None = _contact("phone")
    email: str | None = _contact("email")


class _Unlocked:
    """A reporter as the single row of a table."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def column(self, name: str) -> Sequence[object]:
        if name in self._reporter.errors:
            raise self._reporter.errors[name]
        return [self._reporter.values[name]]


_NAMES = {to_camel_case(name): name for name in sorted(Citizen.unlocked)}

_ARGUMENTS: Arguments = {
    "complaint_id": (strawberry.ID, "The global id of the complaint."),
    "purpose": (Purpose, "What for."),
    "reason": (
        str | None,
        f"More about why, for the ledger, without personal data: {REASON_CHARS_MAX} characters at most.",
    ),
}


async def _unlock(parents: Parents, call: BatchCall, **given: Any) -> Resolved:  # noqa: ARG001  # the root
    context: Context = call.context
    services, complaint = context.services, global_id_of(given["complaint_id"])
    if complaint.type_name != Complaint.__name__:
        raise BadInput("id_invalid")
    reason = given.get("reason") or None
    if reason is not None and len(reason) > REASON_CHARS_MAX:
        raise BadInput("text_long", maximum=REASON_CHARS_MAX)
    if services.ledger is None:
        raise LedgerUnavailable("ledger_unwritten")
    # A buffer of its own: the ledger has the entry before anything leaves this function.
    asked = replace(context.request, purpose=given["purpose"], ledger=LedgerBuffer())
    names = frozenset(_NAMES[name] for name in call.selection.names & _NAMES.keys())
    reporter = await reporter_of(services.records, asked, complaint.key, names)
    outcome = "partial" if reporter is not None and reporter.errors else "ok"
    await services.ledger.record(asked, outcome, masked_text(reason) if reason is not None else None)
    return Children(_Unlocked(reporter), [0]) if reporter is not None else [None]


@strawberry.type
class UnlockMutation:
    unlock_reporter: UnlockedReporter | None = field_of(
        _unlock,
        "Learn who reported a complaint, once, for a purpose. For officers of the department that handles it; the "
        "ledger has it before the answer leaves, and the reporter sees it in `dataAccess`. Null where the department "
        "handles no such complaint, where the reporter asked to stay unknown, and where nobody knows who it was.",
        reads=Complaint.name,
        calls=lambda *_: 2,
        arguments=_ARGUMENTS,
    )
