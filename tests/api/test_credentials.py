"""Tokens: a good one gives its role, every other one the same bare 401."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from api.identity.dev_tokens import AUDIENCE, ISSUER, TOKEN_S_MAX, DevTokens, TokenRefused
from connectors.departments.city import TANGERANG
from models.errors import Unauthenticated
from models.policy.viewer import Purpose, Role, Viewer
from sample.citizens.people import resident_number
from tests.api.hub import SECRET, Running, codes_of, errors_of

NIK = resident_number(0)
NOW_S = 1_800_000_000
REFUSED = [("UNAUTHENTICATED", "The credential is not accepted.")]
DESCRIBED = '{ complaints(first: 2, filter: {departmentCode: {eq: "dpupr"}}) { nodes { description } } }'


class Clock:
    """The time that a test sets."""

    now_s: float = NOW_S

    def __call__(self) -> float:
        return self.now_s


def tokens_at(clock: Clock) -> DevTokens:
    return DevTokens(SECRET.encode(), TANGERANG, clock)


GOOD: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "role": "officer", "iat": NOW_S, "exp": NOW_S + 60}


def signed(claims: dict[str, Any], key: OctKey | None = None, algorithm: str = "HS256") -> str:
    own = tokens_at(Clock())._key
    return jwt.encode({"alg": algorithm}, claims, key if key is not None else own, algorithms=[algorithm])


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def assert_bare_401(response: httpx2.Response) -> None:
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {
        "errors": [{"message": "The credential is not accepted.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }


# --- Over HTTP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer ....",
        "Bearer " + "." * 3_000,
        "Bearer " + "x" * 5_000,
        "Basic dXNlcjpwYXNz",
        "Token x",
        "nonsense",
        f"Bearer {part({'alg': 'none'})}.{part(GOOD)}.",
        f"Bearer {part({'alg': 'HS256'})}.{part(GOOD)}.",
        f"Bearer {part({'alg': 'HS256'})}.{part(GOOD)}.{part(b'x' * 32)}",
        f"Bearer {part({'alg': None})}.{part(GOOD)}.x",
        f"Bearer {part({'alg': ['HS256']})}.{part(GOOD)}.x",
        f"Bearer {part({'alg': 'HS256', 'crit': 5})}.{part(GOOD)}.x",
        f"Bearer {part({'alg': 'HS256', 'jku': 'http://x', 'kid': 5})}.{part(GOOD)}.x",
        f"Bearer {part({'alg': 'dir', 'enc': 'A128GCM'})}..a.b.c",
        f"Bearer {part([])}.{part(GOOD)}.x",
        f"Bearer {part(5)}.{part(GOOD)}.x",
        f"Bearer {part(b'[' * 2_000)}.{part(GOOD)}.x",
        f"Bearer {part(b'[' * 1_400 + b']' * 1_400)}.{part(GOOD)}.x",
        f"Bearer {part(bytes([255, 254]))}.{part(GOOD)}.x",
        f"Bearer {signed(GOOD, OctKey.import_key(b'another key of thirty-two bytes!'))}",
    ],
    ids=lambda value: f"{len(value)} {value[:20]} {value[-10:]}",
)
async def test_what_is_no_token_of_ours_gets_a_bare_401(hub: Running, authorization: str) -> None:
    assert_bare_401(await hub.ask("{ __typename }", {"authorization": authorization}))


async def test_bytes_that_are_no_ascii_are_no_token(hub: Running) -> None:
    headers = {b"content-type": b"application/json", b"authorization": b"Bearer \xe9.\xff.\xe9"}
    response = await hub.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert_bare_401(response)


async def test_a_token_is_read_before_the_body(hub: Running) -> None:
    response = await hub.post(b"nonsense", authorization="Bearer x")
    assert (response.status_code, errors_of(response)) == (401, REFUSED)


async def test_tokens_give_their_role(hub: Running) -> None:
    anonymous = await hub.ask(DESCRIBED)
    assert codes_of(anonymous) == ["FORBIDDEN"]
    citizen = await hub.ask(DESCRIBED, hub.bearer(Role.CITIZEN, nik=NIK))
    assert "errors" not in citizen.json()
    analyst = await hub.ask(DESCRIBED, hub.bearer(Role.ANALYST))
    assert codes_of(analyst) == ["FORBIDDEN"]


async def test_the_scheme_is_read_in_any_case(hub: Running) -> None:
    token = hub.tokens.issue(Role.ANALYST)
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert (await hub.ask("{ __typename }", {"authorization": f"{scheme} {token}"})).status_code == 200


async def test_an_officer_reads_what_the_own_department_handles_for_a_purpose(hub: Running) -> None:
    query = (
        "{ complaints(first: 100, filter: {ticketNumber: {isNull: false}}) "
        "{ nodes { department { code } description } } }"
    )
    officer = hub.bearer(Role.OFFICER, department="dpupr")
    stated = await hub.ask(query, officer | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value})
    unstated = await hub.ask(query, officer)
    citizen = await hub.ask(query, hub.bearer(Role.CITIZEN, nik=NIK))

    def described(response: httpx2.Response, *, own: bool) -> list[str]:
        return [
            node["description"] or ""
            for node in response.json()["data"]["complaints"]["nodes"]
            if ((node["department"] or {}).get("code") == "dpupr") is own
        ]

    assert any("•" in text for text in described(citizen, own=False))
    assert described(unstated, own=False) == described(stated, own=False)
    assert not any("•" in text for text in described(stated, own=True))
    assert len(described(stated, own=True)) == len(described(unstated, own=True)) > 0


async def test_prod_takes_no_token_of_the_dev_profile(prod: Running) -> None:
    for role in Role:
        assert_bare_401(await prod.ask("{ __typename }", prod.bearer(role)))


# --- Claims -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        without("exp"),
        without("role"),
        without("iss"),
        without("aud"),
        GOOD | {"iss": "somebody"},
        GOOD | {"aud": "somebody"},
        GOOD | {"aud": ["somebody"]},
        GOOD | {"exp": NOW_S - 1},
        GOOD | {"exp": "tomorrow"},
        GOOD | {"exp": None},
        GOOD | {"nbf": NOW_S + 60},
        GOOD | {"role": "mayor"},
        GOOD | {"role": ["officer"]},
        GOOD | {"role": {}},
        GOOD | {"role": None},
        GOOD | {"sub": "x" * 4_000},
        GOOD | {"nik": "1234567890123456"},
        GOOD | {"nik": 5},
        GOOD | {"nik": [NIK]},
    ],
    ids=lambda claims: str(sorted(claims.items(), key=str))[:300],
)
async def test_claims_that_cannot_be(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await tokens_at(Clock()).read(signed(claims))
    assert str(refused.value) == "The credential is not accepted."


async def test_other_algorithms_are_refused() -> None:
    with pytest.raises(Unauthenticated):
        await tokens_at(Clock()).read(signed(GOOD, algorithm="HS512"))


async def test_good_claims_are_a_viewer_until_the_token_ends() -> None:
    read = await tokens_at(Clock()).read(signed(GOOD | {"department": "dpupr", "nik": NIK}))
    viewer = read.viewer
    assert read.expires_at == datetime.fromtimestamp(NOW_S + 60, UTC)
    assert viewer == Viewer(Role.OFFICER, subject="x", department_code="dpupr", nik=viewer.nik)
    assert viewer.nik == NIK
    assert (await tokens_at(Clock()).read(signed(without("sub")))).viewer.subject is None


async def test_a_token_lasts_a_day() -> None:
    clock = Clock()
    tokens = tokens_at(clock)
    token = tokens.issue(Role.ANALYST)
    clock.now_s += TOKEN_S_MAX - 1
    assert (await tokens.read(token)).viewer == Viewer(Role.ANALYST, subject="dev-analyst")
    clock.now_s += 1
    with pytest.raises(Unauthenticated):
        await tokens.read(token)


async def test_tokens_of_another_secret_are_refused() -> None:
    token = DevTokens(b"another secret", TANGERANG, Clock()).issue(Role.OPERATOR)
    with pytest.raises(Unauthenticated):
        await tokens_at(Clock()).read(token)


def test_tokens_that_are_not_made() -> None:
    tokens = tokens_at(Clock())
    with pytest.raises(TokenRefused, match="16 digits that hold a date of birth"):
        tokens.issue(Role.CITIZEN, nik="1234567890123456")
    with pytest.raises(TokenRefused, match=r"There is no department 'x'\. There are: bagpem, .*dpupr"):
        tokens.issue(Role.OFFICER, department="x")
