"""The operator's commands about trusted documents, which clients send by identifier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.database import on_database
from store.documents import Manifest, manifests
from store.documents import register as register_in
from store.documents import remove as remove_from
from terminal import reason_of, say, stop

MANIFEST_BYTES_MAX = 32_000_000
APOLLO_FORMAT = "apollo-persisted-query-manifest"

documents = typer.Typer(no_args_is_help=True)

_Client = Annotated[str, typer.Option(help="The app whose documents they are.")]


@documents.command("register")
def documents_register(
    file: Annotated[Path, typer.Argument(help="The manifest of graphql-codegen, Relay or Apollo.")],
    client: _Client = "default",
) -> None:
    """Check every document against the schema of this hub and register all of them, or none and say why."""
    manifest = manifest_in(file)
    problems = _problems(manifest)
    if problems:
        stop("\n".join([*problems, "Nothing was registered."]))
    registered = on_database(lambda database: register_in(database, client, manifest, lambda: datetime.now(UTC)))
    say(f"{client}: {registered.added:,} documents registered, {registered.known:,} were before.")


@documents.command("list")
def documents_list() -> None:
    """What is registered, by client."""
    found: list[Manifest] = on_database(manifests)
    for manifest in found:
        moment = manifest.last_registered_at.isoformat(timespec="seconds")
        say(f"{manifest.client}: {manifest.documents:,} documents, the last of them registered at {moment}")
    if not found:
        say("No documents are registered.")


@documents.command("remove")
def documents_remove(
    client: _Client,
    identifier: Annotated[str | None, typer.Option(help="One document only, by its identifier.")] = None,
) -> None:
    """Trust the documents of a client no longer, or one of them. Processes that run follow within seconds."""
    removed = on_database(lambda database: remove_from(database, client, identifier))
    if not removed:
        stop(f"{client}: nothing of the kind is registered.")
    say(f"{client}: {removed:,} documents removed.")


def manifest_in(file: Path) -> Mapping[str, str]:
    """The documents of a manifest as graphql-codegen, Relay's compiler or Apollo's tool writes it. Stops otherwise."""
    try:
        if file.stat().st_size > MANIFEST_BYTES_MAX:
            stop(f"{file.name} is larger than {MANIFEST_BYTES_MAX:,} bytes.")
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        stop(f"{file.name} cannot be read: {reason_of(error)}.")
    except (ValueError, RecursionError):
        stop(f"{file.name} is no JSON.")
    if isinstance(found, dict) and found.get("format") == APOLLO_FORMAT:
        operations = [one for one in found.get("operations") or () if isinstance(one, dict)]
        found = {str(one.get("id")): one.get("body") for one in operations}
    if not isinstance(found, dict) or not found or not all(isinstance(text, str) for text in found.values()):
        stop(f"{file.name} is no manifest: a JSON object from identifiers to the texts of documents.")
    return found


def _problems(manifest: Mapping[str, str]) -> list[str]:
    """One line for each document that does not fit the schema of this hub."""
    from graphql import GraphQLSyntaxError

    from engine.documents.kept import InvalidDocument
    from engine.documents.limits import LimitExceeded
    from engine.lanes import Lanes
    from schema.build import SCHEMA

    lanes = Lanes(SCHEMA._schema)  # noqa: SLF001  # strawberry has no other name for it
    problems: list[str] = []
    for identifier, text in manifest.items():
        try:
            lanes.prepare(text)
        except LimitExceeded as limit:
            problems.append(f"{identifier}: goes beyond {limit.limit}: at most {limit.allowed} are allowed")
        except GraphQLSyntaxError as error:
            problems.append(f"{identifier}: {error.message}")
        except InvalidDocument as invalid:
            problems += [f"{identifier}: {error.message}" for error in invalid.errors]
    return problems
