"""Tending: what operators decide about actions that could not be delivered, with a reason, in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from models.errors import BadInput, Forbidden, NotFound
from models.policy.masks import masked_text
from models.policy.viewer import Role
from models.request import LedgerBuffer, Request
from store.ledger.recording import Ledger
from store.outbox.outbox import Outbox
from store.outbox.told import WorkItem

REASON_CHARS_MAX: Final = 200
LISTED_MAX: Final = 200
RECORD: Final = "receipts"
"""What the ledger calls them."""


class Remedy(Enum):
    """What an operator does about an action that needs a person."""

    REPLAY = "replay"
    """It is tried again: nobody has written it yet."""
    CLOSE = "close"
    """It is not tried any more: it stands in the department's system already, or never will."""


@dataclass(frozen=True, slots=True)
class Tending:
    """The work list of operators."""

    outbox: Outbox
    ledger: Ledger

    async def work_list(self, request: Request) -> list[WorkItem]:
        """What is not settled, LISTED_MAX at most: first what needs a person. Raises Forbidden."""
        _require_operator(request)
        return await self.outbox.work_list(LISTED_MAX)

    async def remedy(self, request: Request, receipt_id: str, remedy: Remedy, reason: str) -> None:
        """Do it, once the ledger has it. Raises Forbidden, BadInput without a reason, NotFound, LedgerUnavailable."""
        _require_operator(request)
        reason = reason.strip()
        if not reason or len(reason) > REASON_CHARS_MAX:
            raise BadInput("delivery_reason", maximum=REASON_CHARS_MAX)
        buffer = LedgerBuffer()
        buffer.note(RECORD, (remedy.value,), 1)
        await self.ledger.record(replace(request, ledger=buffer), "told", f"{receipt_id}: {masked_text(reason)}")
        decided = self.outbox.replay if remedy is Remedy.REPLAY else self.outbox.close_by_hand
        if not await decided(receipt_id):
            raise NotFound("delivery_settled")


def _require_operator(request: Request) -> None:
    if request.viewer.role is not Role.OPERATOR:
        raise Forbidden("action_role", roles=Role.OPERATOR.value)
