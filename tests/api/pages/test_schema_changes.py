"""The page of the schema's changes: every line of the changelog is there, and what breaks apps comes first."""

from __future__ import annotations

import re
from html import unescape

import pytest

from api.pages.developers.schema_changes import CHANGELOG, SchemaChange, SchemaRelease, releases_in
from tests.api.hub import Running

TEXT = """# Changes of the schema

- breaking: the meaning of a word, and no change.

## Unreleased

- safe: Field Area.short was added.
- dangerous: Value <LATE> was added to enum Freshness.
- breaking: Field Area.name was removed. Because: it is areaName now.

## 1.4.0 of a day

## 1.3.0
- safe: Type Area was added.
"""


def test_releases_are_read_as_they_are_written() -> None:
    assert releases_in(TEXT) == (
        SchemaRelease(
            None,
            (
                SchemaChange("breaking", "Field Area.name was removed.", "it is areaName now."),
                SchemaChange("dangerous", "Value <LATE> was added to enum Freshness.", None),
                SchemaChange("safe", "Field Area.short was added.", None),
            ),
        ),
        SchemaRelease("1.4.0 of a day", ()),
        SchemaRelease("1.3.0", (SchemaChange("safe", "Type Area was added.", None),)),
    )
    assert releases_in("") == ()


@pytest.mark.parametrize(("language", "title"), [("id", "Perubahan skema"), ("en", "Changes of the schema")])
async def test_every_change_is_on_the_page(hub: Running, language: str, title: str) -> None:
    page = await hub.client.get("/developers/changes", headers={"accept-language": language})
    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
    shown = re.findall(r'<span lang="en">([^<]*)</span>', page.text)
    _, *parts = CHANGELOG.read_text(encoding="utf-8").split("\n## ")
    written = re.findall(r"^- \w+: (.+)$", "\n".join(parts), re.MULTILINE)
    assert sorted(map(unescape, shown)) == sorted(line.replace(" Because:", "") for line in written)
    assert len(re.findall(r'<h2 id="release-\d+">', page.text)) == len(parts)


async def test_the_portal_leads_there(hub: Running) -> None:
    assert 'href="/developers/changes"' in (await hub.client.get("/developers")).text
