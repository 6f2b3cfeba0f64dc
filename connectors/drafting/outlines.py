"""Outlines: what a mapping of a draft consists of before it is written: tables, selected columns, conditions. Pure."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from connectors.drafting.cleanings import rises
from connectors.drafting.fits import Fit
from connectors.drafting.lexicon import TABLE_PREFIXES
from connectors.drafting.links import Link
from connectors.drafting.liveness import LiveCondition, conditions_of
from connectors.drafting.looks import Looks
from connectors.drafting.matching import Database, Match
from connectors.drafting.renderings import SAMPLED_AS, Rendering
from connectors.drafting.tables import Kind, SampledColumn, SampledTable
from models.records import KEY

ORDERED_ROWS_MIN = 20
KEY_OF_SEVERAL = "row_key"
"""What a select calls the one text that it makes of a key of several columns."""

_TYPES = {
    Kind.WHOLE: "sa.Integer", Kind.FRACTION: "sa.Float", Kind.EXACT: "sa.Numeric", Kind.BOOLEAN: "sa.Boolean",
    Kind.DAY: "sa.Date", Kind.MOMENT: "sa.DateTime", Kind.ZONED: "sa.DateTime(timezone=True)", Kind.CLOCK: "sa.Time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """A column of a select: of which table, rendered how, and under which name."""

    table: str
    column: str
    label: str
    rendering: Rendering = Rendering.PLAIN
    joined_with: tuple[str, ...] = ()
    """The other columns of a key of several, which becomes one text."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One mapping. `selected` is empty for a table that is read as it is; `legacy` names the columns of each field."""

    match: Match
    links: tuple[Link, ...]
    selected: tuple[Selected, ...]
    legacy: dict[str, tuple[str, ...]]
    alive: tuple[LiveCondition, ...]
    sorts_as: dict[str, str]
    order_words: dict[str, str]
    unique: str

    @property
    def table(self) -> SampledTable:
        assert self.match.table is not None
        return self.match.table


def outline_of(match: Match, database: Database) -> Outline:
    """What the mapping of a match consists of. The match has a table and a key."""
    table = match.table
    assert table is not None
    used = {name for fit in match.fits.values() if fit.candidate.link is None for name in fit.candidate.names}
    alive = conditions_of(database.looks[table.name].values(), used, database.setting)
    links = list(dict.fromkeys(link for fit in match.fits.values() for link in fit.candidate.links))
    if not alive:
        alive, links = _alive_by_parent(links, match, database)
    sorts_as, words = _orders(match, table)
    selected, legacy = _selected(match, alive, sorts_as, database.setting.dialect)
    plain = not links and all(one.rendering is Rendering.PLAIN and not one.joined_with for one in selected)
    unique = table.unique.get(match.key[0], "") if len(match.key) == 1 else match.key_words
    return Outline(match, tuple(links), () if plain else tuple(selected), legacy, tuple(alive), sorts_as, words, unique)


def _alive_by_parent(links: list[Link], match: Match, database: Database) -> tuple[list[LiveCondition], list[Link]]:
    """Rows that say nothing of themselves exist as long as the row that has many of them, where that is read too."""
    for link in (link for link in links if link.target in match.owners):
        used = {name for fit in match.fits.values() if fit.candidate.link == link for name in fit.candidate.names}
        found = conditions_of(database.looks[link.target].values(), used, database.setting)
        sure = [one for one in found if one.confidence.value != "low"]
        if sure:
            return sure, links
    return [], links


def _orders(match: Match, table: SampledTable) -> tuple[dict[str, str], dict[str, str]]:
    """The fields that the key of the table sorts as well, and what was seen of that."""
    found: dict[str, str] = {}
    words: dict[str, str] = {}
    key = table.columns[match.key[0]]
    if len(match.key) > 1 or key.kind is not Kind.WHOLE:
        return found, words
    for name, fit in match.fits.items():
        is_date = fit.wish.contract.clean_type.__name__ in ("date", "datetime") and fit.wish.contract.sort
        if not is_date or fit.candidate.link is not None:
            continue
        values = fit.cleaning.clean(*(looks.column.values for looks in fit.candidate.columns))
        pairs, backwards = rises(key.values, values)
        if pairs >= ORDERED_ROWS_MIN and not backwards:
            found[name] = key.name
            words[name] = f"rises with {key.name} in all {pairs:,} rows that have one"
        elif pairs >= ORDERED_ROWS_MIN and backwards * 100 <= pairs:
            words[name] = f"rises with {key.name} but for {backwards:,} of {pairs:,} rows: it cannot sort as that"
    return found, words


def _selected(
    match: Match, alive: list[LiveCondition], sorts_as: dict[str, str], dialect: str
) -> tuple[list[Selected], dict[str, tuple[str, ...]]]:
    """The columns that the mapping reads, each once in each rendering, and what each field calls its own."""
    assert match.table is not None
    own = match.table.name
    selected: dict[tuple[str, str, Rendering], Selected] = {}

    def take(table: str, column: str, rendering: Rendering = Rendering.PLAIN) -> str:
        place = (table, column, rendering)
        if place not in selected:
            taken = {one.label for one in selected.values()}
            label = (
                column if column not in taken else f"{identifier(table)}_{column}" if table != own else f"{column}_text"
            )
            selected[place] = Selected(table, column, label, rendering)
        return selected[place].label

    for legacy in sorts_as.values():
        take(own, legacy)
    fields = {
        name: tuple(
            take(looks.column.table, looks.column.name, _rendering(fit, looks, dialect))
            for looks in fit.candidate.columns
        )
        for name, fit in match.fits.items()
        if name != KEY or len(match.key) == 1
    }
    if len(match.key) > 1:
        fields[KEY] = (KEY_OF_SEVERAL,)
        selected[own, KEY_OF_SEVERAL, Rendering.TEXT] = Selected(
            own, match.key[0], KEY_OF_SEVERAL, Rendering.TEXT, match.key[1:]
        )
    for condition in alive:
        take(condition.looks.column.table, condition.column)
    order = {name: at for at, name in enumerate(match.table.columns)}
    ordered = sorted(
        selected.values(),
        key=lambda one: (
            not one.joined_with,
            one.table != own,
            one.table,
            order.get(one.column, 0) if one.table == own else 0,
        ),
    )
    return ordered, fields


def _rendering(fit: Fit, looks: Looks, dialect: str) -> Rendering:
    """What one column of a field is rendered as; of several that make a value each is what it was sampled as."""
    if fit.candidate.whole is None:
        return fit.cleaning.rendering
    return SAMPLED_AS.get(looks.column.kind, Rendering.PLAIN) if dialect != "sqlite" else Rendering.PLAIN


def columns_read(outlines: list[Outline], database: Database) -> dict[str, list[SampledColumn]]:
    """The columns that a draft declares of each table, in the order of the table: no more than it reads."""
    wanted: dict[str, set[str]] = {}
    for outline in outlines:
        for fit in outline.match.fits.values():
            for looks in fit.candidate.columns:
                wanted.setdefault(looks.column.table, set()).add(looks.column.name)
        wanted.setdefault(outline.table.name, set()).update(outline.match.key)
        for condition in outline.alive:
            wanted.setdefault(condition.looks.column.table, set()).add(condition.column)
        for link in outline.links:
            wanted.setdefault(link.table, set()).add(link.column)
            wanted.setdefault(link.target, set()).add(link.key)
    return {
        table: [column for name, column in database.samples[table].columns.items() if name in wanted[table]]
        for table in sorted(wanted)
    }


def type_of(column: SampledColumn, dialect: str, *, holds_nik: bool) -> str:
    """The code of a column's type; empty for one that has no name in SQLAlchemy Core."""
    kind = column.kind
    if dialect == "sqlite" and kind in (Kind.DAY, Kind.MOMENT, Kind.ZONED, Kind.CLOCK, Kind.EXACT, Kind.TYPED):
        kind = Kind.TEXT
    if kind is Kind.TEXT:
        return f"sa.String({column.declared.width})" if column.declared.width else "sa.Text"
    if kind is Kind.WHOLE and holds_nik:
        return "sa.BigInteger"
    return _TYPES.get(kind, "")


def identifier(table: str) -> str:
    """What a table is called in code: small letters, without the prefix that says that it is a table."""
    words = [word for word in re.findall(r"[a-z0-9]+", table.lower()) if word]
    if len(words) > 1 and words[0] in TABLE_PREFIXES:
        words = words[1:]
    name = "_".join(words) or "legacy"
    return f"{name}_" if keyword.iskeyword(name) or name[0].isdigit() else name
