"""Outlines: the tables, columns and conditions of a drafted mapping, before it is written. Pure."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, islice

from models.records import KEY
from onboarding.drafting.cleanings import rises
from onboarding.drafting.fits import Confidence, Fit
from onboarding.drafting.links import Link
from onboarding.drafting.liveness import LiveCondition, conditions_of
from onboarding.drafting.looks import Looks
from onboarding.drafting.matching import Database, Match
from onboarding.drafting.renderings import SAMPLED_AS, Rendering
from onboarding.drafting.shapes import parent_column
from onboarding.drafting.tables import SampledColumn, SampledTable, SqlType
from onboarding.drafting.words.lexicon import TABLE_PREFIXES

ORDERED_ROWS_MIN = 20
LABELS_MAX = 50
"""How often one column may be read by one select; it is a bound, not a wish."""
KEY_OF_SEVERAL = "row_key"
"""The name of the text that a select makes of a composite key."""

_TYPES = {
    SqlType.WHOLE: "sa.Integer", SqlType.FRACTION: "sa.Float", SqlType.EXACT: "sa.Numeric",
    SqlType.BOOLEAN: "sa.Boolean", SqlType.DAY: "sa.Date", SqlType.MOMENT: "sa.DateTime",
    SqlType.ZONED: "sa.DateTime(timezone=True)", SqlType.CLOCK: "sa.Time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """A column of a select: its table, its rendering and its label."""

    table: str
    column: str
    label: str
    rendering: Rendering = Rendering.PLAIN
    joined_with: tuple[str, ...] = ()
    """The other columns of a composite key, which becomes one text."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One mapping. `selected` is empty for a plain table; `legacy` are the columns of each field."""

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
    """The outline of a match that has a table and a key."""
    table = match.table
    assert table is not None
    used = {name for fit in match.fits.values() if fit.candidate.link is None for name in fit.candidate.names}
    alive = conditions_of(database.looks[table.name].values(), used, database.setting)
    links = list(dict.fromkeys(link for fit in match.fits.values() for link in fit.candidate.links))
    parent = parent_column(table, database.looks[table.name])
    if parent is not None and table.table.derived is None:
        why = f"a row with {parent} replies to another row"
        alive.append(LiveCondition(database.looks[table.name][parent], None, Confidence.HIGH, why))
    sorts_as, words = _orders(match, table)
    selected, legacy = _selected(match, alive, sorts_as, database)
    plain = not links and all(one.rendering is Rendering.PLAIN and not one.joined_with for one in selected)
    unique = table.unique.get(match.key[0], "") if len(match.key) == 1 else match.key_words
    return Outline(match, tuple(links), () if plain else tuple(selected), legacy, tuple(alive), sorts_as, words, unique)


def _orders(match: Match, table: SampledTable) -> tuple[dict[str, str], dict[str, str]]:
    """The fields with the same order as the table's key, and the evidence."""
    found: dict[str, str] = {}
    words: dict[str, str] = {}
    key = table.columns[match.key[0]]
    if len(match.key) > 1 or key.kind is not SqlType.WHOLE:
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
    match: Match, alive: list[LiveCondition], sorts_as: dict[str, str], database: Database
) -> tuple[list[Selected], dict[str, tuple[str, ...]]]:
    """The columns that the mapping reads, each once per rendering, and the labels of each field's columns."""
    assert match.table is not None
    own, dialect = match.table.name, database.setting.dialect
    selected: dict[tuple[str, str, Rendering], Selected] = {}

    def take(table: str, column: str, rendering: Rendering = Rendering.PLAIN) -> str:
        place = (table, column, rendering)
        if place not in selected:
            taken = {one.label for one in selected.values()}
            other = f"{database.names[table]}_{column}" if table != own else f"{column}_text"
            numbered = (f"{other}_{at}" for at in count(2))
            label = next(one for one in (column, other, *islice(numbered, LABELS_MAX)) if one not in taken)
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
    """The rendering of a field's column; each of several columns keeps the rendering of its sample."""
    if fit.candidate.whole is None:
        return fit.cleaning.rendering
    return SAMPLED_AS.get(looks.column.kind, Rendering.PLAIN) if dialect != "sqlite" else Rendering.PLAIN


def columns_read(outlines: list[Outline], database: Database) -> dict[str, list[SampledColumn]]:
    """The columns of each table that a draft reads and so declares, in the order of the table."""
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
    # What is made of another table reads that one; the deepest first.
    pending = list(wanted)
    while pending:
        name = pending.pop()
        derived = database.samples[name].table.derived
        if derived is not None:
            below = wanted.setdefault(derived.base, set())
            below |= {*derived.reads, *(wanted[name] - derived.own)}
            pending.append(derived.base)
    return {
        table: [column for name, column in database.samples[table].columns.items() if name in wanted[table]]
        for table in sorted(wanted)
    }


def type_of(column: SampledColumn, dialect: str, *, holds_nik: bool) -> str:
    """The code of a column's type; empty if SQLAlchemy Core has none."""
    kind = column.kind
    if dialect == "sqlite" and kind in (
        SqlType.DAY,
        SqlType.MOMENT,
        SqlType.ZONED,
        SqlType.CLOCK,
        SqlType.EXACT,
        SqlType.TYPED,
    ):
        kind = SqlType.TEXT
    if kind is SqlType.TEXT:
        return f"sa.String({column.declared.width})" if column.declared.width else "sa.Text"
    if kind is SqlType.WHOLE and holds_nik:
        return "sa.BigInteger"
    return _TYPES.get(kind, "")


def identifiers(tables: Iterable[str]) -> dict[str, str]:
    """The name of each table in code: lower case, without prefixes such as `tbl_` where it stays different so."""
    names = list(tables)
    short = {table: _identifier(table, cut=True) for table in names}
    counts = Counter(short.values())
    found: dict[str, str] = {}
    for table in names:
        wanted = short[table] if counts[short[table]] == 1 else _identifier(table, cut=False)
        taken = set(found.values())
        numbered = (wanted if at == 1 else f"{wanted}_{at}" for at in count(1))
        found[table] = next(name for name in numbered if name not in taken)
    return found


def _identifier(table: str, *, cut: bool) -> str:
    words = re.findall(r"[a-z0-9]+", table.lower())
    if cut and len(words) > 1 and words[0] in TABLE_PREFIXES:
        words = words[1:]
    name = "_".join(words) or "legacy"
    return f"{name}_" if keyword.iskeyword(name) or name[0].isdigit() else name
