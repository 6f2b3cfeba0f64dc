"""The operator's commands about the hub's own state: doctor, backup, restore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.ledger import anchoring_of, declare_missing
from settings import ROOT, VAR, SettingsError, settings
from store.database.backup import Content, back_up
from store.database.backup import restore as put_back
from store.database.engine import HubDatabase
from store.database.errors import CopiesAway
from store.ledger.anchors.lines import BadAnchor
from terminal import note, reason_of, say, stop

# Each command imports what it needs when it runs, as in cli.py.
if TYPE_CHECKING:
    from api.observability.doctor import Advice


def doctor() -> None:
    """Say in plain words what is wrong and what to do; exit code 1 when there is something to do."""
    from api.observability.doctor import lines_of
    from api.observability.logs import configure_logs

    configure_logs()
    found = asyncio.run(_examined())
    for advice in found:
        for line in lines_of(advice):
            say(line, "red" if advice.todo else None)
    todo = sum(bool(advice.todo) for advice in found)
    say("Nothing to do." if not todo else f"{todo} thing{'s' if todo > 1 else ''} to do.")
    if todo:
        raise typer.Exit(1)


async def _examined() -> list[Advice]:
    from api.observability.doctor import Advice, breakers, disk, issuers, sources, stored, versions
    from connectors.replica.replica import replicas_among
    from hub import build_hub

    advice = [versions(ROOT / "requirements.lock"), disk(VAR)]
    try:
        configured = settings()
        hub = build_hub(configured, configured.workers)
    except SettingsError as error:
        return [*advice, Advice("settings", str(error), "set what the sentence says, see docs/operating.md")]
    try:
        advice += [Advice("settings", f"profile {configured.profile.value}, city {configured.city}")]
        advice += await stored(hub.database)
        advice += await sources(hub.health, replicas_among(hub.catalog.connectors.values()))
        advice += await issuers(hub.viewers.issuers)
        return [*advice, *await breakers(configured.host, configured.port)]
    finally:
        for tokens in hub.viewers.issuers.values():
            await tokens.keys.close()
        await hub.guard.close()
        await hub.catalog.close()
        await hub.cache.close()
        await hub.database.close()


def backup(file: Annotated[Path, typer.Argument(help="The file to write; there must be none yet.")]) -> None:
    """Keep the hub's own state in a file: clients with their hashed keys, findings, the ledger. No source is in it."""
    _tell("Kept", _run(file, lambda database: back_up(database, file)))


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup has written.")],
    force: Annotated[bool, typer.Option("--force", help="Replace all that the database has.")] = False,
) -> None:
    """Bring the hub's own state back into a migrated database, compared with what was kept; all of it or nothing."""

    async def work(database: HubDatabase) -> dict[str, Content]:
        # Before restoring, so that every entry that the backup lacks is known.
        await anchoring_of(database).try_to_anchor("restore")
        contents = await put_back(database, file, replaces=force)
        try:
            gaps = await declare_missing(database, f"restored {file.name}")
        except (BadAnchor, CopiesAway) as error:
            note(f"No gaps are declared in the ledger. {error}. See: ./simpul ledger verify")
        else:
            if gaps:
                note(f"{gaps} gaps are declared in the ledger: what was recorded after the backup is lost.")
        return contents

    _tell("Restored, and compared,", _run(file, work))


def _run(file: Path, work: Callable[[HubDatabase], Coroutine[Any, Any, dict[str, Content]]]) -> dict[str, Content]:
    async def run() -> dict[str, Content]:
        database = HubDatabase(settings().database_url.get_secret_value(), connections_max=2)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except OSError as error:
        if error.filename is None:
            raise
        stop(f"{file.name}: {reason_of(error)}.")


def _tell(done: str, contents: dict[str, Content]) -> None:
    listed = ", ".join(f"{content.rows:,} of {name}" for name, content in contents.items())
    say(f"{done} {sum(content.rows for content in contents.values()):,} rows: {listed}.")
