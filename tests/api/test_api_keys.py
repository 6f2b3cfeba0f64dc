"""API keys: what a client of the graph sends, through the whole hub and its own database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from api.identity.any_credential import AnyCredential
from api.identity.api_keys import ApiKeys
from api.identity.viewers import Authenticated
from models.errors import SignInUnavailable, Unauthenticated
from models.policy.viewer import Role, Scope, Viewer
from models.tables import clients
from store.clients import IssuedKey, add_client, revoke_client
from store.database.engine import HubDatabase
from tests.api.hub import Running, environment, errors_of, running
from tests.api.test_credentials import assert_bare_401
from tests.migrated import migrated

NAME = "{ __typename }"
DESCRIBED = "{ complaints(first: 1) { nodes { description } } }"


def now() -> datetime:
    return datetime.now(UTC)


async def issued(database: HubDatabase, *scopes: str, lasts: timedelta | None = None) -> IssuedKey:
    expires_at = now() + lasts if lasts is not None else None
    return await add_client(
        database, name="Peta Macet", contact="", scopes=scopes or ["read:public"], clock=now, expires_at=expires_at
    )


async def test_a_key_asks_as_a_developer(hub: Running) -> None:
    key = (await issued(hub.hub.database)).key
    for headers in ({"x-api-key": key}, {"x-api-key": f" {key} "}):
        assert (await hub.ask(NAME, headers)).json() == {"data": {"__typename": "Query"}}
        assert errors_of(await hub.ask(DESCRIBED, headers)) == [("FORBIDDEN", "Your role may not read description.")]


async def test_prod_takes_keys_without_any_issuer(prod: Running) -> None:
    key = (await issued(prod.hub.database)).key
    assert (await prod.ask(NAME, {"x-api-key": key})).status_code == 200


async def test_what_is_no_good_key_gets_a_bare_401(hub: Running) -> None:
    key = (await issued(hub.hub.database)).key
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    token = hub.tokens.issue(Role.ANALYST)
    for headers in (
        {"x-api-key": other},
        {"x-api-key": key + "A"},
        {"x-api-key": key.upper()},
        {"x-api-key": ""},
        {"x-api-key": "simpul_"},
        {"x-api-key": key, "authorization": f"Bearer {token}"},
        {"x-api-key": key, "authorization": f"Bearer {key}"},
        {"authorization": f"Basic {key}"},
    ):
        assert_bare_401(await hub.ask(NAME, headers))


async def test_each_credential_has_its_own_header(hub: Running) -> None:
    key = (await issued(hub.hub.database)).key
    bearer = hub.bearer(Role.ANALYST)["authorization"]
    swapped = [
        (
            {"authorization": f"Bearer {key}"},
            "Authorization takes tokens only. Send an API key in the header X-Api-Key.",
        ),
        ({"x-api-key": bearer.split()[1]}, "X-Api-Key takes API keys only. Send a token as Authorization: Bearer."),
        ({"x-api-key": bearer}, "X-Api-Key takes API keys only. Send a token as Authorization: Bearer."),
        (
            {"x-api-key": bearer, "accept-language": "id"},
            "X-Api-Key hanya untuk kunci API. Kirim token sebagai Authorization: Bearer.",
        ),
    ]
    for headers, message in swapped:
        for origin in ({}, {"origin": "https://evil.example"}):
            refused = await hub.ask(NAME, headers | origin)
            assert (refused.status_code, errors_of(refused)) == (401, [("UNAUTHENTICATED", message)])


async def test_a_key_that_is_no_good_gets_no_answer_that_is_kept(hub: Running) -> None:
    query = '{ area(code: "36.71.05") { name } }'
    assert (await hub.ask(query)).status_code == 200
    assert (await hub.ask(query)).headers["age"] == "0"
    assert_bare_401(await hub.ask(query, {"x-api-key": "simpul_x"}))


async def test_a_key_is_useless_from_the_moment_of_its_revocation_in_every_process(hub: Running) -> None:
    key = await issued(hub.hub.database)
    elsewhere = HubDatabase(str(hub.hub.database.url))
    other_process = ApiKeys(elsewhere)
    for _ in range(3):
        assert (await hub.ask(NAME, {"x-api-key": key.key})).status_code == 200
        assert (await other_process.read(key.key)).viewer.subject == f"client-{key.client.id}"
    await revoke_client(elsewhere, key.client.id, clock=now)
    assert_bare_401(await hub.ask(NAME, {"x-api-key": key.key}))
    with pytest.raises(Unauthenticated):
        await other_process.read(key.key)
    await elsewhere.close()


async def test_a_key_ends_when_it_says(hub: Running) -> None:
    key = await issued(hub.hub.database, lasts=timedelta(days=1))
    expires_at = key.client.expires_at
    assert expires_at is not None
    moment = expires_at - timedelta(seconds=1)
    keys = ApiKeys(hub.hub.database, lambda: moment)
    viewer = Viewer(Role.DEVELOPER, subject=f"client-{key.client.id}", scopes=frozenset({Scope.READ}))
    assert await keys.read(key.key) == Authenticated(viewer, expires_at)
    moment = expires_at
    with pytest.raises(Unauthenticated):
        await keys.read(key.key)


async def test_a_key_may_do_what_its_scopes_say(hub: Running) -> None:
    key = (await issued(hub.hub.database, "export", "of:later")).key
    refused = await hub.ask(NAME, {"x-api-key": key})
    assert refused.status_code == 403
    assert errors_of(refused) == [
        ("FORBIDDEN", 'This API key was not given for "read:public". Ask the operator for another one.')
    ]
    assert (await hub.hub.viewers.read(key)).viewer.scopes == frozenset({Scope.EXPORT})


async def test_pages_of_any_origin_may_send_a_key_but_no_token(hub: Running) -> None:
    origin = {"origin": "https://hackathon.example"}
    allowed = await hub.client.options("/graphql", headers=origin)
    assert "X-Api-Key" in allowed.headers["access-control-allow-headers"]
    assert "Authorization" not in allowed.headers["access-control-allow-headers"]
    key = (await issued(hub.hub.database)).key
    answer = await hub.ask(NAME, {"x-api-key": key, **origin})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


async def test_a_database_that_is_away_is_no_reason_to_call_a_key_bad(city_folder: Path, tmp_path: Path) -> None:
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    async with running(environment(city_folder, database)) as hub:
        key = (await issued(hub.hub.database)).key
        async with hub.hub.database.writing() as connection:
            await connection.execute(text("ALTER TABLE clients RENAME TO away"))
        refused = await hub.ask(NAME, {"x-api-key": key})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert errors_of(refused) == [
            ("INTERNAL", "Credentials cannot be checked at the moment. Try again in a moment.")
        ]
        assert (await hub.ask(NAME)).status_code == 200
        async with hub.hub.database.writing() as connection:
            await connection.execute(text("ALTER TABLE away RENAME TO clients"))
        assert (await hub.ask(NAME, {"x-api-key": key})).status_code == 200


async def test_the_last_use_is_written_down_and_never_goes_back(hub: Running) -> None:
    database = hub.hub.database
    key = await issued(database)
    moment = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    keys = ApiKeys(database, lambda: moment)
    last_use = select(clients.c.last_used_at).where(clients.c.id == key.client.id)

    async def used_at(when: datetime) -> datetime | None:
        nonlocal moment
        moment = when
        await keys.read(key.key)
        await keys.note()
        async with database.reading() as connection:
            seen: datetime | None = (await connection.execute(last_use)).scalar_one()
        return seen

    later = moment + timedelta(hours=1)
    assert await used_at(moment) == moment
    assert await used_at(later) == later
    assert await used_at(moment) == later


async def test_nobody_reads_credentials_where_there_is_nobody_to() -> None:
    for credential in ("simpul_" + "A" * 43, "", "a.b.c", "x" * 10_000):
        with pytest.raises(Unauthenticated):
            await AnyCredential().read(credential)


async def test_a_database_that_never_was_is_away(tmp_path: Path) -> None:
    database = HubDatabase(f"sqlite:///{(tmp_path / 'empty.db').as_posix()}")
    with pytest.raises(SignInUnavailable):
        await ApiKeys(database).read("simpul_" + "A" * 43)
    await database.close()
