"""The files for operators fit the hub that they start: names, limits and ports are those of the code."""

from __future__ import annotations

import configparser
import hashlib
import importlib.util
import re
import shlex
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from api.graphql.incoming import BODY_BYTES_MAX, QUERY_STRING_BYTES_MAX
from api.serving.connections import ConnectionLimits
from api.serving.server import PING_EVERY_S
from api.serving.workers import STOP_S_MAX
from api.streams.event_stream import KEEP_ALIVE_S
from api.streams.limits import STREAMS_OF_CLIENT_MAX
from app import app_of
from hub import build_hub
from settings import Profile, settings_of

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


# --- systemd ----------------------------------------------------------------------------------------------------------


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names have capital letters
    parser.read_string((DEPLOY / "simpul@.service").read_text(encoding="utf-8"))
    return parser


def test_the_unit_lets_workers_finish() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].endswith("/simpul serve")
    # Only the watcher is told, and tells its workers; it is given more time than it takes.
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > STOP_S_MAX
    assert "HUB_PORT=%i" in service["Environment"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """As far as it can be asked here: the release is where the unit says, and what it starts is a program."""
    analyze = shutil.which("systemd-analyze")
    (tmp_path / "simpul").touch(stat.S_IRWXU)
    text = (DEPLOY / "simpul@.service").read_text(encoding="utf-8").replace("/opt/simpul/current", str(tmp_path))
    copy = tmp_path / "simpul@.service"
    copy.write_text(text, encoding="utf-8")
    if analyze is not None:
        done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_example_of_settings_is_one() -> None:
    lines = (DEPLOY / "hub.env.example").read_text(encoding="utf-8").splitlines()
    # As a shell reads it, and systemd too.
    given = dict(word.split("=", 1) for line in lines for word in shlex.split(line, comments=True))
    configured = settings_of(given | {"HUB_SECRET": "x" * 32})
    assert (configured.profile, configured.workers, configured.host) == (Profile.PROD, 4, "127.0.0.1")


# --- nginx ------------------------------------------------------------------------------------------------------------


def nginx() -> list[tuple[tuple[str, ...], list[str]]]:
    """Each directive with the blocks around it. Raises ValueError for what nginx would not read."""
    text = re.sub(r"#.*", "", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    found: list[tuple[tuple[str, ...], list[str]]] = []
    blocks: list[str] = []
    words: list[str] = []
    for token in re.findall(r'"[^"]*"|[{};]|[^\s{};]+', text):
        if token == ";":
            found.append((tuple(blocks), words))
        elif token == "{":
            blocks.append(" ".join(words))
        elif token == "}":
            if words or not blocks:
                raise ValueError(f"before a brace: {words}")
            blocks.pop()
        else:
            words.append(token.strip('"'))
            continue
        words = []
    if blocks or words:
        raise ValueError(f"left open: {blocks} {words}")
    return found


def directive(name: str, *blocks: str, first: str = "") -> list[str]:
    """The words of the only directive of this name, or of the one whose first word this is."""
    named = [words for within, words in nginx() if words[0] == name and within == blocks]
    (words,) = (words for words in named if first in ("", words[1]))
    return words[1:]


def test_nginx_reads_what_the_hub_reads() -> None:
    assert directive("client_max_body_size", "server") == [f"{BODY_BYTES_MAX // 1024}k"]
    assert int(directive("large_client_header_buffers", "server")[1].removesuffix("k")) * 1024 > QUERY_STRING_BYTES_MAX


def test_nginx_closes_its_connections_before_the_hub_does() -> None:
    assert int(directive("keepalive_timeout", "upstream simpul")[0].removesuffix("s")) < ConnectionLimits().idle_s_max


def test_nginx_sends_an_operation_once_and_tells_the_hub_that_it_is_between() -> None:
    assert directive("proxy_next_upstream", "server") == ["error", "timeout"]
    headers = [words for _, words in nginx() if words[0] == "proxy_set_header"]
    assert ["proxy_set_header", "X-Forwarded-For", "$remote_addr"] in headers


def test_nginx_hands_sockets_on_and_waits_longer_than_a_stream_is_silent() -> None:
    assert directive("proxy_set_header", "server", first="Upgrade") == ["Upgrade", "$http_upgrade"]
    assert directive("proxy_set_header", "server", first="Connection")[1] == "$simpul_connection"
    assert directive("default", "map $http_upgrade $simpul_connection") == ["upgrade"]
    silent_s = max(PING_EVERY_S, KEEP_ALIVE_S)
    assert int(directive("proxy_read_timeout", "server")[0].removesuffix("s")) > 2 * silent_s
    assert int(directive("limit_conn", "server")[1]) == STREAMS_OF_CLIENT_MAX


def test_nginx_keeps_what_is_public_and_nothing_of_who_signs_in() -> None:
    place = ("server", "location = /graphql")
    assert directive("proxy_cache_bypass", *place) == ["$simpul_signed"]
    assert directive("proxy_no_cache", *place) == ["$simpul_signed", "$simpul_aged"]
    (signed,) = {block for blocks, _ in nginx() for block in blocks if block.endswith("$simpul_signed")}
    for name in ("authorization", "x_api_key", "hub_purpose", "hub_explain", "cookie"):
        assert f"$http_{name}" in signed
    assert directive("proxy_cache_methods", *place) == ["GET", "HEAD"]


def test_nginx_keeps_the_metrics_to_the_machine_and_queries_out_of_logs() -> None:
    assert directive("return", "server", "location = /metrics") == ["404"]
    assert directive("access_log", "server") == ["off"]


# --- HAProxy ----------------------------------------------------------------------------------------------------------


def test_haproxy_keeps_to_the_limits_of_the_hub() -> None:
    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")

    def number(before: str) -> int:
        return int(re.search(rf"^[^#]*{re.escape(before)} ?(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]

    assert number("tune.bufsize") > QUERY_STRING_BYTES_MAX
    assert number("req.hdr_val(content-length) gt") == BODY_BYTES_MAX
    assert number("sc_conn_cur(0) gt") == STREAMS_OF_CLIENT_MAX
    assert number("pool-purge-delay") < ConnectionLimits().idle_s_max
    silent_s = max(PING_EVERY_S, KEEP_ALIVE_S)
    assert {number(f"timeout {name}") > 2 * silent_s for name in ("client", "server", "tunnel")} == {True}


# --- A container ------------------------------------------------------------------------------------------------------


def test_the_container_serves_what_is_asked_of_it(tmp_path: Path) -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    known = {"FROM", "ARG", "COPY", "RUN", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    assert {line.split()[0] for line in lines} <= known | {"ENTRYPOINT", "CMD"}
    assert lines[-2:] == ['ENTRYPOINT ["./simpul"]', 'CMD ["serve"]']
    (asked,) = re.findall(r"http://127\.0\.0\.1:8000(/[\w/]+)'", text)
    environ = {"HUB_SECRET": "x" * 32, "HUB_DATABASE_URL": f"sqlite:///{(tmp_path / 'hub.db').as_posix()}"}
    paths = {getattr(route, "path", "") for route in app_of(build_hub(settings_of(environ))).routes}
    assert asked in paths
    assert re.search(r"^EXPOSE 8000$", text, re.MULTILINE)
    assert "HUB_PORT=8000" in text


# --- A release --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deploy_release", DEPLOY / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_release_holds_what_serves_and_nothing_for_developers(release: ModuleType) -> None:
    files = set(release.source_files())
    assert {
        "app.py",
        "hub.py",
        "city_sources.py",
        "cli.py",
        "simpul",
        "requirements.lock",
        "web/static/simpul.css",
        "migrations/env.py",
    } <= files
    assert {file for file in files if file.startswith(("tests", "bench", "."))} == set()
    assert all((ROOT / file).is_file() for file in files)


def test_built_pages_are_in_it(release: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    # Any folder that git does not know will do.
    monkeypatch.setattr(release, "BUILT", (".venv/bin",))
    assert any(file.startswith(".venv/bin/python") for file in release.source_files())


def test_every_wheel_is_named_with_its_own_hash(release: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "Some_Thing.Else-1.2-py3-none-any.whl").write_bytes(b"a wheel")
    digest = hashlib.sha256(b"a wheel").hexdigest()
    assert release.requirements_of(tmp_path) == f"some-thing-else==1.2 --hash=sha256:{digest}\n"


def test_nothing_of_whoever_made_it_is_in_it(release: ModuleType) -> None:
    member = tarfile.TarInfo("x")
    member.uid, member.uname, member.mode = 1001, "somebody", 0o600
    cleaned = release._nobodys(member)
    assert (cleaned.uid, cleaned.uname, cleaned.mode) == (0, "", 0o644)
