"""Who may sign in to a hub: its settings -> the readers of credentials."""

from __future__ import annotations

from api.any_credential import AnyCredential
from api.api_keys import ApiKeys
from api.credentials import DevTokens
from api.issuer_keys import IssuerKeys
from api.issuer_tokens import IssuerTokens
from api.subjects import Subjects
from connectors.http import HttpAccess
from connectors.issuer_documents import IssuerDocuments
from connectors.sources import CityPackage
from models.issuers import Issuer
from settings import Profile, Settings
from store.database import HubDatabase

SIGN_INS_AT_ONCE_MAX = 8


def viewers_of(configured: Settings, package: CityPackage, database: HubDatabase) -> AnyCredential:
    """API keys everywhere, tokens of the issuers that settings name, and in dev the hub's own."""
    dev = DevTokens(configured.secret_bytes, package.city) if configured.profile is Profile.DEV else None
    return AnyCredential(ApiKeys(database), issuer_tokens_of(configured, package), dev)


def sign_ins_of(configured: Settings) -> tuple[IssuerDocuments, ...]:
    """The issuers at which the pages sign people in. Nothing is connected to yet."""
    access = HttpAccess(frozenset(configured.private_hosts))
    issuers = [issuer for issuer in configured.issuers if issuer.client is not None]
    return tuple(IssuerDocuments(issuer, None, access, SIGN_INS_AT_ONCE_MAX) for issuer in issuers)


def issuer_tokens_of(configured: Settings, package: CityPackage) -> dict[str, IssuerTokens]:
    """The reader of each issuer, by the issuer's URL. Nothing is connected to yet."""
    subjects = Subjects(configured.secret_bytes)
    access = HttpAccess(frozenset(configured.private_hosts))

    def tokens_of(issuer: Issuer) -> IssuerTokens:
        documents = IssuerDocuments(issuer, configured.keys_url(issuer), access)
        keys = IssuerKeys(documents.keys, documents.close)
        return IssuerTokens(issuer, configured.audience, configured.claims, keys, package.city, subjects)

    return {issuer.url: tokens_of(issuer) for issuer in configured.issuers}
