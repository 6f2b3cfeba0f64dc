"""The operator's commands about subject requests: the inbox of the data protection officer, without a browser.

As in the graph, opening whom a request is from and answering it are recorded in the ledger first.
"""

from __future__ import annotations

import asyncio
import getpass
import secrets
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import typer

from api.identity.issuer_tokens import Subjects
from models.errors import HubError
from models.policy.subject_requests import RightsRequest, RightsState
from models.policy.viewer import Purpose, Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from settings import VAR, settings
from store.database.engine import HubDatabase
from store.database.migrate import require_head
from store.ledger.anchors.copies import copies_at
from store.ledger.chain import LedgerKeys
from store.ledger.files import places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.seals import Seals
from store.subject_requests.requests import RECORD, SubjectRequests
from terminal import note, say, stop

T = TypeVar("T")

LIST_ROWS_MAX: Final = 1_000
DEADLINE_MS: Final = 10_000
_ISSUER: Final = "cli.py"
"""The issuer of the person at the terminal, whom the machine identifies by the name of the account."""

rights = typer.Typer(no_args_is_help=True)


@rights.command("list")
def rights_list(
    state: Annotated[
        list[RightsState] | None,
        typer.Option(help="Only in this state, OPEN and FORWARDED if nothing is said; may be given again."),
    ] = None,
    who: Annotated[
        bool, typer.Option("--who", help="Open whom each is from, and why: the ledger has it, and the person sees it.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=LIST_ROWS_MAX, help="At most so many, what is due first.")] = 100,
) -> None:
    """List the requests, what is due first at the top: what each asks of whom, how far it is, and until when."""
    states = state or [RightsState.OPEN, RightsState.FORWARDED]

    async def work(inbox: SubjectRequests, request: Request) -> tuple[Sequence[RightsRequest], int]:
        found = await inbox.inbox_page(request, states, limit, None)
        if who:
            niks = [asker.nik for asker in map(inbox.asker_of, found) if asker is not None]
            if niks:
                request.ledger.note(RECORD, ("nationalId", "reason"), len(niks), frozenset(niks))
            await inbox.ledger.record(request, "ok")
        for one in found:
            _print(one, request.now, inbox if who else None)
        return found, await inbox.inbox_count(request, states)

    found, total = _run(work)
    note(f"{len(found)} of {total} requests.")


@rights.command("answer")
def rights_answer(
    request_id: Annotated[str, typer.Argument(metavar="ID", help="The request, as `rights list` has it.")],
    state: Annotated[RightsState, typer.Argument(help="FORWARDED, DONE or REFUSED.")],
    said: Annotated[str | None, typer.Option("--note", help="What the person is told; a refusal needs it.")] = None,
) -> None:
    """Bring a request one step further, and tell the person."""
    answered = _run(lambda inbox, request: inbox.answer(request, request_id, state, said))
    say(f"{answered.id} is {answered.state.value}.")


def _print(one: RightsRequest, now: datetime, opened_with: SubjectRequests | None) -> None:
    overdue = "  OVERDUE" if one.is_overdue(now) else ""
    purpose = f" {one.purpose}" if one.purpose is not None else ""
    due = one.due_at.astimezone(UTC).isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC")
    sys.stdout.write(f"{one.id}  {one.kind.value}{purpose}  {one.department}  {one.state.value}  due {due}{overdue}\n")
    asker = opened_with.asker_of(one) if opened_with is not None else None
    if asker is not None:
        sys.stdout.write(f"    {asker.nik}{f'  {asker.reason}' if asker.reason else ''}\n")


def _run(work: Callable[[SubjectRequests, Request], Coroutine[Any, Any, T]]) -> T:
    secret = settings().secret_bytes

    async def run() -> T:
        database = HubDatabase(settings().database_url.get_secret_value(), connections_max=2)
        pseudonyms = Pseudonyms(secret)
        places, copies = places_of(database.url, VAR), copies_at(settings().anchors_place)
        ledger = Ledger(database, pseudonyms, LedgerKeys(secret), places, copies=copies)
        try:
            await require_head(database)
            async with ledger.run():
                return await work(SubjectRequests(database, pseudonyms, Seals(secret), ledger), _request_of(secret))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except HubError as error:
        stop(str(error))


def _request_of(secret: bytes) -> Request:
    """A request of the person at the terminal, as the data protection officer."""
    viewer = Viewer(Role.DPO, subject=Subjects(secret).of(_ISSUER, getpass.getuser()))
    return Request(secrets.token_hex(16), viewer, Deadline.in_ms(DEADLINE_MS), Language.EN, Purpose.LEGAL_OBLIGATION)
