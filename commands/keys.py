"""The operator's commands about API keys: create, list, revoke."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from commands.database import on_database
from models.policy.viewer import Scope
from store.clients import LIST_ROWS_MAX, Client, add_client, list_clients, revoke_client
from terminal import note, say, stop

keys = typer.Typer(no_args_is_help=True)


@keys.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(help="What the client is called, such as: Peta Macet.")],
    contact: Annotated[str, typer.Option(help="How to reach the people behind it.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do, read:public if nothing is said; may be given again.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long it lasts; without it, for ever.")] = None,
) -> None:
    """Make a key and print it, alone on the standard output: it is kept nowhere and cannot be shown again."""
    expires_at = _now() + timedelta(days=days) if days is not None else None
    scopes = [one.value for one in scope or [Scope.READ]]
    try:
        issued = on_database(
            lambda database: add_client(
                database, name=name, contact=contact, scopes=scopes, clock=_now, expires_at=expires_at
            )
        )
    except ValueError as error:
        stop(f"No key was made: {error}.")
    note(f"Key {issued.client.id} of {issued.client.name}. Hand it over now: it cannot be shown again.")
    sys.stdout.write(issued.key + "\n")


@keys.command("list")
def keys_list(
    limit: Annotated[int, typer.Option(min=1, max=LIST_ROWS_MAX, help="At most so many, the newest first.")] = 100,
) -> None:
    """List the keys, the newest first: how each begins, what it may do, and whether it is good."""
    now = _now()
    for client in on_database(lambda database: list_clients(database, limit)):
        used = f"last used {_moment(client.last_used_at)}" if client.last_used_at is not None else "never used"
        scopes = " ".join(sorted(client.scopes))
        say(f"{client.id}  {client.key_prefix}...  {client.name}  [{scopes}]  {_state(client, now)}, {used}")


@keys.command("revoke")
def keys_revoke(number: Annotated[int, typer.Argument(help="The number of the key, as `keys list` has it.")]) -> None:
    """Make a key useless at once, in every process of the hub. It cannot be undone; doing it again changes nothing."""
    revoked_at = on_database(lambda database: revoke_client(database, number, clock=_now))
    if revoked_at is None:
        stop(f"There is no key {number}. See: ./simpul keys list")
    say(f"Key {number} is revoked since {_moment(revoked_at)}.")


def _state(client: Client, now: datetime) -> str:
    if client.revoked_at is not None:
        return f"revoked {_moment(client.revoked_at)}"
    if client.expires_at is None:
        return "good"
    return f"{'good until' if client.expires_at > now else 'expired'} {_moment(client.expires_at)}"


def _moment(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes").replace("+00:00", " UTC")


def _now() -> datetime:
    return datetime.now(UTC)
