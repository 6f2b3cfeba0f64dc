"""Errors and sources in an answer: one entry for each cause, nothing internal in any, and how every source did."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from resolvers.records import Records
from tests.api.hub import Running, codes_of, environment, running

SECRET_TEXT = "the secret 3671014101459000"


async def test_a_denied_field_is_one_error_however_many_rows(hub: Running) -> None:
    response = await hub.ask("{ complaints(first: 20) { nodes { id description } } }")
    body = response.json()
    assert [node["description"] for node in body["data"]["complaints"]["nodes"]] == [None] * 20
    assert body["errors"] == [
        {
            "message": "Your role may not read description.",
            "locations": [{"line": 1, "column": 38}],
            "path": ["complaints", "nodes", 0, "description"],
            "extensions": {"code": "FORBIDDEN", "count": 20},
        }
    ]


async def test_each_cause_has_its_own_error(hub: Running) -> None:
    query = (
        "{ a: complaints(first: 2) { nodes { description address } } "
        "b: complaints(first: 3) { nodes { description } } }"
    )
    errors = (await hub.ask(query)).json()["errors"]
    described = [(error["path"], error["extensions"]["count"]) for error in errors]
    assert sorted(described, key=str) == [
        (["a", "nodes", 0, "address"], 2),
        (["a", "nodes", 0, "description"], 2),
        (["b", "nodes", 0, "description"], 3),
    ]


async def test_at_most_a_hundred_errors(hub: Running) -> None:
    lists = ["areas", "complaintCategories", *(f"a{number}: complaints" for number in range(100))]
    response = await hub.ask("{ " + " ".join(f"{name}(first: -1) {{ totalCount }}" for name in lists) + " }")
    assert codes_of(response) == ["BAD_INPUT"] * 100


async def test_what_nobody_foresaw_is_masked(
    hub: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object) -> None:
        raise ValueError(SECRET_TEXT)

    monkeypatch.setattr(Records, "read", fail)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
        response = await hub.ask("{ areas { nodes { id } } departments { code } }", {"x-request-id": "request-1"})
    body = response.json()
    assert response.status_code == 200
    assert body["data"]["areas"] is None
    assert len(body["data"]["departments"]) == 14
    assert body["errors"] == [
        {
            "message": "Something went wrong in the hub. Mention the request id request-1.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["areas"],
            "extensions": {"code": "INTERNAL", "count": 1},
        }
    ]
    (line,) = logged
    assert (line["request_id"], line["error"]) == ("request-1", "ValueError")
    assert any("fail" in place for place in line["places"])
    written = capfd.readouterr()
    for text in (response.text, str(logged), caplog.text, written.out, written.err):
        assert "secret" not in text
        assert "3671014101459000" not in text


async def test_what_nobody_foresaw_outside_of_fields_is_masked(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError(SECRET_TEXT)

    monkeypatch.setattr(hub.hub.operations.lanes, "run", fail)
    with structlog.testing.capture_logs() as logged:
        response = await hub.ask("{ __typename departments { code } }", {"x-request-id": "request-2"})
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Something went wrong in the hub. Mention the request id request-2.",
                "extensions": {"code": "INTERNAL"},
            }
        ]
    }
    assert [line["error"] for line in logged] == ["RuntimeError"]
    assert "secret" not in str(logged)


# --- Sources ----------------------------------------------------------------------------------------------------------


async def test_each_source_says_how_it_did(hub: Running) -> None:
    query = '{ area(code: "36.71") { name } complaints(first: 1) { totalCount nodes { id } } }'
    sources = (await hub.ask(query)).json()["extensions"]["sources"]
    assert [(line["source"], line["state"], line["calls"]) for line in sources] == [
        ("areas", "OK", 1),
        ("complaints", "OK", 2),
    ]
    for line in sources:
        assert list(line) == ["source", "state", "asOf", "ms", "calls", "findings"]
        assert 0 < line["ms"] < 10_000
        assert line["findings"] >= 0


async def test_what_touches_no_source_says_nothing_of_them(hub: Running) -> None:
    assert "extensions" not in (await hub.ask("{ departments { code } }")).json()


UNREACHABLE = {
    "missing file": "sqlite:////nowhere-of-these-tests/secretly.db",
    "closed port": "postgresql://spy:password@127.0.0.1:1/secretly",
    "closed port of MariaDB": "mysql://spy:password@127.0.0.1:1/secretly",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=list(UNREACHABLE))
async def test_a_source_that_is_down(city_folder: Path, database: Path, url: str) -> None:
    environ = environment(city_folder, database, HUB_SOURCE_COMPLAINTS_URL=url)
    with structlog.testing.capture_logs() as logged:
        async with running(environ) as hub:
            response = await hub.ask(
                '{ area(code: "36.71") { name complaints { totalCount } } complaints { nodes { id } } }'
            )
            ready = await hub.client.get("/health/ready")
    body: dict[str, Any] = response.json()
    assert body["data"] == {"area": {"name": "Kota Tangerang", "complaints": {"totalCount": None}}, "complaints": None}
    assert sorted((error["extensions"]["code"], error["path"][0]) for error in body["errors"]) == [
        ("DEPARTMENT_UNAVAILABLE", "area"),
        ("DEPARTMENT_UNAVAILABLE", "complaints"),
    ]
    assert {error["message"] for error in body["errors"]} == {
        "LAKSA (Diskominfo) cannot be reached at the moment. Try again later."
    }
    states = {line["source"]: line["state"] for line in body["extensions"]["sources"]}
    assert states == {"areas": "OK", "complaints": "UNAVAILABLE"}
    assert ready.status_code == 200
    assert ready.json()["state"] == "degraded"
    assert ready.json()["sources"]["complaints"]["state"] == "unavailable"
    assert ready.json()["sources"]["complaints"]["reachedSinceStart"] is False
    for text in (response.text, ready.text, str(logged)):
        for internal in ("secretly", "password", "spy", "127.0.0.1", "nowhere", "asyncpg", "aiosqlite", "asyncmy"):
            assert internal not in text
