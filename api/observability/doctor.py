"""The doctor checks everything that a hub needs, and says what is wrong and what to do, without secrets."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from api.identity.issuer_keys import NoUsableKey
from api.identity.issuer_tokens import IssuerTokens
from api.observability.health import Health
from connectors.protocol import SourceFailure
from connectors.replica.replica import Replica
from models.sources.findings import FindingKind
from store.database.engine import HubDatabase
from store.database.errors import StoreError
from store.database.migrate import head, require_head
from store.findings import LIST_ROWS_MAX, SeenFinding, list_findings
from store.outbox import receipts
from store.outbox.told import Standing

LATE_AFTER = 3
"""A copy older than this many of its refresh intervals is late."""
FREE_BYTES_MIN = 1_000_000_000
CLOCK_APART_MAX = timedelta(seconds=5)
RECENT = timedelta(days=1)
ASK_S_MAX = 5.0
ANSWER_BYTES_MAX = 10_000_000

_FINDING_TODOS = {
    FindingKind.MISSING_COLUMN: "mend the mapping, or ask the department what became of the column",
    FindingKind.CHANGED_TYPE: "mend the mapping: the column has another type now",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """The result of one check. `todo` says what to do, if anything."""

    place: str
    says: str
    todo: str = ""


def lines_of(advice: Advice) -> list[str]:
    if not advice.todo:
        return [f"ok  {advice.place}: {advice.says}"]
    return [f"!!  {advice.place}: {advice.says}", f"    -> {advice.todo}"]


# --- The machine ------------------------------------------------------------------------------------------------------


def disk(folder: Path) -> Advice:
    """The free disk space under the folder of copies and the hub's files."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    says = f"{free / 1e9:.1f} GB are free under {folder.name}/"
    return Advice("disk", says, "make room: copies of sources need some" if free < FREE_BYTES_MIN else "")


def versions(lock: Path) -> Advice:
    """Whether the installed packages are those of the lock."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    wrong = []
    for name, wanted in re.findall(r"^([a-z0-9-]+)==(\S+) \\$", lock.read_text(encoding="utf-8"), re.MULTILINE):
        with suppress(metadata.PackageNotFoundError):
            found = metadata.version(name)
            if found != wanted:
                wrong.append(f"{name} {found} instead of {wanted}")
    if not wrong:
        return Advice("versions", f"{python}, packages as {lock.name} has them")
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    says = f"{python}, but {', '.join(wrong[:5])}{more}"
    return Advice("versions", says, f"install what {lock.name} says: uv pip sync {lock.name}")


# --- The hub's own database -------------------------------------------------------------------------------------------


async def stored(database: HubDatabase) -> list[Advice]:
    """Revision, clock and findings of the hub's own database."""
    try:
        await require_head(database)
        ahead = await _clock_ahead(database)
        found = await list_findings(database, LIST_ROWS_MAX)
        async with database.reading() as connection:
            standing = await connection.run_sync(receipts.standing)
    except StoreError as error:
        sentence, _, todo = str(error).rpartition(". ")
        return [Advice("database", f"{sentence}.", todo or str(error))]
    except Exception as error:  # noqa: BLE001  # drivers raise what they like; its type says enough
        says = f"cannot be used ({type(error).__name__})"
        return [Advice("database", says, "see that it runs and that HUB_DATABASE_URL is right")]
    reached = Advice("database", f"reached, at revision {head()}")
    return [reached, _clock(ahead, found), *_findings(found), *_undelivered(standing)]


def _undelivered(standing: Mapping[str, Standing]) -> list[Advice]:
    """What was told to the hub and waits for a source, or for a person."""
    now, advice = datetime.now(UTC), []
    for source, waits in sorted(standing.items()):
        says = f"{waits.waiting} actions wait, {waits.attention} need a person"
        todo = "look at each and have it tried again or close it, see docs/receipts.md" if waits.attention else ""
        if waits.is_late(now):
            todo = todo or "see what the source says: cli.py sources check"
        advice.append(Advice(f"outbox {source}", says, todo))
    return advice


async def _clock_ahead(database: HubDatabase) -> timedelta:
    """How far this machine's clock is ahead of the database server's; zero for SQLite."""
    if database.url.get_backend_name() == "sqlite":
        return timedelta(0)
    async with database.reading() as connection:
        theirs: datetime = (await connection.exec_driver_sql("SELECT clock_timestamp()")).scalar_one()
    return datetime.now(UTC) - theirs


def _clock(ahead: timedelta, found: Iterable[SeenFinding]) -> Advice:
    now = datetime.now(UTC)
    if abs(ahead) > CLOCK_APART_MAX:
        says = f"{abs(ahead).total_seconds():.0f} s {'ahead of' if ahead > timedelta(0) else 'behind'} the database's"
        return Advice("clock", says, "let both machines keep time by NTP: tokens and the age of data depend on it")
    if any(finding.last_seen_at > now + CLOCK_APART_MAX for finding in found):
        return Advice("clock", "findings are of the future", "see that the clock was not set back, and keep it by NTP")
    return Advice("clock", f"{now.isoformat(timespec='seconds')}")


def _findings(found: Iterable[SeenFinding]) -> list[Advice]:
    recent = [seen for seen in found if seen.last_seen_at > datetime.now(UTC) - RECENT]
    kinds: dict[str, int] = {}
    for seen in recent:
        kinds[seen.finding.kind.value] = kinds.get(seen.finding.kind.value, 0) + 1
    listed = ", ".join(f"{kind} in {count} fields" for kind, count in sorted(kinds.items()))
    bad = [
        Advice(
            "findings",
            f"{seen.finding.source}: {seen.finding.record}.{seen.finding.field} {seen.finding.kind.value}",
            todo,
        )
        for seen in recent
        if (todo := _FINDING_TODOS.get(seen.finding.kind)) is not None
    ]
    return [Advice("findings", listed or "none in the last day"), *bad]


# --- The sources ------------------------------------------------------------------------------------------------------


async def sources(health: Health, replicas: Iterable[Replica]) -> list[Advice]:
    """Whether each source answers and fits its mapping, and how old its copy is. Loads no copy."""
    copies = {replica.source: replica for replica in replicas}
    for copy in copies.values():
        await copy.adopt()
    await health.check()
    _, body = await health.ready()
    advice = [_source(name, said["state"], copies.get(name)) for name, said in body["sources"].items()]
    for record, said in body["records"].items():
        for one in (said, *said.get("fallbacks", ())):
            if one["missing"]:
                says = f"{record} lacks {', '.join(one['missing'])}"
                advice.append(Advice(f"source {one['source']}", says, "mend the mapping: see ./simpul sources check"))
    return advice


_SAYS = {"ok": "reached", "unavailable": "cannot be reached", "timeout": "does not answer", "broken": "refuses"}
_TODO = {
    "unavailable": "see that its server runs, and lets in what HUB_SOURCE_%s_URL and _CREDENTIAL say",
    "timeout": "see what its server is busy with, and that nothing drops what is sent to HUB_SOURCE_%s_URL",
    "broken": "see the rights of the hub's account at HUB_SOURCE_%s_URL, and ./simpul sources check",
}


def _source(name: str, state: str, copy: Replica | None) -> Advice:
    place = f"source {name}"
    if copy is None:
        return Advice(place, _SAYS.get(state, state), _TODO[state] % name.upper() if state in _TODO else "")
    made_at = copy.copied_at
    if made_at is None:
        return Advice(place, "was never copied", f"start the hub, and see its log for HUB_SOURCE_{name.upper()}_URL")
    age = datetime.now(UTC) - made_at
    says = f"its copy is {age.total_seconds() / 60:.0f} minutes old"
    is_late = age > LATE_AFTER * copy.bounds.refresh_every
    return Advice(place, says, "see that the hub runs, and its log for `load failed`" if is_late else "")


# --- Issuers ----------------------------------------------------------------------------------------------------------


async def issuers(signing_in: Mapping[str, IssuerTokens]) -> list[Advice]:
    """Whether each issuer of tokens answers with usable keys."""
    return [await _issuer(url, tokens) for url, tokens in signing_in.items()]


async def _issuer(url: str, tokens: IssuerTokens) -> Advice:
    place = f"issuer {url}"
    try:
        await tokens.keys.refresh()
    except (SourceFailure, NoUsableKey) as failure:
        says = f"gives no keys: {failure}"
        return Advice(place, says, "see that it runs, and that HUB_ISSUERS or HUB_JWKS names it as it names itself")
    return Advice(place, f"answers, with {len(tokens.keys.known)} keys")


# --- The running hub --------------------------------------------------------------------------------------------------


_SLOW = r'^simpul_source_shape_refused_seconds\{class="(\w+)",shape="([^"]*)",source="([\w ]+)"'


async def breakers(host: str, port: int) -> list[Advice]:
    """Which circuit breakers of the hub that runs here are open, by its own metrics."""
    there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not bound
    try:
        async with asyncio.timeout(ASK_S_MAX):
            text = await _asked(there, port, "/metrics")
            ready = await _asked(there, port, "/health/ready")
    except (OSError, TimeoutError, ValueError):
        return [Advice("hub", f"none answers on port {port}, so nothing is known of breakers")]
    left = sorted(
        set(
            re.findall(
                r'^simpul_source_breaker\{source="(\w+)",state="(?:open|half open)".*\} 1\.0$', text, re.MULTILINE
            )
        )
    )
    slow = sorted(set(re.findall(_SLOW, text, re.MULTILINE)))
    workers = len(set(re.findall(r'worker="(\d+)"', text)))
    answers = Advice("hub", f"answers on port {port}, with {workers} process{'es' if workers > 1 else ''}")
    return [
        answers,
        *_hub_stored(ready),
        *(Advice(f"source {name}", "is left alone for now by the hub that runs", "see its server") for name in left),
        *(
            Advice(
                f"source {name}", f"is too slow for what {caller} ask: {shape}", "see ./simpul sources check --explain"
            )
            for caller, shape, name in slow
        ),
    ]


def _hub_stored(ready: str) -> list[Advice]:
    """What the running hub says of its database, which may have been replaced since the hub opened it."""
    with suppress(ValueError, KeyError, TypeError):
        said = json.loads(ready.partition("\r\n\r\n")[2])["database"]
        if said != "ok":
            sentence, _, todo = str(said).rpartition(". ")
            return [Advice("hub", f"{sentence or said}.", todo or "see its log")]
    return []


async def _asked(host: str, port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection(host, port, limit=ANSWER_BYTES_MAX)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        answer = await reader.read(ANSWER_BYTES_MAX)
        while part := await reader.read(ANSWER_BYTES_MAX - len(answer)):
            answer += part
    finally:
        writer.close()
    return answer.decode()
