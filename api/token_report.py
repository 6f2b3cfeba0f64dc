"""Why a token is taken or not, for an operator: clients are told nothing but 401. No value of a person is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.any_credential import CREDENTIAL_CHARS_MAX, issuer_named_in
from api.credentials import ISSUER
from api.issuer_keys import NoUsableKey
from api.issuer_tokens import IssuerTokens, header_of
from api.token_claims import TokenFault
from connectors.protocol import SourceFailure
from models.errors import SignInUnavailable
from models.viewer import Role
from store.clients import KEY_START


@dataclass(frozen=True, slots=True)
class TokenReport:
    """Sentences, one a line."""

    is_taken: bool
    lines: tuple[str, ...]


async def report_on(token: str, issuers: Mapping[str, IssuerTokens]) -> TokenReport:
    """What the hub makes of a token now; the keys of its issuer are fetched for it."""
    try:
        tokens = _reader(token, issuers)
    except TokenFault as fault:
        return TokenReport(False, (str(fault),))
    lines = [f"The token says that it is from {tokens.issuer.url}."]
    try:
        await tokens.keys.refresh()
        lines.append(f"The issuer answers, with {len(tokens.keys.known)} keys that tokens may be signed with.")
        verified = await tokens.verified(token)
        lines.append(f"Signature, issuer and audience hold, until {verified.expires_at.isoformat(timespec='seconds')}.")
        found = tokens.believed(verified)
    except (SourceFailure, NoUsableKey, SignInUnavailable) as failure:
        lines.append(f"The issuer's keys cannot be fetched: {failure} ({type(failure).__name__}).")
        return TokenReport(False, tuple(lines))
    except TokenFault as fault:
        return TokenReport(False, (*lines, str(fault)))
    viewer = found.viewer
    lines.append(f"The token is taken, with the role {viewer.role.value}.")
    if viewer.role is Role.OFFICER:
        lines.append(f"The department is {viewer.department_code}.")
    if viewer.role is Role.CITIZEN:
        lines.append(f"No person is linked: {found.unlinked}." if found.unlinked else "A person is linked by the NIK.")
    return TokenReport(True, tuple(lines))


def _reader(token: str, issuers: Mapping[str, IssuerTokens]) -> IssuerTokens:
    """Who would read it. Raises TokenFault."""
    if token.startswith(KEY_START):
        raise TokenFault("This is an API key, no token. `cli.py keys list` says whether it is good.")
    if len(token) > CREDENTIAL_CHARS_MAX:
        raise TokenFault(f"The token is too long: {CREDENTIAL_CHARS_MAX} signs are taken. Give it fewer claims.")
    header_of(token)
    issuer = issuer_named_in(token)
    if issuer == ISSUER:
        raise TokenFault("The token is one of the dev profile, signed by a hub itself. In prod none of them is taken.")
    tokens = issuers.get(issuer or "")
    if tokens is None:
        known = ", ".join(issuers) or "none"
        raise TokenFault(f"The token names no issuer (iss) of HUB_ISSUERS, which are compared sign by sign: {known}.")
    return tokens
