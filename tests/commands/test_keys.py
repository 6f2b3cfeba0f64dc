"""The commands about API keys and tokens, as an operator types them."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import cli
from api.identity.api_keys import ApiKeys
from models.errors import Unauthenticated
from models.policy.viewer import Role, Scope
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from tests.api.issuing import NIK, OwnIssuer, own_issuer
from tests.api.test_credentials import part
from tests.api.test_issuers import good

SECRET = "a secret of these tests, which is long enough"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Operator:
    """Somebody whose hub has its database in a file."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.url = f"sqlite:///{(folder / 'hub.db').as_posix()}"
        self.file = folder / "token"
        self._patch, self._capsys = patch, capsys
        patch.setenv("HUB_SECRET", SECRET)
        patch.setenv("HUB_DATABASE_URL", self.url)

    def sets(self, name: str, value: str) -> None:
        self._patch.setenv(name, value)

    def runs(self, *arguments: str) -> Ended:
        self._patch.setattr(sys, "argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = self._capsys.readouterr()
        assert "Traceback" not in written.err
        return Ended(int(ended.value.code or 0), written.out, written.err)

    def explains(self, token: str) -> Ended:
        self.file.write_text(token, "ascii")
        return self.runs("token", "explain", str(self.file))


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Operator:
    somebody = Operator(monkeypatch, capsys, tmp_path)
    upgrade(somebody.url)
    return somebody


@pytest.fixture
def issuer(operator: Operator) -> Iterator[OwnIssuer]:
    with own_issuer() as started:
        operator.sets("HUB_ISSUERS", f"{started.url} roles=officer,citizen assurance=loa3")
        yield started


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_given_out_listed_and_taken_back(operator: Operator) -> None:
    created = operator.runs("keys", "create", "Peta Macet", "--contact", "tim@example.org", "--scope", "export")
    key = created.out.strip()
    assert created == (0, f"{key}\n", "Key 1 of Peta Macet. Hand it over now: it cannot be shown again.\n")

    async def read() -> frozenset[Scope] | None:
        database = HubDatabase(operator.url)
        try:
            return (await ApiKeys(database).read(key)).viewer.scopes
        finally:
            await database.close()

    assert asyncio.run(read()) == frozenset({Scope.EXPORT})
    assert operator.runs("keys", "list").out == f"1  {key[:15]}...  Peta Macet  [export]  good, never used\n"
    revoked = operator.runs("keys", "revoke", "1").out
    moment = re.fullmatch(r"Key 1 is revoked since (\d{4}-\d\d-\d\d \d\d:\d\d UTC)\.\n", revoked)
    assert moment is not None
    with pytest.raises(Unauthenticated):
        asyncio.run(read())
    assert operator.runs("keys", "list").out.endswith(f"[export]  revoked {moment[1]}, never used\n")
    assert operator.runs("keys", "revoke", "1").out == revoked
    assert operator.runs("keys", "revoke", "2") == (1, "", "There is no key 2. See: ./simpul keys list\n")


def test_a_key_may_end_by_itself(operator: Operator) -> None:
    operator.runs("keys", "create", "A", "--contact", "a", "--days", "30")
    listed = operator.runs("keys", "list").out
    assert re.search(r"  A  \[read:public\]  good until \d{4}-\d\d-\d\d \d\d:\d\d UTC, never used\n$", listed)


def test_keys_that_are_not_made(operator: Operator) -> None:
    nameless = operator.runs("keys", "create", " ", "--contact", "a")
    assert nameless == (1, "", "No key was made: a client needs a name.\n")
    assert operator.runs("keys", "create", "A", "--contact", "a", "--scope", "everything").code == 2
    assert operator.runs("keys", "list").out == ""


def test_keys_need_the_tables_of_this_hub(operator: Operator, tmp_path: Path) -> None:
    operator.sets("HUB_DATABASE_URL", f"sqlite:///{(tmp_path / 'other.db').as_posix()}")
    ended = operator.runs("keys", "list")
    assert ended.code == 1
    assert ended.err.startswith("The hub's database is at no revision yet")


# --- token explain ----------------------------------------------------------------------------------------------------


def test_a_good_token_is_explained(operator: Operator, issuer: OwnIssuer) -> None:
    claims = good(issuer, realm_access={"roles": ["officer"]}, department="dlh", name="Dewi")
    ended = operator.explains(f"Bearer {issuer.signs(claims)}\n")
    assert ended.code == 0
    first, keys, holds, taken, department = ended.out.splitlines()
    assert first == f"The token says that it is from {issuer.url}."
    assert keys == "The issuer answers, with 1 keys that tokens may be signed with."
    assert holds.startswith("Signature, issuer and audience hold, until 20")
    assert (taken, department) == ("The token is taken, with the role officer.", "The department is dlh.")


@pytest.mark.parametrize(
    ("more", "linked"),
    [
        ({"acr": "loa3", "nik": NIK}, "A person is linked."),
        ({"nik": NIK}, "No person is linked: the token says nothing of assurance: acr has to be loa3."),
        (
            {"acr": "0", "nik": NIK},
            "No person is linked: the token is not sure enough: acr has to be loa3.",
        ),
        ({"acr": "loa3"}, "No person is linked: there is no resident number at nik."),
    ],
)
def test_whether_a_resident_is_linked(operator: Operator, issuer: OwnIssuer, more: dict[str, str], linked: str) -> None:
    ended = operator.explains(issuer.signs(good(issuer, realm_access={"roles": ["citizen"]}, **more)))
    assert (ended.code, ended.out.splitlines()[-1]) == (0, linked)
    assert NIK not in ended.out


@pytest.mark.parametrize(
    ("claims", "header", "reason"),
    [
        ({"exp": 1_000_000_000}, {}, "The token has expired."),
        ({"exp": None, "sub": None}, {}, "The token lacks exp, sub."),
        ({"aud": "account"}, {}, "The token is for somebody else: its audience (aud) has no simpul."),
        ({"nbf": 4_000_000_000}, {}, "The token does not count yet (nbf), or the clocks of issuer and hub are apart."),
        ({}, {"kid": "gone"}, "The token names a key (kid) that the issuer does not have now."),
        ({}, {"typ": "x"}, "The header of the token has another type (typ) than JWT or at+jwt."),
        ({}, {"jku": "http://127.0.0.1:9"}, "The header of the token brings jku, which the hub takes from nobody."),
        ({"typ": "ID"}, {}, "This is no access token: it was made for the client that signed in, or to renew another."),
        (
            {"realm_access": {"roles": ["operator", "Dewi"]}},
            {},
            "None of the token's 2 roles counts, of which it may not give operator: URL may give officer, citizen.",
        ),
        (
            {"realm_access": None, "name": "Dewi"},
            {},
            (
                "There is no role at realm_access.roles, since the token has no realm_access; it has aud, exp, iat, "
                "iss, name, sub. URL may give officer, citizen."
            ),
        ),
        (
            {"realm_access": "Dewi"},
            {},
            "What stands at realm_access holds nothing: realm_access.roles cannot be looked for in it.",
        ),
        (
            {"realm_access": {"roles": ["officer"]}},
            {},
            "An officer needs a department: there is none at department.",
        ),
        (
            {"realm_access": {"roles": ["citizen"]}, "acr": "loa3", "nik": "Dewi"},
            {},
            "What stands where the resident number should is none.",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_token_that_is_not_taken_is_explained(
    operator: Operator, issuer: OwnIssuer, claims: dict[str, object], header: dict[str, str], reason: str
) -> None:
    ended = operator.explains(issuer.signs(good(issuer, **claims), issuer.keys[0], **header))
    assert (ended.code, ended.out.splitlines()[-1]) == (1, reason.replace("URL", issuer.url))
    assert "Dewi" not in ended.out
    assert "f-1" not in ended.out


def test_a_damaged_token_is_explained(operator: Operator, issuer: OwnIssuer) -> None:
    token = issuer.signs(good(issuer))
    ended = operator.explains(token[:-8] + "AAAAAAAA")
    assert ended.out.splitlines()[-1] == "The signature does not hold, or the token is damaged."
    assert operator.explains("nonsense") == (
        1,
        "This is no signed token: three parts of base64, joined by dots.\n",
        "",
    )
    unsigned = f"{part({'alg': 'none'})}.{part(good(issuer))}."
    assert operator.explains(unsigned).out.splitlines()[-1].startswith("The token is signed in a way that is not taken")


def test_whose_tokens_are_not_taken(operator: Operator, issuer: OwnIssuer) -> None:
    stranger = operator.explains(issuer.signs(good(issuer, iss="https://another.example/dewi")))
    assert stranger.out == (
        f"The token names no issuer (iss) of HUB_ISSUERS, which are compared sign by sign: {issuer.url}.\n"
    )
    own = operator.runs("token", "--role", Role.ANALYST.value).out
    assert operator.explains(own).out.startswith("The token is one of the dev profile, signed by a hub itself.")
    assert operator.explains("simpul_x").out.startswith("This is an API key, no token.")
    assert operator.explains("x" * 9_000).out == (
        "The token is too long: 8000 signs are taken. Give it fewer claims.\n"
    )


def test_an_issuer_that_is_away_is_named(operator: Operator, issuer: OwnIssuer) -> None:
    issuer.documents.clear()
    ended = operator.explains(issuer.signs(good(issuer)))
    assert ended.code == 1
    assert ended.out.splitlines()[-1] == "The issuer's keys cannot be fetched: status 500 (SourceUnreachable)."


def test_a_file_that_is_not_there(operator: Operator) -> None:
    assert operator.runs("token", "explain", str(operator.file)) == (
        1,
        "",
        "The file cannot be read: no such file or directory.\n",
    )
