"""Explains to an operator why a token is accepted or refused, without personal values. Clients learn only the 401."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.identity.any_credential import CREDENTIAL_CHARS_MAX, issuer_named_in
from api.identity.dev_tokens import ISSUER
from api.identity.issuer_keys import NoUsableKey
from api.identity.issuer_tokens import IssuerTokens, header_of
from api.identity.token_claims import TokenFault
from connectors.protocol import SourceFailure
from models.errors import SignInUnavailable
from models.keys import KEY_START
from models.policy.viewer import Role


@dataclass(frozen=True, slots=True)
class TokenReport:
    """The result, as one sentence per line."""

    is_taken: bool
    lines: tuple[str, ...]


async def report_on(token: str, issuers: Mapping[str, IssuerTokens]) -> TokenReport:
    """Verify a token with freshly fetched keys of its issuer, and report each step."""
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
        found = tokens.identity(verified)
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
        lines.append(f"No person is linked: {found.unlinked}." if found.unlinked else "A person is linked.")
    return TokenReport(True, tuple(lines))


def _reader(token: str, issuers: Mapping[str, IssuerTokens]) -> IssuerTokens:
    """The reader of a token. Raises TokenFault."""
    if token.startswith(KEY_START):
        raise TokenFault("This is an API key, no token. `./simpul keys list` says whether it is good.")
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
