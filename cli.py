"""The operator's command line, on the same parts as the application."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from commands.later import Later
from commands.tokens import token
from settings import ROOT, Profile, Settings, SettingsError, settings
from store.database.errors import StoreError
from terminal import complain, say, stop

# Each command imports what it needs when it runs: `migrate` is part of every start, and the graph is slow to load.
if TYPE_CHECKING:
    from api.identity.dev_tokens import DevTokens
    from api.identity.personas import Persona
    from models.city import City

SDL = ROOT / "schema" / "schema.graphql"
PERSONAL_PAGE = ROOT / "docs" / "personal-data.md"


class _Commands(TyperGroup):
    """The commands of this file, and those of commands/, which are imported when they are asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands.update({name: Later(name, place, about) for name, (place, about) in _LATER.items()})


_LATER = {
    "backup": (
        "commands.state:backup",
        "Keep the hub's own state in a file: clients with their hashed keys, findings, the ledger; no source.",
    ),
    "city": ("commands.city:city", "The city that a hub serves, which is a package of its own."),
    "doctor": (
        "commands.state:doctor",
        "Say in plain words what is wrong and what to do; exit code 1 when there is something to do.",
    ),
    "documents": ("commands.documents:documents", "The operations of apps that are trusted: named by `documentId`."),
    "keys": ("commands.keys:keys", "API keys: who may ask without signing in."),
    "ledger": ("commands.ledger:ledger", "The record of who read which personal fields, and what for."),
    "restore": (
        "commands.state:restore",
        "Bring the hub's own state back into a migrated database, compared with what was kept; all of it or nothing.",
    ),
    "rights": ("commands.rights:rights", "What people ask about their own data, and the answers."),
    "sample": ("commands.sample:sample", "The sample city: make it, and let it live."),
    "sources": ("commands.sources:sources", "The legacy systems that the hub reads."),
    "views": ("commands.views:views", "Answers that are kept warm, at /views/<name>.json and .csv."),
}
"""Their place and help."""

cli = typer.Typer(
    cls=_Commands,
    help="Simpul: one graph over the systems of a city.",
    no_args_is_help=True,
    add_completion=False,
    # They would show local variables, which may hold secrets.
    pretty_exceptions_enable=False,
)
schema = typer.Typer(help="The words of the graph.", no_args_is_help=True)
cli.add_typer(schema, name="schema")
cli.add_typer(token, name="token")

_Expected = (SettingsError, StoreError)


@cli.command()
def serve() -> None:
    """Serve the graph, on HUB_HOST and HUB_PORT."""
    from api.observability.logs import configure_logs
    from api.serving.connections import Connections
    from api.serving.server import CannotListen, base_url, listening, serve_on
    from app import app_of
    from hub import build_hub
    from store.database.sqlite_accounting import stop_accounting

    stop_accounting()
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
        _introduce_personas(configured, hub.package.city, base)
    if configured.workers == 1:
        serve_on(listener, app_of(hub), Connections(hub.charging.callers.client_at, spoken=hub.package.city.languages))
    else:
        _serve_with_workers(listener, configured)


def _serve_with_workers(listener: socket.socket, configured: Settings) -> None:
    from api.observability.gathering import WorkerSlot
    from api.serving.connections import Connections
    from api.serving.server import serve_on, tune_interpreter
    from api.serving.workers import CannotFork, Workers
    from app import app_of
    from city_sources import remove_index_of
    from hub import build_hub

    with TemporaryDirectory(prefix="simpul-") as folder:

        def work(number: int) -> None:
            hub = build_hub(configured, configured.workers)
            connections = Connections(hub.charging.callers.client_at, spoken=hub.package.city.languages)
            serve_on(listener, app_of(hub, WorkerSlot(number, Path(folder))), connections)

        # Workers share the memory of everything loaded so far.
        tune_interpreter()
        try:
            code = Workers(configured.workers, work, remove_index_of).run()
        except CannotFork as error:
            stop(str(error))
    if code:
        raise typer.Exit(code)


def _introduce_personas(configured: Settings, city: City, base: str) -> None:
    from api.identity.dev_tokens import DevTokens
    from api.identity.personas import personas_of

    tokens = DevTokens(configured.secret_bytes, city)
    for persona in personas_of(city):
        _introduce(persona, tokens, base)
    # Last, so that it is not scrolled away: most people begin here.
    say(f"\nPages: {base}/ - a key of your own and a first program: {base}/developers")


def _introduce(persona: Persona, tokens: DevTokens, base: str) -> None:
    """Print a persona with its token and a curl command to copy."""
    token = tokens.issue(persona.role, department=persona.department, nik=persona.nik)
    purpose = f" -H 'Hub-Purpose: {persona.purpose.value}'" if persona.purpose is not None else ""
    body = json.dumps({"query": persona.question})
    say(f"\n{persona.name} ({persona.role.value})\n  token: {token}")
    say(
        f"  curl -s {base}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}'{purpose} "
        f"-d '{body}'"
    )


async def _refuse_other_revision(configured: Settings) -> None:
    from store.database.engine import HubDatabase
    from store.database.migrate import require_head

    # A database of its own: connections belong to the event loop that opened them, and the hub serves in another one.
    database = HubDatabase(configured.database_url.get_secret_value(), connections_max=1)
    try:
        await require_head(database)
    finally:
        await database.close()


@cli.command()
def migrate() -> None:
    """Bring the hub's own database to the revision that this hub needs."""
    from store.database.migrate import upgrade

    revision = upgrade(settings().database_url.get_secret_value())
    say(f"The hub's database is at revision {revision}.")


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
    from commands.changes import check_changes

    try:
        from schema.build import contradictions
    except TypeError as error:
        stop(str(error))

    problems = contradictions()
    problems += [
        f"{path.name} is not the one of this code. Run: ./simpul schema print --write"
        for path, text in printed_of_graph().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if problems:
        stop("\n".join(problems))
    check_changes(against, write=write)
    say("The schema agrees with its records, with schema/schema.graphql and with docs/personal-data.md.")


@schema.command("release")
def schema_release(name: Annotated[str, typer.Argument(help="The release, such as 1.4.0.")]) -> None:
    """Make the schema of today the one that later changes are held against; closes the part of the changelog."""
    from commands.changes import release

    release(name)


def printed_of_graph() -> dict[Path, str]:
    """The files that are printed from the graph, by path."""
    from schema.build import sdl
    from schema.privacy.personal_page import personal_page

    return {SDL: sdl() + "\n", PERSONAL_PAGE: personal_page()}


def _is_of_a_database(error: Exception) -> bool:
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, SQLAlchemyError | ConnectionError | TimeoutError)


def main() -> None:
    """Run a command. Expected errors end in a sentence, not in a stack."""
    try:
        cli(prog_name="simpul")
    except _Expected as error:
        complain(str(error))
        sys.exit(1)
    except Exception as error:
        if not _is_of_a_database(error):
            raise
        # A driver's message may hold an address or a statement; its type says enough.
        complain(
            f"A database cannot be used ({type(error).__name__}). See that it runs and that HUB_DATABASE_URL is right."
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
