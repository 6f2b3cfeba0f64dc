"""What was told and is not delivered: readiness, the doctor and the metrics say so, and erasure finds it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from api.observability.doctor import Advice, stored
from models.actions.effects import Effect
from models.actions.receipts import ReceiptState, RefusalReason
from models.complaints import StatusChange
from models.policy.viewer import Role
from models.tables import outbox as rows
from sample.citizens.people import resident_number
from store.ledger.pseudonyms import Pseudonyms
from store.outbox.claiming import Attempt
from store.outbox.outbox import Outbox
from store.outbox.told import LATE_AFTER, AttemptOutcome, Ending, Told
from tests.api.hub import SECRET, Running

NIK = resident_number(0)
CALLER = Pseudonyms(SECRET.encode()).of_person(NIK)
ERASE = 'mutation { requestErasure(departments: ["diskominfo"]) { requests { receipt { place found removed } } } }'


def told(key: str, note: str, *, about: str, caller: str = "an app") -> Told:
    effect = Effect(StatusChange.name, {"complaint_id": about, "note": note})
    return Told(caller, "addToComplaint", key, {"text": note}, "complaints", about, None, "complaints", (effect,))


async def needs_a_person(outbox: Outbox) -> None:
    claim = await outbox.claim("complaints")
    assert claim is not None
    in_doubt = Ending(AttemptOutcome.IN_DOUBT, ReceiptState.NEEDS_ATTENTION, RefusalReason.IN_DOUBT)
    await outbox.finish(claim, Attempt("AT_MOST_ONCE", 5), in_doubt)


async def test_readiness_the_doctor_and_metrics_name_what_waits(hub: Running) -> None:
    delivering, outbox = hub.hub.delivering, hub.hub.delivering.outbox
    await outbox.accept(told("key-0001", "in doubt", about="16"))
    await needs_a_person(outbox)
    await outbox.accept(told("key-0002", "waits", about="17"))
    await delivering._count()
    assert "undelivered" not in (await hub.client.get("/health/ready")).json()
    delivering.now = lambda: datetime.now(UTC) + LATE_AFTER
    ready = await hub.client.get("/health/ready")
    assert (ready.status_code, ready.json()["state"]) == (200, "degraded")
    assert ready.json()["undelivered"] == ["complaints"]
    (advice,) = (one for one in await stored(hub.hub.database) if one.place.startswith("outbox"))
    todo = "look at each and have it tried again or close it, see docs/receipts.md"
    assert advice == Advice("outbox complaints", "1 actions wait, 1 need a person", todo)
    metrics = (await hub.client.get("/metrics", headers=hub.bearer(Role.OPERATOR))).text
    lines = [line for line in metrics.splitlines() if line.startswith("simpul_outbox") and "oldest" not in line]
    assert sorted(line.partition("{")[0] + line[-4:] for line in lines) == [
        "simpul_outbox_attention 1.0",
        "simpul_outbox_waiting 1.0",
    ]


async def test_who_asks_for_erasure_gets_what_was_told_erased(hub: Running) -> None:
    outbox = hub.hub.delivering.outbox
    accepted = await outbox.accept(told("key-0001", "something about me", about="18", caller=CALLER))
    body = (await hub.ask(ERASE, hub.bearer(Role.CITIZEN, nik=NIK))).json()
    (place,) = (one for one in body["data"]["requestErasure"]["requests"][0]["receipt"] if one["place"] == "OUTBOX")
    assert place == {"place": "OUTBOX", "found": 1, "removed": 1}
    receipt = await outbox.receipt(accepted.id, CALLER)
    assert receipt is not None
    assert (receipt.state, receipt.reason) == (ReceiptState.REFUSED, RefusalReason.ERASED)
    async with hub.hub.database.reading() as connection:
        assert (await connection.execute(select(rows.c.sealed).where(rows.c.id == accepted.id))).all() == [(None,)]
