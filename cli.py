"""The operator's commands: a thin layer over the same pieces that the app is made of."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.credentials import DevTokens, TokenRefused
from api.logs import configure_logs
from app import SAMPLE, build_hub, check_bindings, city_package, create_app
from connectors.protocol import SourceFailure
from connectors.sql.engines import SourceUrlError
from models.viewer import Role
from resolvers.geography import GeographyError
from sample.city import SIZES
from sample.personas import PERSONAS, Persona, persona_of
from sample.write import write_city
from schema.build import SCHEMA, contradictions
from settings import ROOT, Profile, SettingsError, settings
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head, upgrade

SDL = ROOT / "schema" / "schema.graphql"

cli = typer.Typer(help="Simpul: one graph over the systems of a city.", no_args_is_help=True, add_completion=False)
sources = typer.Typer(help="The legacy systems that the hub reads.", no_args_is_help=True)
schema = typer.Typer(help="The words of the graph.", no_args_is_help=True)
cli.add_typer(sources, name="sources")
cli.add_typer(schema, name="schema")

_out = Console()
_err = Console(stderr=True)

_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}

_Foreseen = (SettingsError, StoreError, SourceUrlError, GeographyError, TokenRefused)


class SampleSize(str, Enum):
    small = "small"
    city = "city"


def _stop(sentence: str) -> NoReturn:
    _err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


@cli.command()
def serve() -> None:
    """Serve the graph, on HUB_HOST and HUB_PORT."""
    configure_logs()
    configured = settings()
    asyncio.run(_refuse_other_revision(configured.database_url.get_secret_value()))
    app = create_app(configured)
    base = f"http://{configured.host}:{configured.port}"
    _out.print(f"Simpul serves at {base} - stop it with Ctrl-C.", highlight=False)
    if configured.profile is Profile.DEV:
        tokens = DevTokens(configured.secret_bytes, city_package(configured.city).city)
        for persona in PERSONAS:
            _introduce(persona, tokens, base)
    uvicorn.run(app, host=configured.host, port=configured.port, log_level="warning", access_log=False)


def _introduce(persona: Persona, tokens: DevTokens, base: str) -> None:
    """A persona with its token and a line of curl that works in a shell as it is."""
    token = tokens.issue(persona.role, department=persona.department, nik=persona.nik)
    purpose = f" -H 'Hub-Purpose: {persona.purpose.value}'" if persona.purpose is not None else ""
    body = json.dumps({"query": persona.question})
    _out.print(f"\n{persona.name} ({persona.role.value})\n  token: {token}", **_PLAIN)
    _out.print(
        f"  curl -s {base}/graphql -H 'Content-Type: application/json' -H 'Authorization: Bearer {token}'{purpose} "
        f"-d '{body}'",
        **_PLAIN,
    )


async def _refuse_other_revision(url: str) -> None:
    database = HubDatabase(url)
    try:
        await require_head(database)
    finally:
        await database.close()


@cli.command()
def migrate() -> None:
    """Bring the hub's own database to the revision that this hub needs."""
    revision = upgrade(settings().database_url.get_secret_value())
    _out.print(f"The hub's database is at revision {revision}.", highlight=False)


@cli.command()
def sample(
    size: Annotated[SampleSize, typer.Option(help="How large the city is.")] = SampleSize.small,
    into: Annotated[
        str | None, typer.Option(help="postgresql://... or mysql://... to write to; otherwise SQLite files under var/.")
    ] = None,
) -> None:
    """Make the sample city: synthetic people, real places, and the dirt of real systems."""
    target: str | Path = into if into is not None else SAMPLE.parent / size.value
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=_out
    ) as progress:
        tasks = {}

        def advance(source: str, done: int, total: int) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=total)
            progress.update(tasks[source], completed=done)

        write_city(size.value, target, progress=advance)
    people = SIZES[size.value]
    _out.print(f"The sample city has {people.complaints:,} complaints.", highlight=False)


@cli.command()
def token(
    role: Annotated[Role, typer.Option(help="Who the token is for.")],
    department: Annotated[str | None, typer.Option(help="The code of an officer's department.")] = None,
    nik: Annotated[str | None, typer.Option(help="A citizen's resident number.")] = None,
) -> None:
    """Print a token of the dev profile; without --department and --nik it is the persona's of that role."""
    configured = settings()
    if configured.profile is not Profile.DEV:
        _stop("Tokens are made here in the dev profile only. In prod they come from the city's identity provider.")
    tokens = DevTokens(configured.secret_bytes, city_package(configured.city).city)
    persona = persona_of(role) if department is None and nik is None else None
    if persona is not None:
        department, nik = persona.department, persona.nik
    sys.stdout.write(tokens.issue(role, department=department, nik=nik) + "\n")


@sources.command("list")
def sources_list() -> None:
    """Which sources the city has, and which are connected."""
    hub = build_hub(settings())
    table = Table("source", "department", "system", "records", "connected", "connections", "statement ms")
    for source in hub.package.sources:
        records = [mapping.record.name for mapping in hub.package.mappings if mapping.source == source.name]
        connected = "yes" if source.name in hub.catalog.connectors else "no"
        load = source.load
        table.add_row(
            source.name, source.department, source.title, ", ".join(records), connected,
            str(load.connections_max), str(load.statement_ms_max),
        )  # fmt: skip
    _out.print(table)


@sources.command("check")
def sources_check() -> None:
    """Compare every mapping with its source as it is now."""
    if not asyncio.run(_check_sources()):
        raise typer.Exit(1)


async def _check_sources() -> bool:
    hub = build_hub(settings())
    good = True
    try:
        for binding in hub.catalog:
            name = f"{binding.source.name}: {binding.mapping.record.name}"
            try:
                await binding.check()
            except SourceFailure as failure:
                good = False
                _out.print(f"{name} - cannot be reached ({failure})", style="red", markup=False)
                continue
            good = good and not binding.missing
            missing = f"missing: {', '.join(sorted(binding.missing))}" if binding.missing else "ok"
            _out.print(f"{name} - {missing}", markup=False)
    finally:
        await hub.catalog.close()
        await hub.database.close()
    return good


@schema.command("print")
def schema_print(write: Annotated[bool, typer.Option(help="Write it to schema/schema.graphql.")] = False) -> None:
    """Print the schema of the graph in GraphQL's schema language."""
    if write:
        SDL.write_text(SCHEMA.as_str() + "\n", encoding="utf-8")
    else:
        sys.stdout.write(SCHEMA.as_str() + "\n")


@schema.command("check")
def schema_check() -> None:
    """Refuse a schema that contradicts its records, or whose committed text is another."""
    problems = contradictions()
    if not SDL.exists() or SDL.read_text(encoding="utf-8") != SCHEMA.as_str() + "\n":
        problems.append("schema/schema.graphql is not the schema of this code. Run: python cli.py schema print --write")
    if problems:
        _stop("\n".join(problems))
    _out.print("The schema agrees with its records and with schema/schema.graphql.")


def main() -> None:
    """Run a command; what was foreseen ends in a sentence, not in a stack."""
    try:
        cli()
    except _Foreseen as error:
        _err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
