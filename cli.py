"""The operator's commands: a thin layer over the same pieces that the app is made of."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from models.viewer import Role
from settings import ROOT, VAR, Profile, Settings, SettingsError, settings
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head, upgrade

# Each command imports what it needs when it runs: `migrate` is part of every start, and the graph is slow to load.
if TYPE_CHECKING:
    from api.credentials import DevTokens
    from app import Hub
    from connectors.catalog import Binding
    from sample.personas import Persona

SDL = ROOT / "schema" / "schema.graphql"

cli = typer.Typer(
    help="Simpul: one graph over the systems of a city.",
    no_args_is_help=True,
    add_completion=False,
    # They would show the local variables of what failed, secrets among them.
    pretty_exceptions_enable=False,
)
sources = typer.Typer(help="The legacy systems that the hub reads.", no_args_is_help=True)
schema = typer.Typer(help="The words of the graph.", no_args_is_help=True)
cli.add_typer(sources, name="sources")
cli.add_typer(schema, name="schema")

# Neither markup nor highlights: what is printed may be piped, and may hold brackets.
_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}

_Foreseen = (SettingsError, StoreError)


class SampleSize(StrEnum):
    small = "small"
    city = "city"


def _say(sentence: str = "", style: str | None = None) -> None:
    Console().print(sentence, style=style, **_PLAIN)


def _complain(sentence: str) -> None:
    Console(stderr=True).print(sentence, style="red", **_PLAIN)


def _stop(sentence: str) -> NoReturn:
    _complain(sentence)
    raise typer.Exit(1)


@cli.command()
def serve() -> None:
    """Serve the graph, on HUB_HOST and HUB_PORT."""
    from api.credentials import DevTokens
    from api.logs import configure_logs
    from api.server import CannotListen, base_url, listening, serve_on
    from app import app_of, build_hub

    configure_logs()
    configured = settings()
    hub = build_hub(configured)
    asyncio.run(_refuse_other_revision(configured))
    try:
        listener = listening(configured.host, configured.port)
    except CannotListen as error:
        _stop(str(error))
    base = base_url(listener)
    _say(f"Simpul serves at {base} - stop it with Ctrl-C.")
    if configured.profile is Profile.DEV:
        _introduce_personas(DevTokens(configured.secret_bytes, hub.package.city), base)
    serve_on(listener, app_of(hub))


def _introduce_personas(tokens: DevTokens, base: str) -> None:
    from sample.personas import PERSONAS

    for persona in PERSONAS:
        _introduce(persona, tokens, base)


def _introduce(persona: Persona, tokens: DevTokens, base: str) -> None:
    """A persona with its token and a line of curl that works in a shell as it is."""
    token = tokens.issue(persona.role, department=persona.department, nik=persona.nik)
    purpose = f" -H 'Hub-Purpose: {persona.purpose.value}'" if persona.purpose is not None else ""
    body = json.dumps({"query": persona.question})
    _say(f"\n{persona.name} ({persona.role.value})\n  token: {token}")
    _say(
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
    _say(f"The hub's database is at revision {revision}.")


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
    console = Console()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        tasks = {}

        def advance(source: str, done: int, total: int) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=total)
            progress.update(tasks[source], completed=done)

        try:
            write_city(size.value, target, progress=advance)
        except ValueError as error:
            _stop(str(error))
        except OSError as error:
            _stop(f"The sample city cannot be written to --into: {(error.strerror or type(error).__name__).lower()}.")
    _say(f"The sample city has {SIZES[size.value].complaints:,} complaints.")


@cli.command()
def token(
    role: Annotated[Role, typer.Option(help="Who the token is for.")],
    department: Annotated[str | None, typer.Option(help="The code of an officer's department.")] = None,
    nik: Annotated[str | None, typer.Option(help="A citizen's resident number.")] = None,
) -> None:
    """Print a token of the dev profile; without --department and --nik it is the persona's of that role."""
    from api.credentials import DevTokens, TokenRefused
    from app import city_package
    from sample.personas import persona_of

    configured = settings()
    if configured.profile is not Profile.DEV:
        _stop("Tokens are made here in the dev profile only. In prod they come from the city's identity provider.")
    tokens = DevTokens(configured.secret_bytes, city_package(configured.city).city)
    persona = persona_of(role) if department is None and nik is None else None
    if persona is not None:
        department, nik = persona.department, persona.nik
    try:
        sys.stdout.write(tokens.issue(role, department=department, nik=nik) + "\n")
    except TokenRefused as error:
        _stop(str(error))


@sources.command("list")
def sources_list() -> None:
    """Which sources the city has, and which are connected."""
    from app import build_hub

    hub = build_hub(settings())
    for source in hub.package.sources:
        records = [mapping.record.name for mapping in hub.package.mappings if mapping.source == source.name]
        is_connected = source.name in hub.catalog.connectors
        state = "connected" if is_connected else f"not connected: set HUB_SOURCE_{source.name.upper()}_URL"
        load = source.load
        _say(f"{source.name} - {state}", None if is_connected else "yellow")
        _say(f"  {source.title}, {source.department}")
        _say(f"  records: {', '.join(records)}")
        _say(f"  at most {load.connections_max} connections and {load.statement_ms_max} ms a statement")


@sources.command("check")
def sources_check() -> None:
    """Compare every mapping with its source as it is now."""
    from app import build_hub

    if not asyncio.run(_check_sources(build_hub(settings()))):
        raise typer.Exit(1)


async def _check_sources(hub: Hub) -> bool:
    try:
        return all([await _is_good(binding) for binding in hub.catalog])
    finally:
        await hub.catalog.close()
        await hub.database.close()


async def _is_good(binding: Binding) -> bool:
    from connectors.protocol import SourceFailure

    name = f"{binding.source.name}: {binding.mapping.record.name}"
    try:
        await binding.check()
    except SourceFailure as failure:
        _say(f"{name} - cannot be reached ({failure})", "red")
        return False
    if binding.missing:
        _say(f"{name} - missing: {', '.join(sorted(binding.missing))}", "red")
        return False
    _say(f"{name} - ok")
    return True


@schema.command("print")
def schema_print(write: Annotated[bool, typer.Option(help="Write it to schema/schema.graphql.")] = False) -> None:
    """Print the schema of the graph in GraphQL's schema language."""
    from schema.build import SCHEMA

    if write:
        SDL.write_text(SCHEMA.as_str() + "\n", encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(SCHEMA.as_str() + "\n")


@schema.command("check")
def schema_check() -> None:
    """Refuse a schema that contradicts its records, or whose committed text is another."""
    from schema.build import SCHEMA, contradictions

    problems = contradictions()
    if not SDL.exists() or SDL.read_text(encoding="utf-8") != SCHEMA.as_str() + "\n":
        problems.append("schema/schema.graphql is not the schema of this code. Run: python cli.py schema print --write")
    if problems:
        _stop("\n".join(problems))
    _say("The schema agrees with its records and with schema/schema.graphql.")


def main() -> None:
    """Run a command; what was foreseen ends in a sentence, not in a stack."""
    try:
        cli()
    except _Foreseen as error:
        _complain(str(error))
        sys.exit(1)
    except (SQLAlchemyError, ConnectionError, TimeoutError) as error:
        # A driver's own words may hold an address or a statement; its type says enough.
        _complain(
            f"A database cannot be used ({type(error).__name__}). See that it runs and that HUB_DATABASE_URL is right."
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
