"""Viewers: nothing about the person gets into a log."""

from __future__ import annotations

from models.policy.viewer import ANONYMOUS, Role, Viewer
from models.values.types import Nik


def test_a_viewer_in_a_log_shows_no_person() -> None:
    viewer = Viewer(Role.CITIZEN, subject="budi", department_code=None, nik=Nik("3671011505909001"))
    assert repr(viewer) == str(viewer) == "Viewer(citizen, department=None)"
    assert f"{Viewer(Role.OFFICER, subject='siti', department_code='dpupr')}" == "Viewer(officer, department=dpupr)"


def test_without_a_credential_a_viewer_is_nobody() -> None:
    assert Viewer(Role.ANONYMOUS, subject=None, department_code=None, nik=None) == ANONYMOUS
