"""The environment -> settings: what is understood, what is refused, and that no sentence shows a secret."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.engine import make_url

import settings as module
from city_package import city_package
from city_sources import source_places
from connectors.departments import PACKAGE
from connectors.opening import SourceAddress, signed_in
from hub import build_hub
from models.policy.issuers import ClaimPaths, Issuer
from models.policy.viewer import Role
from models.sources.mocking import Trouble, TroubleKind
from settings import DEFAULT_CITY, SECRET_CHARS_MIN, Profile, SettingsError, settings_of

LONG_SECRET = "s3cret-" * 5
NAMES = (
    "HUB_ANCHORS_URL, HUB_AREAS_GEOJSON, HUB_AUDIENCE, HUB_BUDGET_SCALE, HUB_CACHE_URL, HUB_CITY, HUB_CLAIMS, "
    "HUB_CORS_ORIGINS, "
    "HUB_DATABASE_URL, HUB_DEADLINE_MS, HUB_ENGINE, HUB_HOST, HUB_ISSUERS, HUB_JWKS, HUB_MOCK, HUB_OBJECTS_URL, "
    "HUB_PORT, HUB_PRIVATE_HOSTS, HUB_PROFILE, HUB_PROXIES, HUB_PUBLIC_URL, HUB_SECRET, HUB_WORKERS, "
    "HUB_SOURCE_<NAME>_URL, HUB_SOURCE_<NAME>_CREDENTIAL, HUB_SOURCE_<NAME>_WRITER"
)


ANCHORS = (
    "HUB_ANCHORS_URL: write the second place of the ledger's anchors like file:///mnt/other-disk/anchors or "
    "s3://bucket/anchors."
)
NO_STATE = "is no state of a source: write one of down, hangs, broken, garbage, stale, or a time like 300ms."
TLS = "HUB_ISSUERS and HUB_JWKS take https:// only, in dev http:// of this machine too: not "
GIVABLE = "HUB_ISSUERS: roles are citizen, officer, analyst, auditor, operator, dpo."
BY_COMMAS = "HUB_ISSUERS: several roles or values of assurance are separated by commas, without spaces."
BEHIND = (
    "HUB_ISSUERS: behind an issuer may stand, once each, assurance=, audience=, client=, default=, resource=, roles=."
)
CLAIMS = (
    "HUB_CLAIMS: write it like role=realm_access.roles, separated by spaces; "
    "names are role, department, nik, assurance."
)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        settings_of(environ)
    return str(refused.value)


def test_defaults() -> None:
    read = settings_of({"PATH": "/bin", "OTHER_HUB_PORT": "1", "hub_port": "1"})
    assert (read.profile, read.host, read.port, read.deadline_ms) == (Profile.DEV, "127.0.0.1", 8000, 800)
    assert (read.city, read.cors_origins, read.areas_geojson) == (DEFAULT_CITY, (), None)
    assert read.database_url.get_secret_value() == f"sqlite:///{module.ROOT / 'var' / 'hub.db'}"
    assert (dict(read.source_urls), dict(read.source_credentials)) == ({}, {})
    assert (read.proxies, read.budgets_scaled_by) == (("127.0.0.1", "::1"), 1_000.0)
    assert settings_of({"HUB_PROFILE": "prod", "HUB_SECRET": LONG_SECRET}).budgets_scaled_by == 1.0


def test_every_setting_is_read() -> None:
    read = settings_of(
        {
            "HUB_PROFILE": "prod",
            "HUB_HOST": "::1",
            "HUB_PORT": "0",
            "HUB_SECRET": LONG_SECRET,
            "HUB_DATABASE_URL": "postgresql://hub@db/hub",
            "HUB_ANCHORS_URL": "s3://bucket/anchors",
            "HUB_CACHE_URL": "rediss://hub:password@cache.local:6380/2",
            "HUB_CITY": "cities.elsewhere",
            "HUB_DEADLINE_MS": "1200",
            "HUB_CORS_ORIGINS": "https://a.example, http://localhost:5173,",
            "HUB_AREAS_GEOJSON": "areas.geojson",
            "HUB_PROXIES": "10.1.2.3, 2001:db8::/48",
            "HUB_BUDGET_SCALE": "0.5",
            "HUB_SOURCE_BIG_ONE_URL": "mysql://db/one",
            "HUB_SOURCE_BIG_ONE_CREDENTIAL": "reader:password",
        }
    )
    assert (read.profile, read.host, read.port, read.deadline_ms) == (Profile.PROD, "::1", 0, 1200)
    assert (read.city, read.areas_geojson) == ("cities.elsewhere", Path("areas.geojson"))
    assert read.cors_origins == ("https://a.example", "http://localhost:5173")
    assert (read.proxies, read.budgets_scaled_by) == (("10.1.2.3", "2001:db8::/48"), 0.5)
    assert read.secret_bytes == LONG_SECRET.encode()
    assert read.anchors_place == "s3://bucket/anchors"
    assert read.cache_url is not None
    assert read.cache_url.get_secret_value() == "rediss://hub:password@cache.local:6380/2"
    assert {name: url.get_secret_value() for name, url in read.source_urls.items()} == {"big_one": "mysql://db/one"}
    credentials = {name: text.get_secret_value() for name, text in read.source_credentials.items()}
    assert credentials == {"big_one": "reader:password"}


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        setattr(settings_of({}), "port", 1)  # noqa: B010  # so that the types do not know


@pytest.mark.parametrize(
    "name", ["HUB_PROT", "HUB_", "HUB_SOURCE_URL", "HUB_SOURCE__URL", "HUB_SOURCE_X_URI", "HUB_port"]
)
def test_unknown_names_stop_the_start(name: str) -> None:
    assert (
        refusal(**{name: "secret-value"}) == f"{name} is not a setting of this hub. Remove it, or use one of: {NAMES}."
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HUB_PROFILE", "test", "HUB_PROFILE: Input should be 'dev' or 'prod'."),
        ("HUB_PROFILE", "", "HUB_PROFILE: Input should be 'dev' or 'prod'."),
        ("HUB_ANCHORS_URL", "file://here", ANCHORS),
        ("HUB_ANCHORS_URL", "https://bucket.example/anchors", ANCHORS),
        ("HUB_ANCHORS_URL", "s3://key:secret@bucket", ANCHORS),
        (
            "HUB_PROXIES",
            "nginx.local",
            (
                "HUB_PROXIES: write each proxy as an address or a network, like 10.1.2.3 or 10.1.2.0/24, separated by "
                "commas."
            ),
        ),
        (
            "HUB_ISSUERS",
            "sso.example roles=officer",
            (
                "HUB_ISSUERS: each issuer begins with its URL, like https://sso.example.go.id/realms/staff "
                "roles=officer."
            ),
        ),
        (
            "HUB_ISSUERS",
            "https://a.example",
            ("HUB_ISSUERS: say which roles https://a.example may give, like roles=officer,analyst."),
        ),
        ("HUB_ISSUERS", "https://a.example roles=mayor", GIVABLE),
        ("HUB_ISSUERS", "https://a.example roles=anonymous", GIVABLE),
        ("HUB_ISSUERS", "https://a.example roles=developer", GIVABLE),
        ("HUB_ISSUERS", "https://a.example roles=officer,", BY_COMMAS),
        ("HUB_ISSUERS", "https://a.example roles=officer assurance=", BY_COMMAS),
        ("HUB_ISSUERS", "https://a.example roles=officer roles=citizen", BEHIND),
        ("HUB_ISSUERS", "https://a.example roles=officer, citizen", BEHIND),
        ("HUB_ISSUERS", "https://a.example rules=officer", BEHIND),
        ("HUB_ISSUERS", "https://a.example roles=officer default=citizen", "HUB_ISSUERS: default= is one of roles=."),
        (
            "HUB_ISSUERS",
            "https://a.example roles=officer; https://a.example roles=citizen",
            "HUB_ISSUERS: an issuer is named twice.",
        ),
        (
            "HUB_ISSUERS",
            "http://a.example roles=officer",
            TLS + "http://a.example.",
        ),
        ("HUB_JWKS", "https://a.example/keys", "HUB_JWKS names the keys of an issuer that HUB_ISSUERS does not have."),
        (
            "HUB_JWKS",
            "keys.json",
            "HUB_JWKS: write it like https://issuer.example/realm https://issuer.example/keys, separated by ;.",
        ),
        ("HUB_CLAIMS", "role=a,b", CLAIMS),
        ("HUB_CLAIMS", "role=", CLAIMS),
        ("HUB_CLAIMS", "name=name", CLAIMS),
        ("HUB_CLAIMS", "nik=a nik=b", CLAIMS),
        ("HUB_BUDGET_SCALE", "0", "HUB_BUDGET_SCALE: Input should be greater than 0."),
        ("HUB_PORT", "x", "HUB_PORT: Input should be a valid integer, unable to parse string as an integer."),
        ("HUB_PORT", "", "HUB_PORT: Input should be a valid integer, unable to parse string as an integer."),
        ("HUB_PORT", "65536", "HUB_PORT: Input should be less than or equal to 65535."),
        ("HUB_PORT", "-1", "HUB_PORT: Input should be greater than or equal to 0."),
        ("HUB_ENGINE", "fast", "HUB_ENGINE: Input should be 'compiled' or 'reference'."),
        ("HUB_DEADLINE_MS", "49", "HUB_DEADLINE_MS: Input should be greater than or equal to 50."),
        ("HUB_DEADLINE_MS", "60001", "HUB_DEADLINE_MS: Input should be less than or equal to 60000."),
        (
            "HUB_DEADLINE_MS",
            "1e3s",
            "HUB_DEADLINE_MS: Input should be a valid integer, unable to parse string as an integer.",
        ),
    ],
)
def test_values_that_cannot_be(name: str, value: str, sentence: str) -> None:
    assert refusal(**{name: value}) == sentence


def test_trouble_by_source() -> None:
    read = settings_of({"HUB_MOCK": "complaints: 300ms; big_one:down ;prices: 1 ms;"}).mock
    assert read == {
        "complaints": Trouble(TroubleKind.SLOW, 300),
        "big_one": Trouble(TroubleKind.DOWN),
        "prices": Trouble(TroubleKind.SLOW, 1),
    }
    assert settings_of({"HUB_MOCK": ""}).mock == {}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("complaints", "HUB_MOCK: write it like complaints: 300ms; hospitals: down."),
        ("complaints: 0.3s", "HUB_MOCK: write it like complaints: 300ms; hospitals: down."),
        (
            "complaints: gone",
            f"HUB_MOCK: 'gone' {NO_STATE}",
        ),
        (
            "complaints: slow",
            f"HUB_MOCK: 'slow' {NO_STATE}",
        ),
        ("complaints: 0ms", "HUB_MOCK: a slow source takes from 1ms to 60000ms longer."),
        ("complaints: 60001ms", "HUB_MOCK: a slow source takes from 1ms to 60000ms longer."),
        ("jobs: down; jobs: stale", "HUB_MOCK: the source jobs is named twice."),
    ],
)
def test_trouble_that_is_none(value: str, sentence: str) -> None:
    assert refusal(HUB_MOCK=value) == sentence


def test_no_trouble_in_prod() -> None:
    assert refusal(HUB_MOCK="jobs: down", HUB_PROFILE="prod", HUB_SECRET=LONG_SECRET) == (
        "HUB_MOCK puts sources into trouble on purpose: it is for the profile dev, remove it in prod."
    )
    read = settings_of({"HUB_MOCK": "", "HUB_PROFILE": "prod", "HUB_SECRET": LONG_SECRET})
    assert read.mock == {}


@pytest.mark.parametrize(
    "origins",
    [
        "*",
        "null",
        "app.example",
        "https://a.example/",
        "https://a.example/path",
        "https://a b",
        "ftp://a.example",
        "https://",
    ],
)
def test_origins_are_written_as_browsers_name_them(origins: str) -> None:
    assert refusal(HUB_CORS_ORIGINS=origins) == (
        "HUB_CORS_ORIGINS: write each origin like https://app.example.go.id, without a path, separated by commas."
    )


def test_issuers_are_believed_what_is_written() -> None:
    staff, residents = "https://sso.example/realms/staff", "https://sso.example:8443/realms/residents"
    read = settings_of(
        {
            "HUB_ISSUERS": f"{staff} roles=operator,officer audience=hub;\n {residents} roles=citizen default=citizen "
            "assurance=loa3,loa4;",
            "HUB_JWKS": f"{residents} https://keys.example/residents",
            "HUB_CLAIMS": "role=roles|resource_access.simpul.roles nik=person.nik",
        }
    )
    assert read.issuers == (
        Issuer(staff, (Role.OPERATOR, Role.OFFICER), audience="hub"),
        Issuer(residents, (Role.CITIZEN,), Role.CITIZEN, frozenset({"loa3", "loa4"})),
    )
    assert [read.keys_url(issuer) for issuer in read.issuers] == [None, "https://keys.example/residents"]
    assert read.claims == ClaimPaths(role=("roles", "resource_access.simpul.roles"), nik=("person.nik",))
    assert read.audience == "simpul"


def test_only_dev_takes_an_issuer_without_tls_and_only_of_this_machine() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        url = f"http://{host}:8080/realms/staff"
        assert settings_of({"HUB_ISSUERS": f"{url} roles=officer"}).issuers[0].url == url
        refused = refusal(HUB_ISSUERS=f"{url} roles=officer", HUB_PROFILE="prod", HUB_SECRET=LONG_SECRET)
        assert refused == f"{TLS}{url}."
    keys = "http://keys.example/keys"
    assert refusal(HUB_ISSUERS="https://a.example roles=officer", HUB_JWKS=keys) == f"{TLS}{keys}."


def test_every_problem_has_its_sentence() -> None:
    assert refusal(HUB_PORT="x", HUB_PROFILE="y").count("\n") == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache.local",
        "http://:hidden@cache.local",
        "redis://",
        "redis://h/x",
        "redis://h:x",
        "redis://h/0?a=b",
        "redis://[x]",
    ],
)
def test_a_cache_is_a_redis(url: str) -> None:
    assert refusal(HUB_CACHE_URL=url) == "HUB_CACHE_URL: write the place of a Redis like redis://cache.local:6379/0."


@pytest.mark.parametrize("url", ["redis://h", "rediss://:p%2F@h.x:1/15", "redis://[::1]:6379/0"])
def test_a_redis_may_be_written_in_these_ways(url: str) -> None:
    read = settings_of({"HUB_CACHE_URL": url}).cache_url
    assert read is not None
    assert read.get_secret_value() == url


@pytest.mark.parametrize("secret", [None, "", "x" * (SECRET_CHARS_MIN - 1)])
def test_prod_wants_a_secret(secret: str | None) -> None:
    environ = {"HUB_PROFILE": "prod"} | ({"HUB_SECRET": secret} if secret is not None else {})
    assert refusal(**environ) == "In prod HUB_SECRET must be set and have at least 32 characters."


def test_no_secret_is_shown() -> None:
    secrets = {
        "HUB_SECRET": "hidden-one",
        "HUB_DATABASE_URL": "postgresql://u:hidden-two@db/hub",
        "HUB_SOURCE_AREAS_URL": "mysql://u:hidden-three@db/x",
        "HUB_SOURCE_AREAS_CREDENTIAL": "u:hidden-four",
    }
    shown = repr(settings_of(secrets)) + str(settings_of(secrets))
    shown += refusal(**secrets, HUB_PORT="x") + refusal(**secrets, HUB_PROFILE="prod") + refusal(**secrets, HUB_X="y")
    assert "hidden" not in shown


# --- The secret of the dev profile ------------------------------------------------------------------------------------


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "VAR", tmp_path / "var")
    return tmp_path / "var"


def test_dev_makes_a_secret_and_keeps_it(var: Path) -> None:
    made = settings_of({}).secret_bytes
    assert (len(made), settings_of({}).secret_bytes) == (64, made)
    assert (var / "secret").read_bytes() == made
    if sys.platform != "win32":
        assert stat.S_IMODE((var / "secret").stat().st_mode) == 0o600


def test_a_stated_secret_is_not_kept(var: Path) -> None:
    assert settings_of({"HUB_SECRET": "stated"}).secret_bytes == b"stated"
    assert not var.exists()


@pytest.mark.parametrize("content", [b"", b"short", b" " * 64])
def test_a_kept_secret_that_is_none_is_refused(var: Path, content: bytes) -> None:
    var.mkdir()
    (var / "secret").write_bytes(content)
    with pytest.raises(SettingsError, match=r"holds no secret\. Remove it, and the hub makes a new one"):
        _ = settings_of({}).secret_bytes


def test_a_secret_that_cannot_be_kept(var: Path) -> None:
    var.write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match=r"cannot be kept in .*Set HUB_SECRET"):
        _ = settings_of({}).secret_bytes


# --- Sources and city -------------------------------------------------------------------------------------------------


def urls(**environ: str) -> dict[str, str]:
    return {name: place.url for name, place in source_places(settings_of(environ), PACKAGE).items()}


def refused_urls(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        build_hub(settings_of({"HUB_SECRET": "x", **environ}))
    return str(refused.value)


def test_dev_reads_the_sample_city_unless_told_otherwise() -> None:
    given = urls(HUB_SOURCE_AREAS_URL="postgresql://db/areas")
    assert given["areas"] == "postgresql://db/areas"
    assert given["complaints"].endswith("var/sample/small/complaints.db")
    assert urls(HUB_PROFILE="prod", HUB_SECRET=LONG_SECRET) == {}
    assert urls(HUB_CITY="cities.elsewhere") == {}


def test_a_credential_may_hold_any_sign() -> None:
    read = make_url(signed_in(SourceAddress("postgresql://db:5433/areas", "re@der:p:/?#%@ss wörd")))
    assert (read.username, read.password) == ("re@der", "p:/?#%@ss wörd")
    assert (read.host, read.port, read.database) == ("db", 5433, "areas")
    assert signed_in(SourceAddress("mysql://db/areas", "reader")) == "mysql://reader@db/areas"


def test_sources_that_the_city_does_not_have() -> None:
    for kind in ("URL", "CREDENTIAL"):
        assert refused_urls(**{f"HUB_SOURCE_NOTHING_{kind}": "hidden"}) == (
            "HUB_SOURCE_NOTHING_...: the city has no such source. "
            "It has: admissions, alerts, areas, beds, citizens, complaints, emergencies, events, hospitals, jobs, "
            "licenses, news, news_feed, prices, schools, services."
        )


def test_a_credential_without_a_url() -> None:
    sentence = refused_urls(HUB_PROFILE="prod", HUB_SECRET=LONG_SECRET, HUB_SOURCE_AREAS_CREDENTIAL="u:hidden")
    assert sentence == "HUB_SOURCE_AREAS_CREDENTIAL is set, but HUB_SOURCE_AREAS_URL is not."


@pytest.mark.parametrize(
    "url", ["ftp://u:hidden@db/x", "hidden", "", "mysql//hidden", "postgresql://u:hidden@db:port/x"]
)
def test_urls_that_no_connector_reads(url: str) -> None:
    sentence = refused_urls(HUB_SOURCE_AREAS_URL=url)
    assert sentence.startswith("HUB_SOURCE_AREAS_URL: The ")
    assert "hidden" not in sentence
    with_credential = refused_urls(HUB_SOURCE_AREAS_URL="hidden", HUB_SOURCE_AREAS_CREDENTIAL="u:hidden")
    assert with_credential == "HUB_SOURCE_AREAS_URL: The URL cannot be read."


@pytest.fixture
def cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("city_without_package", "", "AttributeError"),
        ("city_with_syntax", "def", "SyntaxError"),
        ("city_that_imports", "import nothing_of_the_kind", "No module named 'nothing_of_the_kind'"),
        ("city_that_contradicts", "raise ValueError('Two sources have one name.')", "Two sources have one name."),
        ("city_that_is_none", "PACKAGE = 5", "is no CityPackage"),
    ],
)
def test_cities_that_cannot_be(cities: Path, name: str, text: str, reason: str) -> None:
    (cities / f"{name}.py").write_text(text)
    with pytest.raises(SettingsError) as refused:
        city_package(name)
    assert str(refused.value).startswith("HUB_CITY: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", ["", "nothing.of.the.kind", ".relative", "os", "settings"])
def test_names_that_are_no_city(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^HUB_CITY: "):
        city_package(name)
