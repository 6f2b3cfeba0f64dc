"""Apollo's, urql's and Relay's own ways to name a document instead of sending it, without a line of ours in between."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.documents import manifest_in
from store.documents import register
from tests.api.hub import Running, codes_of, environment, errors_of, running
from tests.api.serving import node, served
from tests.migrated import migrated

ASK = "query Named($first: Int!) { complaints(first: $first) { nodes { ticketNumber } } }"
HASH = hashlib.sha256(ASK.encode()).hexdigest()
CLIENTS = {
    "apollo": """
        import { createHash } from "node:crypto";
        import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
        import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
        const sha256 = (text) => createHash("sha256").update(text).digest("hex");
        const link = createPersistedQueryLink({ sha256, useGETForHashedQueries: true });
        const uri = process.argv[1];
        const client = new ApolloClient({ link: link.concat(new HttpLink({ uri })), cache: new InMemoryCache() });
        const query = gql`{ complaints(first: 2) { nodes { ticketNumber } } }`;
        const told = await client.query({ query });
        console.log(JSON.stringify(told.data.complaints.nodes.length));
    """,
    "urql": """
        import { Client, fetchExchange, gql } from "@urql/core";
        import { persistedExchange } from "@urql/exchange-persisted";
        const exchanges = [persistedExchange(), fetchExchange];
        const client = new Client({ url: process.argv[1], exchanges, preferGetMethod: false });
        const told = await client.query(gql`{ complaints(first: 2) { nodes { ticketNumber } } }`, {}).toPromise();
        console.log(JSON.stringify(told.data.complaints.nodes.length));
    """,
}


class Noted:
    """The application behind what notes each request to the graph: its method, and whether it carried a document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.requests = app, list[tuple[str, bool]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                told = scope["query_string"] + message.get("body", b"")
                self.requests.append((scope["method"], bool(re.search(rb'"query"|(^|&)query=', told))))
            return message

        await self.app(scope, noting if scope["type"] == "http" else receive, send)


@pytest.mark.parametrize("library", CLIENTS)
async def test_a_client_sends_the_document_once_and_then_its_hash(hub: Running, package: Path, library: str) -> None:
    noted = Noted(hub.app)
    async with served(noted) as place:
        for _ in range(2):
            assert await node(package, f"http://{place}/graphql", code=CLIENTS[library]) == 2
    # GETs of which the hub knows the document already are answered before their (empty) body is read.
    assert [carried for _, carried in noted.requests].count(True) == 1


async def test_relay_asks_by_what_its_compiler_wrote(city_folder: Path, tmp_path: Path, peers: Path) -> None:
    prod = environment(city_folder, migrated(tmp_path / "hub.db"), HUB_PROFILE="prod")
    async with running(prod) as hub, served(hub.app) as place:
        url = f"http://{place}/graphql"
        unknown = await node(peers, "relay.js", url, "2")
        assert "No document is known" in unknown["failure"] or "tidak dikenal" in unknown["failure"]
        manifest = manifest_in(peers / "relay-persisted.json")
        await register(hub.hub.database, "page", manifest, lambda: datetime(2026, 5, 1, tzinfo=UTC))
        await hub.hub.responses.documents.refresh(hub.hub.database)
        # Beyond what strangers may ask for at once: the document is trusted.
        assert len((await node(peers, "relay.js", url, "101"))["complaints"]["nodes"]) == 101


async def test_a_hash_that_is_unknown_is_said_as_clients_look_for_it(hub: Running) -> None:
    by_hash = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}, "variables": {"first": 2}}
    unknown = await hub.client.post("/graphql", json=by_hash)
    assert (unknown.status_code, errors_of(unknown)) == (200, [("NOT_FOUND", "PersistedQueryNotFound")])
    assert unknown.headers["cache-control"] == "no-store"
    sent = await hub.client.post("/graphql", json={**by_hash, "query": ASK})
    assert len(sent.json()["data"]["complaints"]["nodes"]) == 2
    assert (await hub.client.post("/graphql", json=by_hash)).json()["data"] == sent.json()["data"]
    asked = {"extensions": json.dumps(by_hash["extensions"]), "variables": '{"first": 2}'}
    got = await hub.client.get("/graphql", params=asked)
    assert (got.json()["data"], "max-age" in got.headers["cache-control"]) == (sent.json()["data"], True)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ __typename }", "extensions": {"persistedQuery": {"sha256Hash": HASH}}}, "BAD_REQUEST"),
        ({"query": 5, "extensions": {"persistedQuery": {"sha256Hash": HASH[::-1]}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": {"sha256Hash": 5}}}, "BAD_REQUEST"),
        ({"extensions": {"persistedQuery": HASH}}, "BAD_REQUEST"),
        ({"extensions": [HASH]}, "BAD_REQUEST"),
        ({"doc_id": 5}, "BAD_REQUEST"),
        ({"doc_id": HASH, "query": ASK}, "BAD_REQUEST"),
        ({"doc_id": HASH[::-1]}, "NOT_FOUND"),
    ],
)
async def test_names_that_are_none(hub: Running, body: dict[str, object], code: str) -> None:
    answer = await hub.client.post("/graphql", json=body)
    assert (answer.status_code, codes_of(answer)) == (404 if code == "NOT_FOUND" else 400, [code])


def test_apollos_manifest_is_read_as_it_is(tmp_path: Path) -> None:
    operation = {"id": HASH, "name": "Named", "type": "query", "body": ASK}
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}))
    assert manifest_in(file) == {HASH: ASK}
