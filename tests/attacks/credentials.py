"""Attacks with credentials that nobody gave: forged tokens, and keys that are guessed."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from joserfc.jwk import ECKey

from tests.api.issuing import OwnIssuer, rsa_key
from tests.api.test_credentials import part
from tests.attacks.attack import NIK, NO_HEADERS, Answer, Attack, AttackClass, posted, refused
from tests.attacks.people import HANDLED

FORGED: Final = "forged"
GUESSED: Final = "guessed"
ISSUER_OPTIONS: Final = "roles=officer,analyst"
"""What the issuer of these tokens may give: no operators, and no residents."""


def claims_of(issuer: OwnIssuer, **more: Any) -> dict[str, Any]:
    """Claims that make an officer; what is None in `more` is left out."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": issuer.url, "aud": "simpul", "sub": "f-1", "iat": now, "exp": now + 3_600}
    claims |= {"realm_access": {"roles": ["officer"]}, "department": "dpupr"} | more
    return {name: value for name, value in claims.items() if value is not None}


def unsigned(issuer: OwnIssuer, algorithm: object, signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'first'})}.{part(claims_of(issuer))}.{signature}"


def confused(issuer: OwnIssuer, secret: bytes) -> str:
    """Signed with what everybody knows, the public key, as if it were a shared secret."""
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'first'})}.{part(claims_of(issuer))}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"


def promoted(issuer: OwnIssuer) -> str:
    """A good token whose claims were changed after it was signed."""
    header, _, signature = issuer.signs(claims_of(issuer)).split(".")
    return f"{header}.{part(claims_of(issuer, department='dinkes'))}.{signature}"


def public_pem(issuer: OwnIssuer) -> bytes:
    pem: bytes = issuer.keys[0].as_pem(private=False)  # type: ignore[union-attr]  # it is an RSA key
    return pem


def claiming(**claims: Any) -> Callable[[OwnIssuer], str]:
    return lambda issuer: issuer.signs(claims_of(issuer, **claims))


def headed(**header: Any) -> Callable[[OwnIssuer], str]:
    return lambda issuer: issuer.signs(claims_of(issuer), issuer.keys[0], **header)


FORGERIES: Final[Mapping[str, Callable[[OwnIssuer], str]]] = {
    "alg none": lambda issuer: unsigned(issuer, "none"),
    "alg NoNe": lambda issuer: unsigned(issuer, "NoNe"),
    "alg none and a signature": lambda issuer: unsigned(issuer, "none", part(b"x" * 256)),
    "no alg": lambda issuer: unsigned(issuer, None),
    "the public key as a secret": lambda issuer: confused(issuer, public_pem(issuer)),
    "the public key as JSON as a secret": lambda issuer: confused(
        issuer, json.dumps(issuer.keys[0].as_dict(private=False)).encode()
    ),
    "an empty secret": lambda issuer: confused(issuer, b""),
    "a key of the attacker's": lambda issuer: issuer.signs(claims_of(issuer), rsa_key("first")),
    "a curve of the attacker's": lambda issuer: issuer.signs(
        claims_of(issuer), ECKey.generate_key("P-256", {"kid": "first"}), alg="ES256"
    ),
    "changed after it was signed": promoted,
    "without a signature": lambda issuer: issuer.signs(claims_of(issuer)).rpartition(".")[0] + ".",
    "no exp": claiming(exp=None),
    "expired": claiming(exp=int(time.time()) - 3_600),
    "exp in words": claiming(exp="tomorrow"),
    "not yet valid": claiming(nbf=int(time.time()) + 3_600),
    "another audience": claiming(aud="another"),
    "no audience": claiming(aud=None),
    "another issuer": claiming(iss="https://evil.example"),
    "no issuer": claiming(iss=None),
    "an ID token": claiming(typ="ID"),
    "a role that the issuer may not give": claiming(realm_access={"roles": ["operator"]}),
    "a department that there is not": claiming(department="nowhere"),
    "two departments": claiming(department=["dpupr", "dlh"]),
    "an unknown kid": headed(kid="unheard"),
    "a kid that is a path": headed(kid="../../../../dev/null"),
    "a kid that is SQL": headed(kid="x' UNION SELECT 'y"),
    "jku": headed(jku="http://127.0.0.1:9/keys"),
    "x5u": headed(x5u="http://127.0.0.1:9/cert"),
    "a key that it brings along": headed(jwk={"kty": "oct", "k": "AAAA"}),
    "crit": headed(crit=["cty"], cty="x"),
    "a logout token": headed(typ="logout+jwt"),
    "no token": lambda _: "x",
    "dots": lambda _: "...",
    "a very long one": lambda issuer: issuer.signs(claims_of(issuer, padding="x" * 7_000)),
    "nested JSON": lambda _: f"{part(b'[' * 4_000)}.{part(b'[' * 2_000)}.x",
}
"""Each makes a token that would open the complaints of a department, if it were taken."""

GUESSES: Final[Mapping[str, Callable[[str], Mapping[str, str]]]] = {
    "the start alone": lambda _: {"x-api-key": "simpul_"},
    "another end": lambda key: {"x-api-key": key[:-1] + ("A" if key[-1] != "A" else "B")},
    "a longer one": lambda key: {"x-api-key": key + "A"},
    "in capitals": lambda key: {"x-api-key": key.upper()},
    "all the same": lambda key: {"x-api-key": "simpul_" + "A" * (len(key) - 7)},
    "wildcards": lambda key: {"x-api-key": "simpul_" + "%" * (len(key) - 7)},
    "SQL": lambda _: {"x-api-key": "simpul_' OR '1'='1"},
    "as a token": lambda key: {"authorization": f"Bearer {key[:-2]}AA"},
    "with a password": lambda key: {"authorization": f"Basic {key}"},
    "as a whole token": lambda key: {"authorization": f"Bearer {key}"},
    "twice": lambda key: {"x-api-key": key, "authorization": f"Bearer {key}"},
}
"""Headers that are made from a key that is good, and are not it."""


def bare_401(answer: Answer) -> str | None:
    """Nothing but that it is not accepted."""
    if answer.status != 401 or answer.headers.get("www-authenticate") != "Bearer":
        return f"it got {answer.status}: {answer.text[:200]}"
    return refused("UNAUTHENTICATED")(answer)


def nobody(answer: Answer) -> str | None:
    """What is sent where no credential is looked for is nobody's: the description stays hidden."""
    return refused("FORBIDDEN")(answer)


def roles_of(issuer: OwnIssuer, key: str) -> dict[str, Mapping[str, str]]:
    """The headers of each forgery and each guess, by the name of who attacks with it."""
    stated = {"hub-purpose": "COMPLAINT_HANDLING"}
    forged = {
        f"{FORGED}, {name}": {"authorization": f"Bearer {make(issuer)}", **stated} for name, make in FORGERIES.items()
    }
    forged["good token"] = {"authorization": f"Bearer {issuer.signs(claims_of(issuer))}", **stated}
    token = forged["good token"]["authorization"]
    forged |= {
        "token as a key": {"x-api-key": token.removeprefix("Bearer "), **stated},
        "token as a key, from elsewhere": {"x-api-key": token, "origin": "https://evil.example", **stated},
    }
    return forged | {f"{GUESSED}, {name}": make(key) for name, make in GUESSES.items()}


DESCRIBED: Final = posted('{ complaints(first: 2, filter: {departmentCode: {eq: "dpupr"}}) { nodes { description } } }')

CREDENTIALS: Final[list[Attack]] = [
    *(Attack(AttackClass.TOKENS, name, bare_401, posted(HANDLED), f"{FORGED}, {name}") for name in FORGERIES),
    *(
        Attack(AttackClass.TOKENS, f"{name}, by GET", bare_401, role=f"{FORGED}, {name}", method="GET",
               path="/graphql?query=%7Bdepartments%7Bcode%7D%7D")
        for name in ("alg none", "expired", "the public key as a secret")
    ),
    *(
        Attack(AttackClass.KEYS, role, bare_401, posted(HANDLED), role)
        for role in ("token as a key", "token as a key, from elsewhere")
    ),
    *(Attack(AttackClass.KEYS, name, bare_401, posted(HANDLED), f"{GUESSED}, {name}") for name in GUESSES),
    *(
        Attack(AttackClass.TOKENS, f"in {place}", nobody, DESCRIBED, path=path,
               headers={"content-type": "application/json", **headers})
        for place, path, headers in (
            ("the address", "/graphql?access_token=x", NO_HEADERS),
            ("a cookie", "/graphql", {"cookie": "token=x; session=x"}),
            ("a header that a proxy would set", "/graphql", {"x-forwarded-user": "f-1", "x-role": "officer"}),
            ("a header with a number", "/graphql", {"x-nik": NIK, "hub-nik": NIK}),
        )
    ),
]  # fmt: skip
