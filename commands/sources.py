"""The operator's commands about sources: list, check, sheet, inspect."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from models.values.localized import Language
from settings import settings
from terminal import note, progress_bar, say, stop, write_to

# Each command imports what it needs when it runs, as in cli.py.
if TYPE_CHECKING:
    from connectors.sources import CityPackage
    from hub import Hub
    from onboarding.drafting.mapping_file import Heading
    from onboarding.inspection_report import RecordInspection
    from onboarding.survey import SourceSurvey

T = TypeVar("T")

sources = typer.Typer(no_args_is_help=True)


class SheetFormat(StrEnum):
    md = "md"
    html = "html"


@sources.command("list")
def sources_list() -> None:
    """How each source of the city is, what it holds, how fresh it is kept, and what load it is asked to bear."""
    from hub import build_hub
    from onboarding.survey import lines_of

    for found in asyncio.run(_survey_sources(build_hub(settings()))):
        head, *rest = lines_of(found)
        say(head, None if found.connected and not found.failure else "yellow")
        for line in rest:
            say(line)


async def _survey_sources(hub: Hub) -> list[SourceSurvey]:
    from connectors.guard.guard import Guard
    from onboarding.survey import survey

    try:
        await _load_copies(hub)
        return await survey(hub.package, hub.catalog, Guard(_unlogged))
    finally:
        await _close(hub)


async def _load_copies(hub: Hub) -> None:
    """Load the copies of sources, as a serving hub does in the background."""
    from api.observability.logs import quiet_logs
    from connectors.replica.replica import loaded, replicas_among

    quiet_logs()
    await loaded(replicas_among(hub.catalog.connectors.values()))


def _unlogged(_source: str, _state: str, _error: BaseException) -> None:
    """Log nothing: the report itself says what failed."""


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
    from hub import build_hub
    from onboarding.inspection import ROWS_MAX
    from onboarding.inspection_report import object_of, summary_of

    hub = build_hub(settings())
    names = _sources_named(hub, source)
    records = asyncio.run(_inspect_sources(hub, names, rows_max or ROWS_MAX, aloud=not as_json))
    if as_json:
        sys.stdout.write(json.dumps(object_of(records), indent=2) + "\n")
    else:
        say(summary_of(records))
    if any(found.broken for found in records):
        raise typer.Exit(1)


def _explain(source: str | None, *, as_json: bool) -> None:
    from connectors.guard.guard import Guard
    from hub import build_hub
    from onboarding.explain import explained, object_of, text_of

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
    from connectors.guard.guard import Guard
    from hub import build_hub
    from onboarding.sheet import sheet_of
    from onboarding.sheet_pages import rendered

    hub = build_hub(settings())
    if name not in {source.name for source in hub.package.sources}:
        _sources_named(hub, name)
    text = rendered(_run_and_close(hub, sheet_of(hub.package, hub.catalog, Guard(_unlogged), name)), language, form)
    if output is None:
        sys.stdout.write(text)
    else:
        write_to(output, text)


@sources.command("inspect")
def sources_inspect(
    url: Annotated[str, typer.Argument(help="The database: postgresql://..., mysql://... or sqlite:///...")],
    subject: Annotated[str, typer.Option(help="What to look for: complaints, licenses ...")],
    source: Annotated[str | None, typer.Option(help="The name of the source; otherwise the subject's.")] = None,
    department: Annotated[str | None, typer.Option(help="The code of the department that owns it.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; otherwise it is printed.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=20_000, help="How many rows of a table are looked at.")] = 1_000,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the password of the URL's user.")
    ] = False,
) -> None:
    """Draft the mapping of a subject from a database that nobody has mapped yet; it holds no value of a person."""
    from city_package import city_package
    from connectors.kinds import SourceUrlError
    from connectors.sql.engines import dialect_of, parsed_url
    from connectors.sql.failures import connection_failure
    from onboarding.drafting.drafter import DraftRefused, heading_of

    city = settings().city
    package = city_package(city)
    if output is not None and output.exists():
        stop("--output: there is such a file, and a draft does not replace it.")
    try:
        if ask_password:
            # Never an argument: whoever is on the machine can list those of a process, and shells keep them.
            hidden = typer.prompt("Password", hide_input=True, err=True)
            url = parsed_url(url).set(password=hidden).render_as_string(hide_password=False)
        heading = heading_of(city, package, subject, source or subject, department)
        text, summary = asyncio.run(_drafted(url, heading, package, rows))
    except (DraftRefused, SourceUrlError) as error:
        stop(str(error))
    except Exception as error:
        said = connection_failure(error, dialect_of(url).name)
        if said is None:
            raise
        stop(f"The database cannot be read: {said}. See that it runs and that the URL is right.")
    if output is None:
        sys.stdout.write(text)
    else:
        write_to(output, text)
    for line in summary:
        note(line)


async def _drafted(url: str, heading: Heading, package: CityPackage, rows_max: int) -> tuple[str, list[str]]:
    from onboarding.drafting.drafter import draft
    from onboarding.drafting.reading import Limits

    with progress_bar(on_stderr=True) as progress:
        task = progress.add_task("", total=None)

        def advance(table: str, done: int, total: int) -> None:
            progress.update(task, description=table, completed=done, total=total)

        made = await draft(url, heading, package.city, Limits(rows_max=rows_max), advance)
    return made.text, made.summary


def _run_and_close(hub: Hub, work: Coroutine[Any, Any, T]) -> T:
    async def run() -> T:
        try:
            await _load_copies(hub)
            return await work
        finally:
            await _close(hub)

    return asyncio.run(run())


def _sources_named(hub: Hub, name: str | None) -> list[str]:
    """The connected sources, or the named one."""
    connected = sorted(hub.catalog.connectors)
    if name is None:
        return connected
    if name not in {known.name for known in hub.package.sources}:
        stop(f"The city has no source {name!r}. It has: {', '.join(sorted(s.name for s in hub.package.sources))}.")
    if name not in connected:
        stop(f"The source {name} is not connected: set HUB_SOURCE_{name.upper()}_URL.")
    return [name]


async def _inspect_sources(hub: Hub, names: list[str], rows_max: int, *, aloud: bool) -> list[RecordInspection]:
    from connectors.guard.guard import Guard
    from onboarding.inspection import Inspector
    from onboarding.inspection_report import lines_of

    records: list[RecordInspection] = []
    try:
        with progress_bar(on_stderr=True) as progress:
            task = progress.add_task("", total=None)

            def advance(source: str, record: str, done: int, total: int) -> None:
                progress.update(task, description=f"{source}: {record}", completed=done, total=total)

            await _load_copies(hub)
            inspector = Inspector(hub.catalog, Guard(_unlogged), rows_max=rows_max, progress=advance)
            async for found in inspector.inspect(names):
                records.append(found)
                if aloud:
                    head, *rest = lines_of(found)
                    say(head, _STYLES[found.state])
                    for line in rest:
                        say(line)
    finally:
        await _close(hub)
    return records


_STYLES = {"ok": None, "dirty": "yellow", "broken": "red"}
