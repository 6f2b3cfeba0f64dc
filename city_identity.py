"""Makes the readers of credentials from the settings."""

from __future__ import annotations

from api.identity.any_credential import AnyCredential
from api.identity.api_keys import ApiKeys
from api.identity.dev_tokens import DevTokens
from api.identity.issuer_keys import IssuerKeys
from api.identity.issuer_tokens import IssuerTokens, Subjects
from connectors.http.access import HttpAccess
from connectors.http.issuer_documents import IssuerDocuments
from connectors.sources import CityPackage
from models.policy.issuers import Issuer
from settings import Profile, Settings
from store.database.engine import HubDatabase

SIGN_INS_AT_ONCE_MAX = 8


def viewers_of(configured: Settings, package: CityPackage, database: HubDatabase) -> AnyCredential:
    """Reads API keys, tokens of the issuers in the settings, and in dev the hub's own tokens."""
    dev = DevTokens(configured.secret_bytes, package.city) if configured.profile is Profile.DEV else None
    return AnyCredential(ApiKeys(database), issuer_tokens_of(configured, package), dev)


def sign_ins_of(configured: Settings) -> tuple[IssuerDocuments, ...]:
    """The issuers at which people sign in on the pages, not connected yet."""
    access = HttpAccess(frozenset(configured.private_hosts))
    issuers = [issuer for issuer in configured.issuers if issuer.client is not None]
    return tuple(IssuerDocuments(issuer, None, access, SIGN_INS_AT_ONCE_MAX) for issuer in issuers)


def issuer_tokens_of(configured: Settings, package: CityPackage) -> dict[str, IssuerTokens]:
    """The reader of each issuer's tokens, by the issuer's URL, not connected yet."""
    subjects = Subjects(configured.secret_bytes)
    access = HttpAccess(frozenset(configured.private_hosts))

    def tokens_of(issuer: Issuer) -> IssuerTokens:
        documents = IssuerDocuments(issuer, configured.keys_url(issuer), access)
        keys = IssuerKeys(documents.keys, documents.close)
        return IssuerTokens(issuer, configured.audience, configured.claims, keys, package.city, subjects)

    return {issuer.url: tokens_of(issuer) for issuer in configured.issuers}
