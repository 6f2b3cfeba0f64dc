"""Reads role, department and person out of verified claims, as far as the settings trust the issuer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.city import City
from models.policy.issuers import ClaimPaths, Issuer
from models.policy.viewer import Role, Viewer
from models.values.types import PersonId

VALUES_MAX: Final = 200
"""The most values of one claim, such as roles."""


class TokenFault(Exception):
    """Why a token is refused, as a sentence for an operator. It holds no personal value, and no client sees it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The person of a token. `unlinked` says why a citizen is not linked to a resident number; empty if linked."""

    viewer: Viewer
    unlinked: str = ""


def identity_of(claims: Mapping[str, Any], issuer: Issuer, paths: ClaimPaths, city: City, subject: str) -> Identity:
    """The person of verified claims; `subject` is their pseudonym. Raises TokenFault."""
    role = _role(claims, issuer, paths)
    if role is Role.OFFICER:
        return Identity(Viewer(role, subject=subject, department_code=_department(claims, paths, city)))
    if role is Role.CITIZEN:
        unlinked = _why_unlinked(claims, issuer, paths)
        nik = _nik(claims, paths, city) if not unlinked else None
        return Identity(Viewer(role, subject=subject, nik=nik), unlinked)
    return Identity(Viewer(role, subject=subject))


def _role(claims: Mapping[str, Any], issuer: Issuer, paths: ClaimPaths) -> Role:
    """The first role that the issuer may give and has given. Others are ignored."""
    given = set(values_at(claims, paths.role))
    role = next((role for role in issuer.roles if role.value in given), issuer.default)
    if role is not None:
        return role
    may = f"{issuer.url} may give {', '.join(role.value for role in issuer.roles)}"
    if given:
        ignored = sorted(given & {role.value for role in Role})
        also = f", of which it may not give {', '.join(ignored)}" if ignored else ""
        raise TokenFault(f"None of the token's {len(given)} roles counts{also}: {may}.")
    raise TokenFault(f"There is no role at {' or '.join(paths.role)}{_instead(claims, paths.role[0])}. {may}.")


def _department(claims: Mapping[str, Any], paths: ClaimPaths, city: City) -> str:
    found = _only(claims, paths.department, "department")
    if found is None:
        raise TokenFault(f"An officer needs a department: there is none at {' or '.join(paths.department)}.")
    if city.department(found) is None:
        known = ", ".join(department.code for department in city.departments)
        raise TokenFault(f"The department of the officer is none of this city's: {known}.")
    return found


def _why_unlinked(claims: Mapping[str, Any], issuer: Issuer, paths: ClaimPaths) -> str:
    if not issuer.assurances:
        return f"HUB_ISSUERS names no assurance= of {issuer.url} that would be believed"
    wanted = f"{' or '.join(paths.assurance)} has to be {' or '.join(sorted(issuer.assurances))}"
    sure = set(values_at(claims, paths.assurance))
    if not sure:
        return f"the token says nothing of assurance: {wanted}"
    if not sure & issuer.assurances:
        return f"the token is not sure enough: {wanted}"
    if not any(True for _ in _found(claims, paths.nik)):
        return f"there is no resident number at {' or '.join(paths.nik)}"
    return ""


def _nik(claims: Mapping[str, Any], paths: ClaimPaths, city: City) -> PersonId:
    found = _only(claims, paths.nik, "resident number")
    try:
        return city.identity.parse(found or "")
    except ValueError:
        raise TokenFault("What stands where the resident number should is none.") from None


# --- Paths ------------------------------------------------------------------------------------------------------------


def values_at(claims: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    """The texts at these paths, each a text or a list of texts. Raises TokenFault for anything else."""
    words: list[str] = []
    for path, value in _found(claims, paths):
        several = value if isinstance(value, list) else [value]
        if len(several) > VALUES_MAX or not all(isinstance(one, str) for one in several):
            raise TokenFault(f"What stands at {path} is neither a text nor a list of at most {VALUES_MAX} texts.")
        words += several
    return words


def _only(claims: Mapping[str, Any], paths: tuple[str, ...], what: str) -> str | None:
    """The one text at these paths, or None. Some issuers write a list of one."""
    found = set(values_at(claims, paths))
    if len(found) > 1:
        raise TokenFault(f"The token has more than one {what}.")
    return next(iter(found), None)


def _found(claims: Mapping[str, Any], paths: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for path in paths:
        value = _at(claims, path)
        if value is not None:
            yield path, value


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The value at a path, or None. Names of claims may hold dots, so longer names are tried first."""
    if path in claims:
        return claims[path]
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        outer = ".".join(parts[:length])
        if outer in claims:
            inner = claims[outer]
            if not isinstance(inner, dict):
                raise TokenFault(f"What stands at {outer} holds nothing: {path} cannot be looked for in it.")
            return _at(inner, ".".join(parts[length:]))
    return None


def _instead(claims: Mapping[str, Any], path: str) -> str:
    """The plain names of the claims that there are, so that an operator finds the right path."""
    outer = path.split(".", maxsplit=1)[0]
    names = sorted(name for name in claims if name.isidentifier() and len(name) <= 40)[:30]
    return "" if outer in claims else f", since the token has no {outer}; it has {', '.join(names)}"
