"""Sockets and event streams as clients of other makers use them: ws, graphql-ws and graphql-sse, from npm."""

from __future__ import annotations

import json
from pathlib import Path

from models.policy.viewer import Purpose, Role
from tests.api.hub import Running
from tests.api.serving import node, served

REFUSED = {
    "no JSON": (4400, "Invalid message", []),
    "no object": (4400, "Invalid message", []),
    "bytes": (4400, "Invalid message", []),
    "unknown type": (4400, "Invalid message type", []),
    "no query": (4400, "Invalid message", ["connection_ack"]),
    "no id": (4400, "Invalid message", ["connection_ack"]),
    "long id": (4400, "Invalid message", ["connection_ack"]),
    "variables are a list": (4400, "Invalid message", ["connection_ack"]),
    "before init": (4401, "Unauthorized", []),
    "wrong token": (4403, "Forbidden", []),
    "foreign page with a token": (4403, "Forbidden", []),
    "no protocol": (4406, "Subprotocol not acceptable", []),
    "never init": (4408, "Connection initialisation timeout", []),
    "init twice": (4429, "Too many initialisation requests", ["connection_ack"]),
    "too large": (1009, "frame with 300000 bytes exceeds limit of 262144 bytes", []),
    "no text": (1007, "", []),
}


async def test_whoever_breaks_the_protocol_is_told_by_the_code(hub: Running, peers: Path) -> None:
    async with served(hub.app) as place:
        ended = await node(peers, "close_codes.js", f"ws://{place}/graphql")
    twice = ended.pop("same id twice")
    assert (twice["code"], twice["reason"]) == (4409, "Subscriber for 1 already exists")
    old = ended.pop("old protocol")
    assert (old["opened"], old["error"]) == (False, "Server sent no subprotocol")
    assert ended.pop("foreign page with a cookie")["status"] == 403
    assert {name: (one["code"], one["reason"], one["types"]) for name, one in ended.items()} == REFUSED


STATES = "subscription ($sources: [String!]) { sourceStateChanged(sources: $sources) { name state stateLabel } }"
BOTH = [
    {"data": {"sourceStateChanged": {"name": "areas", "state": "OK", "stateLabel": "OK"}}},
    {"data": {"sourceStateChanged": {"name": "complaints", "state": "OK", "stateLabel": "OK"}}},
]
SLOW = {"query": STATES}


def only(*sources: str) -> str:
    return json.dumps({"query": STATES, "variables": {"sources": sources}})


async def test_graphql_ws_gets_the_present_state_first(hub: Running, peers: Path) -> None:
    async with served(hub.app) as place:
        url = f"ws://{place}/graphql"
        told = await node(peers, "graphql_ws.js", url, json.dumps(SLOW), "2", '{"Accept-Language": "en"}')
        one = await node(peers, "graphql_ws.js", url, only("complaints"), "1", "{}")
        query = await node(peers, "graphql_ws.js", url, '{"query": "{ areas(first: 0) { totalCount } }"}', "9")
        none = await node(peers, "graphql_ws.js", url, only("nothing"), "1", '{"Accept-Language": "en"}')
    assert told == {"answers": BOTH, "failure": None}
    label = {"name": "complaints", "state": "OK", "stateLabel": "Normal"}
    assert one["answers"] == [{"data": {"sourceStateChanged": label}}]
    assert [answer["data"] for answer in query["answers"]] == [{"areas": {"totalCount": 118}}]
    (error,) = none["failure"]
    assert error == {
        "message": "There is no such source. There are: areas, complaints.",
        "extensions": {"code": "BAD_INPUT"},
    }


async def test_graphql_ws_signs_in_by_its_connection_params(hub: Running, peers: Path) -> None:
    asked = json.dumps({"query": "{ complaints(first: 1) { nodes { description } } }"})
    officer = hub.bearer(Role.OFFICER, "dpupr")["authorization"]
    params = json.dumps({"Authorization": officer, "Hub-Purpose": Purpose.COMPLAINT_HANDLING.value})
    async with served(hub.app) as place:
        url = f"ws://{place}/graphql"
        wrong = await node(peers, "graphql_ws.js", url, asked, "1", '{"Authorization": "Bearer no"}')
        told = await node(peers, "graphql_ws.js", url, asked, "1", params)
    assert (wrong["answers"], wrong["failure"]) == ([], {"code": 4403, "reason": "Forbidden"})
    ((complaint,),) = (answer["data"]["complaints"]["nodes"] for answer in told["answers"])
    assert isinstance(complaint["description"], str)


async def test_graphql_sse_gets_the_same(hub: Running, peers: Path) -> None:
    async with served(hub.app) as place:
        url = f"http://{place}/graphql"
        told = await node(peers, "graphql_sse.js", url, json.dumps(SLOW), "2", '{"Accept-Language": "en"}')
        query = await node(peers, "graphql_sse.js", url, '{"query": "{ areas(first: 0) { totalCount } }"}', "9")
        invalid = await node(peers, "graphql_sse.js", url, '{"query": "{ nothing }"}', "9")
        wrong = await node(peers, "graphql_sse.js", url, json.dumps(SLOW), "1", '{"Authorization": "Bearer no"}')
    assert told == {"answers": BOTH, "failure": None}
    assert [answer["data"] for answer in query["answers"]] == [{"areas": {"totalCount": 118}}]
    (refused,) = invalid["answers"]
    assert refused["errors"][0]["message"] == "Cannot query field 'nothing' on type 'Query'."
    assert (wrong["answers"], wrong["failure"]["status"]) == ([], 401)
