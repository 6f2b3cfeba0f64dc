"""The page on adding a department: the draft that it prints is the draft that is made."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

import models
from connectors.departments.city import TANGERANG
from onboarding.drafting.drafter import draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits
from tests.test_adding_a_department import PAGE, sections, write_branches


def test_the_draft_that_is_printed_is_the_draft_that_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = next(text for path, text in sections() if path == "models/libraries.py")
    (tmp_path / "libraries.py").write_text(record, encoding="utf-8")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    write_branches(tmp_path / "libraries.db")
    heading = Heading("libraries", "libraries", "dindik", True, "connectors.departments.city", "TANGERANG")
    url = f"sqlite:///{(tmp_path / 'libraries.db').as_posix()}"
    try:
        made = asyncio.run(draft(url, heading, TANGERANG, Limits(), lambda *_: None))
    finally:
        sys.modules.pop("models.libraries", None)
    printed = re.search(r"## Let the hub draft it.*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert printed is not None
    assert printed[1] in made.text
