"""Reads the environment into one frozen, validated Settings. Nothing else in the hub reads the environment."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from models.policy.issuers import ClaimPaths, Issuer, claim_paths_of, is_safe_url, issuers_of, keys_places_of
from models.sources.mocking import Trouble, troubles_of

PREFIX = "HUB_"
ROOT = Path(__file__).resolve().parent
VAR = ROOT / "var"
SECRET_CHARS_MIN = 32
DEFAULT_CITY = "connectors.departments"
DESK_BUDGET_SCALE = 1_000.0

_SOURCE = re.compile(r"HUB_SOURCE_([A-Z][A-Z0-9_]*)_(URL|CREDENTIAL|WRITER)")


class SettingsError(Exception):
    """The settings are invalid. The message says what to change, and shows no secret."""


class Profile(Enum):
    """How the hub runs: `dev` has convenient defaults, `prod` only what is set."""

    DEV = "dev"
    PROD = "prod"


class EngineKind(Enum):
    """How operations run: `compiled` breadth first, or all on graphql-core (`reference`)."""

    COMPILED = "compiled"
    REFERENCE = "reference"


class Settings(BaseModel):
    """Every setting of the hub, named as in the environment without HUB_ and in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile = Profile.DEV
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    workers: int = Field(default=1, ge=1, le=64)
    secret: SecretStr = SecretStr("")
    database_url: SecretStr = SecretStr(f"sqlite:///{VAR / 'hub.db'}")
    anchors_url: SecretStr | None = None
    objects_url: SecretStr | None = None
    cache_url: SecretStr | None = None
    city: str = DEFAULT_CITY
    deadline_ms: int = Field(default=800, ge=50, le=60_000)
    engine: EngineKind = EngineKind.COMPILED
    issuers: tuple[Issuer, ...] = ()
    jwks: Mapping[str, str] = Field(default_factory=dict)
    audience: str = Field(default="simpul", min_length=1)
    claims: ClaimPaths = ClaimPaths()
    public_url: str | None = Field(default=None, pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")
    cors_origins: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    budget_scale: float | None = Field(default=None, gt=0, le=1_000_000)
    areas_geojson: Path | None = None
    mock: Mapping[str, Trouble] = Field(default_factory=dict)
    source_urls: Mapping[str, SecretStr] = MappingProxyType({})
    source_credentials: Mapping[str, SecretStr] = MappingProxyType({})
    source_writers: Mapping[str, SecretStr] = MappingProxyType({})

    @field_validator("cors_origins", "private_hosts", "proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", origin):
                raise ValueError(
                    "write each origin like https://app.example.go.id, without a path, separated by commas"
                )
        return origins

    @field_validator("private_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host):
                raise ValueError("write each host as a name or an address, like api.dinkes.local, separated by commas")
        return tuple(host.lower() for host in hosts)

    @field_validator("proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(
                    "write each proxy as an address or a network, like 10.1.2.3 or 10.1.2.0/24, separated by commas"
                ) from None
        return proxies

    @field_validator("issuers", mode="before")
    @classmethod
    def _issuers(cls, value: object) -> object:
        return issuers_of(value) if isinstance(value, str) else value

    @field_validator("jwks", mode="before")
    @classmethod
    def _jwks(cls, value: object) -> object:
        return keys_places_of(value) if isinstance(value, str) else value

    @field_validator("claims", mode="before")
    @classmethod
    def _claims(cls, value: object) -> object:
        return claim_paths_of(value) if isinstance(value, str) else value

    @field_validator("mock", mode="before")
    @classmethod
    def _mock(cls, value: object) -> object:
        return troubles_of(value) if isinstance(value, str) else value

    @field_validator("anchors_url")
    @classmethod
    def _second_place(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.fullmatch(r"file:///[^?#]+|s3://[^/?#@]+(/[^?#]*)?", url.get_secret_value()):
            raise ValueError(
                "write the second place of the ledger's anchors like file:///mnt/other-disk/anchors or s3://bucket/anchors"
            )
        return url

    @field_validator("objects_url")
    @classmethod
    def _objects(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.fullmatch(r"file:///[^?#]+|s3://[^/?#@]+(/[^?#]*)?", url.get_secret_value()):
            raise ValueError("write the place of photos like file:///srv/simpul/photos or s3://bucket/photos")
        return url

    @field_validator("cache_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.fullmatch(
            r"rediss?://([^/@]*@)?([^/@:\[\]]+|\[[\da-fA-F:]+\])(:\d+)?(/\d+)?", url.get_secret_value()
        ):
            raise ValueError("write the place of a Redis like redis://cache.local:6379/0")
        return url

    @model_validator(mode="after")
    def _prod_has_a_secret(self) -> Settings:
        chars = len(self.secret.get_secret_value())
        if self.profile is Profile.PROD and chars < SECRET_CHARS_MIN:
            raise ValueError(f"in prod HUB_SECRET must be set and have at least {SECRET_CHARS_MIN} characters")
        return self

    @model_validator(mode="after")
    def _trouble_is_for_desks(self) -> Settings:
        if self.profile is Profile.PROD and self.mock:
            raise ValueError(
                "HUB_MOCK puts sources into trouble on purpose: it is for the profile dev, remove it in prod"
            )
        return self

    @model_validator(mode="after")
    def _issuers_have_their_keys(self) -> Settings:
        urls = [issuer.url for issuer in self.issuers]
        if any(issuer not in urls and (issuer or len(urls) != 1) for issuer in self.jwks):
            raise ValueError("HUB_JWKS names the keys of an issuer that HUB_ISSUERS does not have")
        in_dev = self.profile is Profile.DEV
        for url in (*urls, *self.jwks.values()):
            if not is_safe_url(url, loopback_may_be_plain=in_dev):
                raise ValueError(
                    f"HUB_ISSUERS and HUB_JWKS take https:// only, in dev http:// of this machine too: not {url}"
                )
        return self

    @model_validator(mode="after")
    def _pages_know_their_address(self) -> Settings:
        signs_in = any(issuer.client is not None for issuer in self.issuers)
        if self.profile is Profile.PROD and signs_in and not (self.public_url or "").startswith("https://"):
            raise ValueError(
                "an issuer with client= sends people back to the pages: set HUB_PUBLIC_URL to their address, "
                "like https://simpul.example.go.id"
            )
        return self

    @model_validator(mode="after")
    def _workers_share_a_database(self) -> Settings:
        if self.workers > 1 and self.database_url.get_secret_value().startswith("sqlite"):
            raise ValueError(
                "several processes (HUB_WORKERS) need a PostgreSQL for the hub's own tables: "
                "set HUB_DATABASE_URL to one, or HUB_WORKERS to 1"
            )
        return self

    def keys_url(self, issuer: Issuer) -> str | None:
        """The URL of an issuer's keys, if it is set; else the issuer is asked for it."""
        return self.jwks.get(issuer.url, self.jwks.get(""))

    @property
    def anchors_place(self) -> str | None:
        """The second place of the ledger's anchors."""
        return self.anchors_url.get_secret_value() if self.anchors_url is not None else None

    @property
    def budgets_scaled_by(self) -> float:
        """The factor of all budgets; in dev they are large, so that nobody is kept from trying things."""
        if self.budget_scale is not None:
            return self.budget_scale
        return 1.0 if self.profile is Profile.PROD else DESK_BUDGET_SCALE

    @property
    def secret_bytes(self) -> bytes:
        """The secret that all keys are derived from. In dev one is made and kept under var/.

        Raises SettingsError if it cannot be written or read.
        """
        text = self.secret.get_secret_value()
        return (text or _kept_secret()).encode()


def settings_of(environ: Mapping[str, str]) -> Settings:
    """Read the environment. Raises SettingsError for an unknown HUB_ name or an invalid value."""
    values: dict[str, Any] = {}
    urls: dict[str, str] = {}
    credentials: dict[str, str] = {}
    writers: dict[str, str] = {}
    known = sorted(PREFIX + name.upper() for name in Settings.model_fields if not name.startswith("source_"))
    for name, value in environ.items():
        if not name.startswith(PREFIX):
            continue
        source = _SOURCE.fullmatch(name)
        if source is not None:
            {"URL": urls, "CREDENTIAL": credentials, "WRITER": writers}[source[2]][source[1].lower()] = value
        elif name in known:
            values[name.removeprefix(PREFIX).lower()] = value
        else:
            sources = (f"HUB_SOURCE_<NAME>_{what}" for what in ("URL", "CREDENTIAL", "WRITER"))
            names = ", ".join([*known, *sources])
            raise SettingsError(f"{name} is not a setting of this hub. Remove it, or use one of: {names}.")
    try:
        return Settings(**values, source_urls=urls, source_credentials=credentials, source_writers=writers)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(problem) for problem in error.errors())) from None


def settings() -> Settings:
    """The settings of this process."""
    return settings_of(os.environ)


def _sentence(problem: Any) -> str:
    """One problem as a sentence, without the value: it may be a secret."""
    place = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{place.upper()}: {message}." if place else f"{message[0].upper()}{message[1:]}."


def _kept_secret() -> str:
    path = VAR / "secret"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The process that creates the file writes it; another one that starts at the same moment reads it.
        with suppress(FileExistsError), open(path, "x", encoding="ascii", opener=_for_the_owner) as file:
            file.write(secrets.token_hex(SECRET_CHARS_MIN))
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret of the dev profile cannot be kept in {path}. Set HUB_SECRET.") from error
    if len(text) < SECRET_CHARS_MIN:
        raise SettingsError(f"{path} holds no secret. Remove it, and the hub makes a new one.")
    return text


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
