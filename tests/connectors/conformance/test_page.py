"""What docs/adding-a-department.md says of kinds of source runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.feeds import Alerts, Calendar, Feed, News
from connectors.feeds.formats import Format
from connectors.rest import Rest, RestByKey
from connectors.sources import Source
from models.sources.data_terms import SourceForm
from tests.connectors.conformance.notes import ZONE

PAGE = Path(__file__).resolve().parents[3] / "docs" / "adding-a-department.md"


def section(heading: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]


def sources(heading: str) -> list[Source]:
    """The sources that the blocks of a section state."""
    found = []
    for block in re.findall(r"```python\n(.*?)```", section(heading), re.DOTALL):
        names: dict[str, Source] = {}
        exec(block, names)
        found.append(names["SOURCE"])
    return found


def test_the_sources_of_the_page_are_some() -> None:
    collection, by_key = sources("A REST service")
    (feed,) = sources("Feeds")
    assert isinstance(collection.kind, Rest)
    assert isinstance(by_key.kind, RestByKey)
    assert isinstance(feed.kind, Feed)
    assert [source.form for source in (collection, by_key, feed)] == [SourceForm.REST, SourceForm.REST, SourceForm.FEED]


@pytest.mark.parametrize("feed", [News(), Calendar(ZONE), Alerts()])
def test_the_page_names_every_column_of_a_feed(feed: Format) -> None:
    rows = [line.split(" | ") for line in section("Feeds").splitlines() if line.startswith("| `")]
    (columns,) = [row[2] for row in rows if row[1] == f"`{feed.table}`"]
    named = re.findall(r"`([a-z_]+)`", columns)
    assert all(map(feed.has, named))
    assert not feed.has("isi")
    known = {name for name in (*named, "title", "uid", "identifier", "summary") if feed.has(name)}
    assert known <= set(named)
