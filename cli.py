"""The operator's commands: a thin layer over the same pieces that the app is made of."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from commands.changes import check_changes, release
from commands.documents import documents
from commands.keys import keys
from commands.ledger import ledger
from commands.rights import rights
from commands.sources import sources
from commands.state import backup, doctor, restore
from commands.tokens import token
from commands.views import views
from settings import ROOT, VAR, Profile, Settings, SettingsError, settings
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head, upgrade
from terminal import complain, progress_bar, reason_of, say, stop

# Each command imports what it needs when it runs: `migrate` is part of every start, and the graph is slow to load.
if TYPE_CHECKING:
    from api.credentials import DevTokens
    from sample.personas import Persona

SDL = ROOT / "schema" / "schema.graphql"
PERSONAL_PAGE = ROOT / "docs" / "personal-data.md"

cli = typer.Typer(
    help="Simpul: one graph over the systems of a city.",
    no_args_is_help=True,
    add_completion=False,
    # They would show the local variables of what failed, secrets among them.
    pretty_exceptions_enable=False,
)
schema = typer.Typer(help="The words of the graph.", no_args_is_help=True)
cli.add_typer(sources, name="sources")
cli.add_typer(schema, name="schema")
cli.add_typer(ledger, name="ledger")
cli.add_typer(documents, name="documents")
cli.add_typer(views, name="views")
cli.add_typer(keys, name="keys")
cli.add_typer(rights, name="rights")
cli.add_typer(token, name="token")
schema.command("release")(release)
for command in (doctor, backup, restore):
    cli.command()(command)

_Foreseen = (SettingsError, StoreError)


class SampleSize(StrEnum):
    small = "small"
    city = "city"


@cli.command()
def serve() -> None:
    """Serve the graph, on HUB_HOST and HUB_PORT."""
    from api.cors import Cors
    from api.credentials import DevTokens
    from api.door import Door
    from api.logs import configure_logs
    from api.response_front import ResponseFront
    from api.server import CannotListen, base_url, listening, serve_on
    from app import app_of
    from hub import build_hub

    configure_logs()
    configured = settings()
    hub = build_hub(configured, configured.workers)
    asyncio.run(_refuse_other_revision(configured))
    try:
        listener = listening(configured.host, configured.port)
    except CannotListen as error:
        stop(str(error))
    base = base_url(listener)
    say(f"Simpul serves at {base} - stop it with Ctrl-C.")
    if configured.profile is Profile.DEV:
        _introduce_personas(DevTokens(configured.secret_bytes, hub.package.city), base)
    if configured.workers == 1:
        serve_on(
            listener, app_of(hub), ResponseFront(hub.responses, Cors(configured.cors_origins)), Door(hub.admission)
        )
    else:
        _serve_with_workers(listener, configured)


def _serve_with_workers(listener: socket.socket, configured: Settings) -> None:
    from api.cors import Cors
    from api.door import Door
    from api.gathering import Seat
    from api.response_front import ResponseFront
    from api.server import serve_on, tune_interpreter
    from api.workers import CannotFork, Workers
    from app import app_of
    from city_sources import remove_index_of
    from hub import build_hub

    with TemporaryDirectory(prefix="simpul-") as folder:

        def work(number: int) -> None:
            hub = build_hub(configured, configured.workers)
            front = ResponseFront(hub.responses, Cors(configured.cors_origins))
            serve_on(listener, app_of(hub, Seat(number, Path(folder))), front, Door(hub.admission))

        # What was loaded so far is the same for all of them, and is kept in memory once.
        tune_interpreter()
        try:
            code = Workers(configured.workers, work, remove_index_of).run()
        except CannotFork as error:
            stop(str(error))
    if code:
        raise typer.Exit(code)


def _introduce_personas(tokens: DevTokens, base: str) -> None:
    from sample.personas import PERSONAS

    for persona in PERSONAS:
        _introduce(persona, tokens, base)
    # Last, where it is not scrolled away: this is where most people begin.
    say(f"\nPages: {base}/ - a key of your own and a first program: {base}/developers")


def _introduce(persona: Persona, tokens: DevTokens, base: str) -> None:
    """A persona with its token and a line of curl that works in a shell as it is."""
    token = tokens.issue(persona.role, department=persona.department, nik=persona.nik)
    purpose = f" -H 'Hub-Purpose: {persona.purpose.value}'" if persona.purpose is not None else ""
    body = json.dumps({"query": persona.question})
    say(f"\n{persona.name} ({persona.role.value})\n  token: {token}")
    say(
        f"  curl -s {base}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}'{purpose} "
        f"-d '{body}'"
    )


async def _refuse_other_revision(configured: Settings) -> None:
    # A connection belongs to the event loop that opened it: not the hub's own database, which serves in another one.
    database = HubDatabase(configured.database_url.get_secret_value(), connections_max=1)
    try:
        await require_head(database)
    finally:
        await database.close()


@cli.command()
def migrate() -> None:
    """Bring the hub's own database to the revision that this hub needs."""
    revision = upgrade(settings().database_url.get_secret_value())
    say(f"The hub's database is at revision {revision}.")


@cli.command()
def sample(
    size: Annotated[SampleSize, typer.Option(help="How large the city is.")] = SampleSize.small,
    into: Annotated[
        str | None,
        typer.Option(help="A folder, postgresql://... or mysql://... to write to; otherwise SQLite files under var/."),
    ] = None,
) -> None:
    """Make the sample city: synthetic people, real places, and the dirt of real systems."""
    from sample.city import SIZES
    from sample.write import write_city

    target: str | Path = into if into is not None else VAR / "sample" / size.value
    with progress_bar() as progress:
        tasks = {}

        def advance(source: str, done: int, total: int) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=total)
            progress.update(tasks[source], completed=done)

        try:
            write_city(size.value, target, progress=advance)
        except ValueError as error:
            stop(str(error))
        except OSError as error:
            stop(f"The sample city cannot be written to --into: {reason_of(error)}.")
    say(f"The sample city has {SIZES[size.value].complaints:,} complaints.")


@schema.command("print")
def schema_print(
    write: Annotated[
        bool, typer.Option(help="Write it to schema/schema.graphql, and docs/personal-data.md with it.")
    ] = False,
) -> None:
    """Print the schema of the graph in GraphQL's schema language."""
    printed = printed_of_graph()
    if not write:
        sys.stdout.write(printed[SDL])
        return
    for path, text in printed.items():
        path.write_text(text, encoding="utf-8", newline="\n")


@schema.command("check")
def schema_check(
    against: Annotated[
        str | None,
        typer.Option(help="A file or a git revision with the schema that apps know; else schema/released.graphql."),
    ] = None,
    write: Annotated[
        bool, typer.Option(help="Write what is dangerous or safe into docs/schema-changelog.md; breaking is for you.")
    ] = False,
) -> None:
    """Refuse a schema that contradicts its records, is printed otherwise, or breaks apps without saying so.

    Also a personal field without a rule, and what is deprecated without a day of removal or beyond it.
    """
    try:
        from schema.build import contradictions
    except TypeError as error:
        stop(str(error))

    problems = contradictions()
    problems += [
        f"{path.name} is not the one of this code. Run: python cli.py schema print --write"
        for path, text in printed_of_graph().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if problems:
        stop("\n".join(problems))
    check_changes(against, write=write)
    say("The schema agrees with its records, with schema/schema.graphql and with docs/personal-data.md.")


def printed_of_graph() -> dict[Path, str]:
    """What is printed from the graph, by where it is kept."""
    from schema.build import sdl
    from schema.personal_page import personal_page

    return {SDL: sdl() + "\n", PERSONAL_PAGE: personal_page()}


def main() -> None:
    """Run a command; what was foreseen ends in a sentence, not in a stack."""
    try:
        cli()
    except _Foreseen as error:
        complain(str(error))
        sys.exit(1)
    except (SQLAlchemyError, ConnectionError, TimeoutError) as error:
        # A driver's own words may hold an address or a statement; its type says enough.
        complain(
            f"A database cannot be used ({type(error).__name__}). See that it runs and that HUB_DATABASE_URL is right."
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
