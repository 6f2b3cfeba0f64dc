"""The operator's commands: a thin layer over the same pieces that the app is made of."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from models.localized import Language
from models.viewer import Role
from settings import ROOT, VAR, Profile, Settings, SettingsError, settings
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head, upgrade

# Each command imports what it needs when it runs: `migrate` is part of every start, and the graph is slow to load.
if TYPE_CHECKING:
    from api.credentials import DevTokens
    from app import Hub
    from connectors.drafting.mapping_file import Heading
    from connectors.inspection_report import RecordInspection
    from connectors.sources import CityPackage
    from connectors.survey import SourceSurvey
    from sample.personas import Persona

T = TypeVar("T")

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


class SheetFormat(StrEnum):
    md = "md"
    html = "html"


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
    """How each source of the city is, what it holds, how fresh it is kept, and what load it is asked to bear."""
    from app import build_hub
    from connectors.survey import lines_of

    for found in asyncio.run(_survey_sources(build_hub(settings()))):
        head, *rest = lines_of(found)
        _say(head, None if found.connected and not found.failure else "yellow")
        for line in rest:
            _say(line)


async def _survey_sources(hub: Hub) -> list[SourceSurvey]:
    from connectors.guard import Guard
    from connectors.survey import survey

    try:
        return await survey(hub.package, hub.catalog, Guard(_unlogged))
    finally:
        await _close(hub)


def _unlogged(_source: str, _state: str, _error: BaseException) -> None:
    """What failed stands in the report itself."""


async def _close(hub: Hub) -> None:
    await hub.catalog.close()
    await hub.database.close()


@sources.command("check")
def sources_check(
    source: Annotated[str | None, typer.Option(help="Only the source of this name.")] = None,
    rows_max: Annotated[int | None, typer.Option(min=1, help="How many rows of each record are looked at.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Ask for plans instead: what would scan a table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")] = False,
) -> None:
    """Read every row of every source and compare it with its mapping; exit code 1 when a mapping does not hold."""
    if explain:
        _explain(source, as_json=as_json)
        return
    from app import build_hub
    from connectors.inspection import ROWS_MAX
    from connectors.inspection_report import object_of, summary_of

    hub = build_hub(settings())
    names = _sources_named(hub, source)
    records = asyncio.run(_inspect_sources(hub, names, rows_max or ROWS_MAX, say=not as_json))
    if as_json:
        sys.stdout.write(json.dumps(object_of(records), indent=2) + "\n")
    else:
        _say(summary_of(records))
    if any(found.broken for found in records):
        raise typer.Exit(1)


def _explain(source: str | None, *, as_json: bool) -> None:
    from app import build_hub
    from connectors.explain import explained
    from connectors.explain_report import object_of, text_of
    from connectors.guard import Guard

    hub = build_hub(settings())
    records = _run_and_close(hub, explained(hub.catalog, Guard(_unlogged), _sources_named(hub, source)))
    sys.stdout.write(json.dumps(object_of(records), indent=2) + "\n" if as_json else text_of(records))


@sources.command("sheet")
def sources_sheet(
    name: Annotated[str, typer.Argument(help="The name of the source.")],
    language: Annotated[Language, typer.Option(help="The language of the sheet.")] = Language.EN,
    form: Annotated[SheetFormat, typer.Option("--format", help="Markdown, or a page to print.")] = SheetFormat.md,
    output: Annotated[Path | None, typer.Option(help="The file to write; otherwise it is printed.")] = None,
) -> None:
    """Write what the owner of a source signs: what is read of it and why, rights, statements, load and retention."""
    from app import build_hub
    from connectors.guard import Guard
    from connectors.sheet import sheet_of
    from connectors.sheet_pages import rendered

    hub = build_hub(settings())
    if name not in {source.name for source in hub.package.sources}:
        _sources_named(hub, name)
    text = rendered(_run_and_close(hub, sheet_of(hub.package, hub.catalog, Guard(_unlogged), name)), language, form)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        _stop(f"--output: the file cannot be written: {(error.strerror or type(error).__name__).lower()}.")


@sources.command("inspect")
def sources_inspect(
    url: Annotated[str, typer.Argument(help="The database: postgresql://..., mysql://... or sqlite:///...")],
    subject: Annotated[str, typer.Option(help="What to look for: complaints, licenses ...")],
    source: Annotated[str | None, typer.Option(help="The name of the source; otherwise the subject's.")] = None,
    department: Annotated[str | None, typer.Option(help="The code of the department that owns it.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; otherwise it is printed.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=20_000, help="How many rows of a table are looked at.")] = 1_000,
) -> None:
    """Draft the mapping of a subject from a database that nobody has mapped yet; it holds no value of a person."""
    from app import city_package
    from connectors.drafting.drafter import DraftRefused, heading_of
    from connectors.kinds import SourceUrlError

    city = settings().city
    package = city_package(city)
    if output is not None and output.exists():
        _stop("--output: there is such a file, and a draft does not replace it.")
    try:
        heading = heading_of(city, package, subject, source or subject, department)
        text, summary = asyncio.run(_drafted(url, heading, package, rows))
    except (DraftRefused, SourceUrlError) as error:
        _stop(str(error))
    except (SQLAlchemyError, OSError) as error:
        _stop(f"The database cannot be read ({type(error).__name__}). See that it runs and that the URL is right.")
    if output is None:
        sys.stdout.write(text)
    else:
        try:
            output.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            _stop(f"--output: the file cannot be written: {(error.strerror or type(error).__name__).lower()}.")
    console = Console(stderr=True)
    for line in summary:
        console.print(line, **_PLAIN)


async def _drafted(url: str, heading: Heading, package: CityPackage, rows_max: int) -> tuple[str, list[str]]:
    from connectors.drafting.drafter import draft
    from connectors.drafting.reading import Limits

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)

        def advance(table: str, done: int, total: int) -> None:
            progress.update(task, description=table, completed=done, total=total)

        made = await draft(url, heading, package.city, Limits(rows_max=rows_max), advance)
    return made.text, made.summary


def _run_and_close(hub: Hub, work: Coroutine[Any, Any, T]) -> T:
    async def run() -> T:
        try:
            return await work
        finally:
            await _close(hub)

    return asyncio.run(run())


def _sources_named(hub: Hub, name: str | None) -> list[str]:
    """The connected sources, or the one that was asked for."""
    connected = sorted(hub.catalog.connectors)
    if name is None:
        return connected
    if name not in {known.name for known in hub.package.sources}:
        _stop(f"The city has no source {name!r}. It has: {', '.join(sorted(s.name for s in hub.package.sources))}.")
    if name not in connected:
        _stop(f"The source {name} is not connected: set HUB_SOURCE_{name.upper()}_URL.")
    return [name]


async def _inspect_sources(hub: Hub, names: list[str], rows_max: int, *, say: bool) -> list[RecordInspection]:
    from connectors.guard import Guard
    from connectors.inspection import Inspector
    from connectors.inspection_report import lines_of

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    records: list[RecordInspection] = []
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=None)

            def advance(source: str, record: str, done: int, total: int) -> None:
                progress.update(task, description=f"{source}: {record}", completed=done, total=total)

            inspector = Inspector(hub.catalog, Guard(_unlogged), rows_max=rows_max, progress=advance)
            async for found in inspector.inspect(names):
                records.append(found)
                if say:
                    head, *rest = lines_of(found)
                    _say(head, _STYLES[found.state])
                    for line in rest:
                        _say(line)
    finally:
        await _close(hub)
    return records


_STYLES = {"ok": None, "dirty": "yellow", "broken": "red"}


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
