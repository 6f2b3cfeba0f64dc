"""The operator's commands about views: register, list, remove."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.database import on_database
from models.values.localized import Language
from settings import settings
from store.database.engine import HubDatabase
from store.views import VARIABLES_CHARS_MAX, View, text_of, views_in
from store.views import register as register_in
from store.views import remove as remove_from
from terminal import reason_of, say, stop

EVERY_S_DEFAULT = 60

views = typer.Typer(no_args_is_help=True)


@views.command("register")
def views_register(
    name: Annotated[str, typer.Argument(help="What it is called in its addresses: small letters, digits and dashes.")],
    document: Annotated[str, typer.Option(help="The trusted document, by its identifier.")],
    variables: Annotated[Path | None, typer.Option(help="A file with the JSON object of its variables.")] = None,
    every: Annotated[
        int, typer.Option(help="After how many seconds it is worked out anew, at most.")
    ] = EVERY_S_DEFAULT,
    language: Annotated[
        Language | None, typer.Option(help="The language of its labels; the city's first unless told.")
    ] = None,
) -> None:
    """Let everybody see the answer to a trusted document. It must read public data only, and hold one table."""
    from city_package import city_package

    spoken = city_package(settings().city).city.languages
    if language is not None and language not in spoken:
        stop(f"--language: the city speaks {', '.join(one.value for one in spoken)} only.")
    view = View(name, document, _variables(variables), language or spoken[0], every)

    async def work(database: HubDatabase) -> list[str]:
        columns = _columns(view, await text_of(database, document))
        await register_in(database, view, lambda: datetime.now(UTC))
        return columns

    columns = on_database(work)
    say(f"{name}: /views/{name}.json and /views/{name}.csv, worked out anew every {every} seconds or sooner.")
    say(f"Columns: {', '.join(columns)}")


@views.command("list")
def views_list() -> None:
    """What is registered."""
    found: list[View] = on_database(views_in)
    for view in found:
        say(f"{view.name}: {view.identifier}, every {view.every_s} seconds, {view.language.value}")
    if not found:
        say("No views are registered.")


@views.command("remove")
def views_remove(name: Annotated[str, typer.Argument(help="The view.")]) -> None:
    """Show a view no longer. Processes that run follow within seconds."""
    if not on_database(lambda database: remove_from(database, name)):
        stop(f"{name}: no view of this name is registered.")
    say(f"{name}: removed.")


def _columns(view: View, text: str | None) -> list[str]:
    """The columns of a view's table. Raises ViewRefused."""
    from api.views.warm import checked
    from city_package import city_package
    from city_sources import catalog_of
    from engine.lanes import Lanes
    from schema.build import SCHEMA

    configured = settings()
    catalog = catalog_of(configured, city_package(configured.city), lambda _: None)
    lanes = Lanes(SCHEMA._schema)  # noqa: SLF001  # strawberry has no other name for it
    made = checked(view, text, lanes, catalog)
    return [".".join(column) for column in made.table.columns]


def _variables(file: Path | None) -> Mapping[str, Any]:
    if file is None:
        return {}
    try:
        if file.stat().st_size > VARIABLES_CHARS_MAX:
            stop(f"{file.name} is larger than {VARIABLES_CHARS_MAX:,} bytes.")
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        stop(f"{file.name} cannot be read: {reason_of(error)}.")
    except (ValueError, RecursionError):
        stop(f"{file.name} is no JSON.")
    if not isinstance(found, dict):
        stop(f"{file.name} holds no JSON object.")
    return found
