"""Findings: names of the house and a count, never a legacy value."""

from __future__ import annotations

import pytest

from models.sources.findings import COUNT_MAX, Finding, FindingKind


def test_a_finding_counts_once_unless_told() -> None:
    assert Finding("complaints", "complaints", "reporter_nik", FindingKind.UNDECODABLE).count == 1
    assert Finding("complaints", "complaints", "", FindingKind.MISSING_KEY, COUNT_MAX).count == 9223372036854775807


@pytest.mark.parametrize("name", ["", "3671011505909001", "31-12-2019", "Jalan rusak", "a" * 101, "nik\n"])
@pytest.mark.parametrize("place", ["source", "record", "field"])
def test_a_legacy_value_cannot_pose_as_a_name(place: str, name: str) -> None:
    names = {"source": "complaints", "record": "complaints", "field": "id", place: name}
    if place == "field" and not name:
        return
    with pytest.raises(ValueError, match=f"a finding's {place} must be the name of a {place}") as refusal:
        Finding(names["source"], names["record"], names["field"], FindingKind.UNDECODABLE)
    assert not name or name not in str(refusal.value)


@pytest.mark.parametrize("count", [0, -1, COUNT_MAX + 1])
def test_a_count_that_cannot_be_kept_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count must be at least 1"):
        Finding("complaints", "complaints", "id", FindingKind.UNDECODABLE, count)


def test_every_kind_is_called_as_its_code_and_says_what_it_is() -> None:
    for kind in FindingKind:
        assert kind.value == kind.name
        assert kind.description.endswith(".")
    assert len({kind.description for kind in FindingKind}) == len(FindingKind) == 21
