"""Changes of a schema: how each is sorted, whose documents use it, and how long something may be deprecated."""

from __future__ import annotations

from datetime import date

import pytest

from schema.changes import changes_between, deprecation_problems, users_of

BASE = """
directive @marked(by: String, than: Int) on FIELD_DEFINITION

interface Node {
  id: ID!
}

enum Status {
  OPEN
  CLOSED
}

input Filter {
  status: Status
  not: Filter
  name: String
}

type Area implements Node {
  id: ID!
  name: String
  status: Status
  near(meters: Int = 5, kind: String): [Area!]
}

type Market implements Node {
  id: ID!
}

union Found = Area | Market

type Query {
  area(code: ID!): Area
  areas(filter: Filter): [Area!]
  found: [Found!]
  market: Market
}
"""

APPS = {
    "by-code": ["query ($code: ID!) { area(code: $code) { name } }"],
    "by-filter": ["query ($filter: Filter) { areas(filter: $filter) { id } }"],
    "by-literal": ["{ areas(filter: {not: {status: OPEN}}) { id } }"],
    "finder": ['{ found { ... on Area { ...words } } } fragment words on Area { near(kind: "a") { status } }'],
    "idle": ["{ __typename }", "{ market { id } }"],
}  # fmt: skip
NO_DAY = '{} is deprecated without the day of its removal: end the reason by "(removal: 2027-06-01)"'


def changed(old: str, new: str) -> tuple[str, str, tuple[str, ...]]:
    """The one change that the replacement makes, with the apps that it meets."""
    assert BASE.count(old) == 1
    (change,) = changes_between(BASE, BASE.replace(old, new))
    return change.severity, change.description, users_of([change], APPS, BASE)[change]


@pytest.mark.parametrize(
    ("old", "new", "severity", "description", "users"),
    [
        ("  name: String\n  status: Status\n  near", "  status: Status\n  near",
         "breaking", "Field Area.name was removed.", ("by-code",)),
        ("  id: ID!\n  name", "  id: ID\n  name",
         "breaking", "Field Area.id changed type from ID! to ID.", ("by-filter", "by-literal")),
        (", kind: String", "",
         "breaking", "Argument Area.near(kind:) was removed.", ("finder",)),
        ("near(", "near(unit: String!, ",
         "breaking", "A required argument Area.near(unit:) was added.", ("finder",)),
        ("meters: Int = 5", "meters: Int = 6",
         "dangerous", "Area.near(meters:) has changed defaultValue from 5 to 6.", ()),
        ("  CLOSED\n", "",
         "breaking", "Enum value Status.CLOSED was removed.", ("by-filter", "by-literal", "finder")),
        ("  CLOSED\n", "  CLOSED\n  UNKNOWN\n",
         "dangerous", "Enum value Status.UNKNOWN was added.", ("by-filter", "by-literal", "finder")),
        ("  not: Filter\n", "",
         "breaking", "Field Filter.not was removed.", ("by-filter", "by-literal")),
        ("  not: Filter\n  name: String\n", "  not: Filter\n",
         "breaking", "Field Filter.name was removed.", ("by-filter",)),
        ("  not: Filter\n", "  not: Filter\n  more: Int!\n",
         "breaking", "A required field Filter.more was added.", ("by-filter", "by-literal")),
        (" = Area | Market", " = Area",
         "breaking", "Market was removed from union type Found.", ("finder",)),
        ("type Market implements Node", "type Market",
         "breaking", "Market no longer implements interface Node.", ("idle",)),
        ("  market: Market\n", "  market: Market\n  news: String\n",
         "safe", "Field Query.news was added.", ()),
        ("by: String, ", "",
         "breaking", "Argument @marked(by:) was removed.", ()),
    ],
)  # fmt: skip
def test_a_change_is_sorted_and_meets_who_uses_it(
    old: str, new: str, severity: str, description: str, users: tuple[str, ...]
) -> None:
    assert changed(old, new) == (severity, description, users)


def test_what_breaks_comes_first_and_words_change_nothing() -> None:
    without = BASE.replace("  market: Market\n", '  "Where food is sold."\n  places: [Market!]\n')
    assert [str(change.severity) for change in changes_between(BASE, without)] == ["breaking", "safe"]
    assert (
        changes_between(BASE, BASE.replace("  market: Market\n", '  "Where food is sold."\n  market: Market\n')) == []
    )
    assert changes_between(BASE, BASE) == []


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("Use code. (removal: 2027-06-01)", []),
        ("Use code. (removal: 2026-05-01)", ["{} was to be removed on 2026-05-01: remove it, or promise a later day"]),
        ("Use code.", [NO_DAY]),
        ("(removal: 2027-02-30)", [NO_DAY]),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("old", "place"),
    [
        ("  status: Status\n  near", "Area.status"),
        ("  not: Filter", "Filter.not"),
        ("  CLOSED", "Status.CLOSED"),
        ("kind: String", "Area.near(kind:)"),
        ("than: Int", "@marked(than:)"),
    ],
)
def test_what_is_deprecated_has_a_day_that_lies_ahead(old: str, place: str, reason: str, problem: list[str]) -> None:
    deprecated = f"{old.removesuffix('  near')}".rstrip("\n") + f' @deprecated(reason: "{reason}")'
    sdl = BASE.replace(old, deprecated + ("\n  near" if old.endswith("near") else ""))
    assert deprecation_problems(sdl, date(2026, 5, 1)) == [text.format(place) for text in problem]
