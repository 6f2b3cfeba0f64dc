"""Issuers: who may say who somebody is, how much of it the hub believes, and where in a token it stands.

HUB_ISSUERS  https://sso.city.go.id/realms/staff roles=operator,auditor,officer,analyst;
https://sso.city.go.id/realms/residents roles=citizen default=citizen assurance=loa3,loa4 client=simpul-pages
HUB_JWKS     https://sso.city.go.id/realms/staff https://sso.city.go.id/keys
HUB_CLAIMS   role=realm_access.roles|resource_access.simpul.roles department=department nik=nik assurance=acr
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from models.policy.viewer import Role

ISSUERS_MAX: Final = 16

_URL: Final = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[A-Za-z0-9._~%/-]*)?")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OPTIONS: Final = frozenset({"roles", "default", "assurance", "audience", "client", "resource"})
_WORD: Final = re.compile(r"[^\s,;=|]+")
_GIVABLE: Final = tuple(role for role in Role if role not in {Role.ANONYMOUS, Role.DEVELOPER})
"""Roles that no issuer gives: developers use API keys, and anonymous viewers do not sign in."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose tokens are accepted, and what is believed of them.

    `roles` are accepted from it, the first match counts; others are ignored. `default` is the role of a token without
    any of them. The resident number is believed only if `assurances` has the value of the assurance claim. `audience`
    is None for the hub's own. `client`: the hub's own pages sign people in with this client, by code flow with PKCE;
    None: they do not. `resource` is the resource indicator (RFC 8707) that they send, if the issuer needs one.
    """

    url: str
    roles: tuple[Role, ...]
    default: Role | None = None
    assurances: frozenset[str] = frozenset()
    audience: str | None = None
    client: str | None = None
    resource: str | None = None

    @property
    def host(self) -> str:
        """The host of the URL, lower case, without brackets."""
        matched = _URL.fullmatch(self.url)
        assert matched is not None
        return matched[2].strip("[]").lower()


@dataclass(frozen=True, slots=True)
class ClaimPaths:
    """Where the hub finds things in a token: names of claims, nested ones after dots; several places for each."""

    role: tuple[str, ...] = ("realm_access.roles",)
    department: tuple[str, ...] = ("department",)
    nik: tuple[str, ...] = ("nik",)
    assurance: tuple[str, ...] = ("acr",)


def issuers_of(text: str) -> tuple[Issuer, ...]:
    """Parse HUB_ISSUERS. Raises ValueError with a sentence for an operator."""
    found = tuple(_issuer_of(part) for part in text.split(";") if part.strip())
    if len(found) > ISSUERS_MAX:
        raise ValueError(f"at most {ISSUERS_MAX} issuers can be named")
    if len({issuer.url for issuer in found}) < len(found):
        raise ValueError("an issuer is named twice")
    return found


def keys_places_of(text: str) -> Mapping[str, str]:
    """Parse HUB_JWKS: issuer URL -> URL of its keys; "" stands for the only issuer. Raises ValueError."""
    places: dict[str, str] = {}
    for part in text.split(";"):
        words = part.split()
        if not words:
            continue
        if len(words) > 2 or not all(_URL.fullmatch(word) for word in words):
            raise ValueError("write it like https://issuer.example/realm https://issuer.example/keys, separated by ;")
        issuer = words[0] if len(words) == 2 else ""
        if issuer in places:
            raise ValueError("the keys of an issuer are named twice")
        places[issuer] = words[-1]
    return places


def claim_paths_of(text: str) -> ClaimPaths:
    """Parse HUB_CLAIMS; other claims keep their defaults. Raises ValueError."""
    names = [field.name for field in fields(ClaimPaths)]
    paths: dict[str, tuple[str, ...]] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        places = tuple(value.split("|"))
        if name not in names or name in paths or not all(_WORD.fullmatch(place) for place in places):
            raise ValueError(
                f"write it like role=realm_access.roles, separated by spaces; names are {', '.join(names)}"
            )
        paths[name] = places
    return ClaimPaths(**paths)


def is_safe_url(url: str, *, loopback_may_be_plain: bool) -> bool:
    """Whether keys from this URL can be trusted: it uses TLS, or is on this machine in development."""
    matched = _URL.fullmatch(url)
    if matched is None:
        return False
    return matched[1] == "https" or (loopback_may_be_plain and matched[2].lower() in _LOOPBACK)


def _issuer_of(text: str) -> Issuer:
    url, *options = text.split()
    if not _URL.fullmatch(url):
        raise ValueError("each issuer begins with its URL, like https://sso.example.go.id/realms/staff roles=officer")
    said = dict(option.split("=", 1) for option in options if "=" in option)
    if len(said) < len(options) or not said.keys() <= _OPTIONS:
        raise ValueError(f"behind an issuer may stand, once each, {', '.join(f'{name}=' for name in sorted(_OPTIONS))}")
    if not all(_WORD.fullmatch(word) for value in said.values() for word in value.split(",")):
        raise ValueError("several roles or values of assurance are separated by commas, without spaces")
    roles = tuple(_role_of(name) for name in said.get("roles", "").split(",") if name)
    if not roles:
        raise ValueError(f"say which roles {url} may give, like roles=officer,analyst")
    default = _role_of(said["default"]) if "default" in said else None
    if default is not None and default not in roles:
        raise ValueError("default= is one of roles=")
    assurances = frozenset(said["assurance"].split(",")) if "assurance" in said else frozenset[str]()
    return Issuer(url, roles, default, assurances, said.get("audience"), said.get("client"), said.get("resource"))


def _role_of(name: str) -> Role:
    role = next((role for role in _GIVABLE if role.value == name), None)
    if role is None:
        raise ValueError(f"roles are {', '.join(role.value for role in _GIVABLE)}")
    return role
