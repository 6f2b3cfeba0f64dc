"""Standing: how sure it is that a table is a record's at all, before any of its columns. Pure.

A weak table is worse than none: what is below the least standing is not drafted, and the draft says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.records import KEY, Record
from onboarding.drafting.fits import Confidence, Fit
from onboarding.drafting.links import Link
from onboarding.drafting.people import People
from onboarding.drafting.tables import LegacyTable, SampledTable
from onboarding.drafting.words.meanings import concepts_of_text, likeness, meaning_of_name, meaning_of_remark

STANDING_MIN = 0.4
_MEDIUM_MIN, _HIGH_MIN = 0.5, 0.65
NAMED_MIN = 0.3
"""Below this a table does not have the record's name."""
NAMED_WELL = 0.5
NAMED_FULLY = 0.8
FILLED_SHARE_MIN = 0.25
FULL_SHARE = 0.5
"""A table that fills half of the fields fills as many as can be asked for."""
ONE_EACH_MIN = 0.7
ONE_EACH_ROWS_MIN = 10
REMARKED = 0.9


@dataclass(frozen=True, slots=True)
class Standing:
    """How a table stands to a record; `refusal` says why it is not the record's, if it is not."""

    score: float
    refusal: str = ""

    @property
    def confidence(self) -> Confidence:
        if self.score >= _HIGH_MIN:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.score >= _MEDIUM_MIN else Confidence.LOW


NO_STANDING = Standing(0.0)


def name_likeness(record: type[Record], table: LegacyTable) -> float:
    """The similarity of a record and a table by its name, or by what its owner remarked."""
    hinted = concepts_of_text((record.__doc__ or "").partition("\n")[0])
    called = (meaning_of_name(record.__name__), meaning_of_name(record.name))
    found = meaning_of_name(table.name, is_table=True)
    remarked = meaning_of_remark(table.remark)
    return max(
        max(likeness(words, hinted, found), REMARKED * likeness(words, hinted, remarked)) for words in called
    )  # fmt: skip


def standing_of(record: type[Record], table: SampledTable, fits: Mapping[str, Fit], people: People) -> Standing:
    """The standing of a table by its name, its people, its grain and the fields that it fills."""
    named = name_likeness(record, table.table)
    if not people.may_hold(record, table.name):
        return Standing(0.0, f"it holds people ({', '.join(people.tables[table.name][:3])})")
    if table.name in people.tables and named < NAMED_MIN:
        return Standing(0.0, "it holds people, and is not called after the record")
    total = len(record.fields) - 1
    required = [name for name, contract in record.fields.items() if not contract.nullable and name != KEY]
    filled = {name for name, fit in fits.items() if name != KEY and fit.is_told}
    share = len(filled) / max(1, total)
    if share < (FILLED_SHARE_MIN if named < NAMED_FULLY else FILLED_SHARE_MIN / 2):
        return Standing(share, f"it has {len(filled)} of {total} fields")
    if not _is_one_each(table, fits):
        return Standing(share, "several of its rows have one name, so a row is not one of them")
    needed = len(filled.intersection(required)) / len(required) if required else 1.0
    score = 0.45 * named + 0.2 * needed + 0.35 * min(1.0, share / FULL_SHARE)
    if score < STANDING_MIN:
        return Standing(score, f"neither its name nor {len(filled)} of {total} fields tell that it is")
    return Standing(score)


def _is_one_each(table: SampledTable, fits: Mapping[str, Fit]) -> bool:
    """Whether a row is one thing: things have names of their own."""
    fit = fits.get("name")
    if fit is None or fit.candidate.link is not None or table.rows < ONE_EACH_ROWS_MIN:
        return True
    column = fit.candidate.columns[0].column
    return len(column.counts) >= ONE_EACH_MIN * column.filled


def refusal_by_links(
    record: type[Record],
    table: SampledTable,
    fits: Mapping[str, Fit],
    parents: Mapping[str, SampledTable],
    children: Mapping[str, SampledTable],
    links: tuple[Link, ...],
    *,
    is_orphan: bool,
) -> str:
    """Why the links of a table speak against it, if they do.

    `parents` are the tables of the records that its fields refer to, by field; `children` are those that refer to it.
    `is_orphan`: it refers to a record that has no table.
    """
    if is_orphan and not parents and name_likeness(record, table.table) < NAMED_MIN:
        return "it is not called after the record, and nothing was found that it would be of"
    for name, parent in parents.items():
        if not record.fields[name].nullable and name not in fits:
            return f"no column of it refers to {parent.name}"
        if not record.fields[name].nullable and not _leads(fits[name], parent, links):
            return f"{fits[name].candidate.names[0]} of it does not refer to {parent.name}"
    for name in (name for name, contract in record.fields.items() if not contract.nullable and name.endswith("_id")):
        if name not in fits:
            return f"it does not say of which {name.removesuffix('_id')} a row is"
    if children and name_likeness(record, table.table) < NAMED_WELL:
        tables = {child.name for child in children.values()}
        if not any(link.table in tables and link.target == table.name for link in links):
            return f"it is not called after the record, and no row of {min(tables)} refers to it"
    return ""


def _leads(fit: Fit, parent: SampledTable, links: tuple[Link, ...]) -> bool:
    """Whether the column of a reference holds keys of the table that it should refer to, or no value yet."""
    column = fit.candidate.columns[0].column
    if not column.filled or column.table == parent.name:
        return True
    return any((link.table, link.column, link.target) == (column.table, column.name, parent.name) for link in links)
