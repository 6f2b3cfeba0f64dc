"""Tokens of issuers, through the whole hub: by a provider of another maker, and forged in every way that we know."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, RSAKey

from api.identity.issuer_tokens import IssuerTokens
from city_identity import issuer_tokens_of
from city_package import city_package
from models.errors import SignInUnavailable, Unauthenticated
from models.policy.viewer import Purpose, Role
from settings import settings_of
from tests.api.hub import SECRET, Running, codes_of, environment, running
from tests.api.issuing import NIK, OwnIssuer, Provider, own_issuer, provider, rsa_key
from tests.api.test_credentials import assert_bare_401, part

NAME = "{ __typename }"
DESCRIBED = '{ complaints(first: 2, filter: {departmentCode: {eq: "dpupr"}}) { nodes { description } } }'
PATHS = "role=realm_access.roles|resource_access.simpul.api.roles"
STAFF = "roles=officer,analyst"
RESIDENTS = "roles=citizen default=citizen assurance=loa3,loa4"


class Clock:
    """The seconds that a test sets."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def tokens_of(issuer: str, options: str = STAFF, clock: Clock | None = None, **more: str) -> IssuerTokens:
    """The hub's reader of one issuer, as its settings make it."""
    settings = settings_of({"HUB_SECRET": SECRET, "HUB_ISSUERS": f"{issuer} {options}", "HUB_CLAIMS": PATHS, **more})
    tokens = issuer_tokens_of(settings, city_package(settings.city))[issuer]
    if clock is not None:
        tokens.keys._clock = clock
    return tokens


@pytest.fixture(scope="module")
def idp(peers: Path) -> Iterator[Provider]:
    with provider(peers) as started:
        yield started


@pytest.fixture
def own() -> Iterator[OwnIssuer]:
    with own_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def signing_in(city_folder: Path, database: Path, idp: Provider) -> AsyncIterator[Running]:
    """A hub that takes the provider's tokens."""
    environ = environment(city_folder, database, HUB_ISSUERS=f"{idp.issuer} {STAFF}", HUB_CLAIMS=PATHS)
    async with running(environ) as started:
        yield started


# --- A provider of another maker --------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_tokens_of_a_provider_are_taken_by_discovery(signing_in: Running, idp: Provider, algorithm: str) -> None:
    headers = {"authorization": f"Bearer {await idp.token('officer', algorithm)}"}
    stated = await signing_in.ask(DESCRIBED, headers | {"hub-purpose": Purpose.COMPLAINT_HANDLING.value})
    assert "errors" not in stated.json()
    assert len(stated.json()["data"]["complaints"]["nodes"]) == 2
    analyst = {"authorization": f"Bearer {await idp.token('analyst', algorithm)}"}
    assert codes_of(await signing_in.ask(DESCRIBED, analyst)) == ["FORBIDDEN"]


async def test_what_a_provider_may_not_give_is_not_had(signing_in: Running, idp: Provider) -> None:
    for client in ("mayor", "resident"):
        assert_bare_401(await signing_in.ask(NAME, {"authorization": f"Bearer {await idp.token(client)}"}))
    other_hub = await idp.token("officer", audience="another")
    assert_bare_401(await signing_in.ask(NAME, {"authorization": f"Bearer {other_hub}"}))


@pytest.mark.parametrize(
    ("client", "options", "nik"),
    [
        ("resident", RESIDENTS, NIK),
        ("unsure", RESIDENTS, None),
        ("silent", RESIDENTS, None),
        ("mayor", RESIDENTS, None),
        ("resident", "roles=citizen default=citizen", None),
        ("resident", "roles=citizen default=citizen assurance=loa4", None),
    ],
)
async def test_a_person_is_linked_by_an_assurance_that_settings_accept_only(
    idp: Provider, client: str, options: str, nik: str | None
) -> None:
    tokens = tokens_of(idp.issuer, options)
    viewer = (await tokens.read(await idp.token(client))).viewer
    assert (viewer.role, viewer.nik, viewer.department_code) == (Role.CITIZEN, nik, None)
    await tokens.keys.close()


async def test_an_officer_is_no_resident(idp: Provider) -> None:
    tokens = tokens_of(idp.issuer, "roles=officer,citizen assurance=loa3")
    read = await tokens.read(await idp.token("officer"))
    assert (read.viewer.role, read.viewer.department_code, read.viewer.nik) == (Role.OFFICER, "dpupr", None)
    assert read.viewer.subject is not None
    assert len(read.viewer.subject) == 22
    assert read.viewer.subject == (await tokens.read(await idp.token("officer", "ES256"))).viewer.subject
    assert read.expires_at is not None
    assert 290 < read.expires_at.timestamp() - time.time() <= 300
    await tokens.keys.close()


async def test_keys_change_while_the_hub_runs_and_outlive_their_issuer(peers: Path) -> None:
    with provider(peers) as idp:
        clock = Clock()
        tokens = tokens_of(idp.issuer, clock=clock)
        before = await idp.token("officer")
        await tokens.read(before)
        idp.told("rotate")
        after = await idp.token("officer")
        clock.now_s += 61
        for token in (after, before):
            assert (await tokens.read(token)).viewer.role is Role.OFFICER
        idp.told("retire")
        await tokens.keys.refresh()
        with pytest.raises(Unauthenticated):
            await tokens.read(before)
        idp.told("break")
        clock.now_s += 61
        with pytest.raises(Unauthenticated):
            await tokens.read(before)
        assert (await tokens.read(after)).viewer.role is Role.OFFICER
        counts = idp.told("counts")
        idp.end()
        for _ in range(3):
            clock.now_s += 61
            assert (await tokens.read(after)).viewer.role is Role.OFFICER
            with pytest.raises(Unauthenticated):
                await tokens.read(before)
        assert counts == {"discovery": 4, "keys": 4}
        await tokens.keys.close()


async def test_an_issuer_that_was_never_reached_is_no_reason_to_call_a_token_bad(own: OwnIssuer) -> None:
    documents, own.documents = own.documents, {}
    clock = Clock()
    tokens = tokens_of(own.url, clock=clock)
    for _ in range(3):
        with pytest.raises(SignInUnavailable):
            await tokens.read(own.signs(good(own)))
    assert own.asked == ["/.well-known/openid-configuration"]
    own.documents = documents
    clock.now_s += 5
    assert (await tokens.read(own.signs(good(own)))).viewer.role is Role.ANALYST
    await tokens.keys.close()


async def test_keys_without_discovery(own: OwnIssuer) -> None:
    del own.documents["/.well-known/openid-configuration"]
    for place in (f"{own.url}/keys", f"{own.url} {own.url}/keys"):
        tokens = tokens_of(own.url, HUB_JWKS=place)
        assert (await tokens.read(own.signs(good(own)))).viewer.role is Role.ANALYST
        await tokens.keys.close()
    assert own.asked == ["/keys", "/keys"]


# --- Forged tokens ----------------------------------------------------------------------------------------------------


def good(issuer: OwnIssuer, **more: Any) -> dict[str, Any]:
    """Claims that are taken; what is None in `more` is left out."""
    now = int(time.time())
    claims = {"iss": issuer.url, "aud": "simpul", "sub": "f-1", "iat": now, "exp": now + 60}
    claims |= {"realm_access": {"roles": ["analyst"]}} | more
    return {name: value for name, value in claims.items() if value is not None}


RSA = frozenset({"kty", "n", "e", "d", "p", "q", "dp", "dq", "qi", "kid"})
"""What makes a key, without what it says that it is for."""

NOW = int(time.time())
BAD_CLAIMS: list[dict[str, Any]] = [
    {"exp": None},
    {"exp": NOW - 1},
    {"exp": "tomorrow"},
    {"exp": 1e300},
    {"exp": True},
    {"exp": [NOW + 60]},
    {"nbf": NOW + 3_600},
    {"iat": NOW + 3_600},
    {"aud": None},
    {"aud": "another"},
    {"aud": ["another"]},
    {"aud": {"simpul": 1}},
    {"aud": ""},
    {"iss": "https://another.example"},
    {"iss": None},
    {"iss": ["x"]},
    {"sub": None},
    {"sub": ""},
    {"sub": 5},
    {"typ": "ID"},
    {"typ": "Refresh"},
    {"at_hash": "x"},
    {"cnf": {"jkt": "x"}},
    {"realm_access": None},
    {"realm_access": "analyst"},
    {"realm_access": ["analyst"]},
    {"realm_access": {"roles": {"analyst": True}}},
    {"realm_access": {"roles": [["analyst"]]}},
    {"realm_access": {"roles": ["analyst", 5]}},
    {"realm_access": {"roles": ["citizen", "operator", "anonymous", "developer", "ANALYST"]}},
    {"realm_access": {"roles": ["x"] * 1_000}},
    {"realm_access": {"roles": ["officer"]}},
    {"realm_access": {"roles": ["officer"]}, "department": "nowhere"},
    {"realm_access": {"roles": ["officer"]}, "department": ["dpupr", "dlh"]},
    {"realm_access": {"roles": ["officer"]}, "department": {"code": "dpupr"}},
    {"padding": "x" * 8_000},
]


@pytest.fixture(scope="module")
async def attacked(city_folder: Path, database: Path) -> AsyncIterator[tuple[Running, OwnIssuer]]:
    with own_issuer() as issuer:
        environ = environment(city_folder, database, HUB_ISSUERS=f"{issuer.url} {STAFF}")
        async with running(environ) as started:
            await started.hub.viewers.issuers[issuer.url].keys.refresh()
            issuer.asked.clear()
            yield started, issuer


async def sent(attacked: tuple[Running, OwnIssuer], token: str) -> None:
    """A bad token: it gets a bare 401 and has nothing fetched, and a good one is taken as before."""
    hub, issuer = attacked
    assert_bare_401(await hub.ask(NAME, {"authorization": f"Bearer {token}"}))
    assert (await hub.ask(NAME, {"authorization": f"Bearer {issuer.signs(good(issuer))}"})).status_code == 200
    assert issuer.asked == []


@pytest.mark.parametrize("claims", BAD_CLAIMS, ids=lambda claims: json.dumps(claims)[:60])
async def test_a_signature_does_not_make_claims_good(
    attacked: tuple[Running, OwnIssuer], claims: dict[str, Any]
) -> None:
    await sent(attacked, attacked[1].signs(good(attacked[1], **claims)))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": "http://127.0.0.1:9/cert"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5c": ["AAAA"]},
        {"crit": ["cty"], "cty": "x"},
        {"b64": True},
        {"typ": "logout+jwt"},
        {"typ": "JOSE"},
        {"typ": None},
        {"kid": "unheard"},
        {"kid": None},
        {"kid": "../../first"},
        {"alg": "RS512", "kid": "unheard"},
    ],
    ids=str,
)
async def test_a_header_that_asks_for_more_than_its_key(
    attacked: tuple[Running, OwnIssuer], header: dict[str, Any]
) -> None:
    await sent(attacked, attacked[1].signs(good(attacked[1]), attacked[1].keys[0], **header))


async def test_algorithms_that_an_attacker_would_choose(attacked: tuple[Running, OwnIssuer]) -> None:
    issuer = attacked[1]
    key = issuer.keys[0]
    assert isinstance(key, RSAKey)
    payload = part(good(issuer))
    for secret in (key.as_pem(private=False), json.dumps(key.as_dict(private=False)).encode()):
        for digest in ("sha256", "sha384", "sha512"):
            signed = f"{part({'alg': f'HS{digest[3:]}', 'typ': 'JWT', 'kid': 'first'})}.{payload}"
            await sent(attacked, f"{signed}.{part(hmac.digest(secret, signed.encode(), digest))}")
    for algorithm in ("none", "None", "NONE", "", None, 5, ["RS256"], "RSA-OAEP", "dir", "EdDSA"):
        for signature in ("", "x", part(b"x" * 256)):
            await sent(attacked, f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'first'})}.{payload}.{signature}")
    curve = ECKey.generate_key("P-256", {"kid": "first"})
    await sent(attacked, issuer.signs(good(issuer), curve, alg="ES256"))
    await sent(attacked, issuer.signs(good(issuer), rsa_key("first")))


async def test_a_signed_token_that_was_changed(attacked: tuple[Running, OwnIssuer]) -> None:
    issuer = attacked[1]
    header, payload, signature = issuer.signs(good(issuer)).split(".")
    richer = part(good(issuer, realm_access={"roles": ["officer"]}, department="dpupr"))
    for token in (
        f"{header}.{richer}.{signature}",
        f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.{signature}",
        f"{part(b'[' * 2_000)}.{payload}.{signature}",
        f"{header}.{part(b'[' * 2_000)}.{signature}",
        f"{header}.{part(b'5')}.{signature}",
        f"{part(bytes([255]))}.{payload}.{signature}",
    ):
        await sent(attacked, token)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["officer", "dpupr"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("roles"), inner, max_size=3)
    ),
    max_leaves=8,
)
CLAIM_NAMES = st.sampled_from(
    ["iss", "aud", "sub", "exp", "nbf", "iat", "typ", "realm_access", "department", "nik", "acr"]
)


@given(
    claims=st.dictionaries(CLAIM_NAMES, JSON_VALUES, min_size=1, max_size=4),
    header=st.dictionaries(st.sampled_from(["kid", "typ", "cty", "jku", "crit", "x"]), JSON_VALUES, max_size=2),
)
async def test_whatever_stands_in_a_token_it_is_taken_or_refused(
    attacked: tuple[Running, OwnIssuer], claims: dict[str, Any], header: dict[str, Any]
) -> None:
    issuer = attacked[1]
    said = {"alg": "RS256", "typ": "JWT", "kid": "first"} | header
    signed = f"{part(said)}.{part(good(issuer) | claims)}".encode()
    token = f"{signed.decode()}.{part(issuer.signature(signed))}"
    try:
        read = await attacked[0].hub.viewers.read(token)
    except Unauthenticated:
        return
    assert read.viewer.role in {Role.OFFICER, Role.ANALYST}
    assert read.viewer.nik is None
    assert issuer.asked == []


# --- Keys -------------------------------------------------------------------------------------------------------------


async def test_a_flood_of_unheard_keys_is_one_fetch_a_minute(own: OwnIssuer) -> None:
    clock = Clock()
    tokens = tokens_of(own.url, clock=clock)
    await tokens.read(own.signs(good(own)))
    flood = [own.signs(good(own), kid=f"unheard-{number}") for number in range(50)]
    own.asked.clear()
    for minute in range(1, 4):
        clock.now_s += 60
        refused = await asyncio.gather(*(tokens.read(token) for token in flood), return_exceptions=True)
        assert {type(error) for error in refused} == {Unauthenticated}
        assert own.asked == ["/.well-known/openid-configuration", "/keys"] * minute
        clock.now_s += 59
        with pytest.raises(Unauthenticated):
            await tokens.read(flood[0])
        clock.now_s -= 59
    assert (await tokens.read(own.signs(good(own)))).viewer.role is Role.ANALYST
    await tokens.keys.close()


async def test_keys_that_are_not_for_this_are_not_taken(own: OwnIssuer) -> None:
    good_key = rsa_key("good")
    bound = RSAKey.generate_key(2048, {"kid": "bound", "alg": "PS256"})
    secret = OctKey.generate_key(256, {"kid": "secret"})
    weak = rsa_key("weak").as_dict(private=False) | {"n": part(b"\xc1" * 128)}
    encrypting = RSAKey.generate_key(2048, {"kid": "encrypting", "use": "enc"})
    other_curve = ECKey.generate_key("secp256k1", {"kid": "other curve"})
    own.publishes(good_key, bound, secret, encrypting, other_curve)
    document = json.loads(own.documents["/keys"])
    document["keys"] += [
        weak,
        5,
        None,
        {},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": 5},
        {"kty": "EC", "kid": "half"},
    ]
    own.documents["/keys"] = json.dumps(document).encode()
    tokens = tokens_of(own.url)
    assert (await tokens.read(own.signs(good(own), good_key))).viewer.role is Role.ANALYST
    assert (await tokens.read(own.signs(good(own), bound, alg="PS256"))).viewer.role is Role.ANALYST
    assert sorted(tokens.keys.known) == ["bound", "good"]
    unbound = RSAKey.import_key({name: value for name, value in bound.as_dict(private=True).items() if name in RSA})
    for token in (own.signs(good(own), unbound), own.signs(good(own), secret, alg="HS256")):
        with pytest.raises(Unauthenticated):
            await tokens.read(token)
    await tokens.keys.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.well-known/openid-configuration", b"nonsense"),
        ("/.well-known/openid-configuration", b"[]"),
        ("/.well-known/openid-configuration", b'{"issuer": "https://another.example", "jwks_uri": "URL/keys"}'),
        ("/.well-known/openid-configuration", b'{"issuer": "URL"}'),
        ("/.well-known/openid-configuration", b'{"issuer": "URL", "jwks_uri": "file:///etc/passwd"}'),
        ("/.well-known/openid-configuration", b'{"issuer": "URL", "jwks_uri": "http://169.254.169.254/keys"}'),
        ("/.well-known/openid-configuration", b'{"issuer": "URL", "jwks_uri": "http://10.0.0.1/keys"}'),
        ("/keys", b"[" * 100_000),
        ("/keys", b'{"keys": {}}'),
        ("/keys", b'{"keys": []}'),
        ("/keys", b'{"keys": "' + b"x" * 300_000 + b'"}'),
    ],
    ids=lambda value: str(value[:90]),
)
async def test_documents_that_are_not_taken_leave_the_last_good_keys(own: OwnIssuer, path: str, body: bytes) -> None:
    clock = Clock()
    tokens = tokens_of(own.url, clock=clock)
    token = own.signs(good(own))
    await tokens.read(token)
    own.documents[path] = body.replace(b"URL", own.url.encode())
    clock.now_s += 60
    own.asked.clear()
    with pytest.raises(Unauthenticated):
        await tokens.read(own.signs(good(own), kid="unheard"))
    assert own.asked[-1] == path
    assert (await tokens.read(token)).viewer.role is Role.ANALYST
    await tokens.keys.close()
