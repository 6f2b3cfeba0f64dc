"""What is about a person does not get into a log, by its type or by its looks; ids, times and counts do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from api.observability.logs import configure_logs, quiet_logs
from models.values.types import FamilyCardNumber, Nik, Nisn, Position

NIK = "3671015505909001"


@pytest.fixture(autouse=True)
def _configured_anew() -> Iterator[None]:
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


def written(capsys: pytest.CaptureFixture[str], event: str, **values: Any) -> dict[str, Any]:
    configure_logs()
    structlog.get_logger("simpul").warning(event, **values)
    line: dict[str, Any] = json.loads(capsys.readouterr().err)
    return line


@pytest.mark.parametrize(
    "value",
    [Nik(NIK), FamilyCardNumber("3671010101109000"), Nisn("0159000001"), Position(-6.18, 106.63), int(NIK)],
    ids=lambda value: type(value).__name__,
)
def test_values_about_a_person_are_redacted_by_their_type(capsys: pytest.CaptureFixture[str], value: object) -> None:
    line = written(capsys, "seen", value=value, inside={"deep": [value, (value,)]})
    assert line["value"] == "[redacted]"
    assert line["inside"] == {"deep": ["[redacted]", ["[redacted]"]]}


@pytest.mark.parametrize(
    "text",
    [
        NIK, "3671.01.550590.9001", "36 71 01 550590 9001", "3671-0155-0590-9001", "0812-0000-001446", "081200001446",
        "+62 812-0000-1446", "6281200001446", "siti.rahayu7@example.com",
    ],
)  # fmt: skip
def test_texts_are_redacted_by_what_is_in_them(capsys: pytest.CaptureFixture[str], text: str) -> None:
    line = written(capsys, f"no entry of {text}.", **{"reason": f"Duplicate entry '{text}' for key", text: 1})
    assert line["event"] == "no entry of [redacted]."
    assert "[redacted]" in line["reason"]
    assert line["[redacted]"] == 1
    assert text not in json.dumps(line)


@pytest.mark.parametrize(
    "value",
    [
        "20261125T011622Z-9f00aa12", "0812345678abcdef" * 4, "2026-11-25T01:16:22.223456Z", "127.0.0.1:5432",
        1732038480,
        86_400_000, "complaints.reporter_nik", "503/000001-DPMPTSP/SIUP/2016", 0.25, True, None,
    ],
)  # fmt: skip
def test_what_a_log_is_read_for_stays(capsys: pytest.CaptureFixture[str], value: object) -> None:
    assert written(capsys, "seen", value=value)["value"] == value


def test_a_failure_is_written_as_its_redacted_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, "failed", error=ValueError(f"no {NIK}"))["error"] == "no [redacted]"


def test_logs_of_commands_are_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    quiet_logs()
    structlog.get_logger("simpul").error("lost", nik=Nik(NIK), at=datetime(2026, 1, 1, tzinfo=UTC))
    said = capsys.readouterr().err
    assert "[redacted]" in said
    assert NIK not in said
