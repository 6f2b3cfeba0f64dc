"""What explaining found, in words: lines for people, one object for machines. No value and no text of a plan. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from connectors.explain import Explained, RecordPlans
from connectors.scans import Way
from models.predicates import Operator

COLUMNS_MAX = 80

_WAYS = {
    Way.ORDER: "as an order",
    Way.ORDER_IN_RANGE: "as an order within a range of it",
    Way.PARENTS: "as the key of parents",
}


def lines_of(found: RecordPlans) -> list[str]:
    """The report of one record, at most 80 columns wide where words allow it."""
    lines = [f"{found.source}: {found.record} - {_state(found)}"]
    for sentence in _sentences(found):
        lines += textwrap.wrap(
            sentence, COLUMNS_MAX, initial_indent="  ", subsequent_indent="    ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return lines


def _state(found: RecordPlans) -> str:
    if found.failure:
        return f"no plans, nothing is switched off: {found.failure}"
    off = sum(len(each.question.asked) for each in found.off)
    return f"{off or 'nothing'} switched off, {len(found.explained)} questions explained"


def _sentences(found: RecordPlans) -> Iterator[str]:
    alike: dict[tuple[str, str, str | None, str], list[Explained]] = {}
    for each in found.explained:
        if each.scans:
            alike.setdefault((each.question.field, each.scans, each.allowed, each.help), []).append(each)
    for (name, scans, allowed, help_), explained in alike.items():
        asked = sorted(_word(asked) for each in explained for asked in each.question.asked)
        what = f"{name} {', '.join(asked) or 'as the order of every list'}"
        reads = f"{what}: reads more than {found.scan_rows_max:,} rows of {scans}"
        if allowed is not None:
            yield f"allowed: {reads}; because: {allowed}"
        else:
            yield f"{'OFF' if asked else 'slow'}: {reads}" + (f"; {help_}" if help_ else "")
    if found.unasked:
        yield f"not explained, for want of a value or a plan: {', '.join(found.unasked)}"


def _word(asked: Operator | Way) -> str:
    """What is asked of a field, in the words of the graph's filters."""
    if isinstance(asked, Way):
        return _WAYS[asked]
    return "eq, in" if asked is Operator.IN else asked.value


def text_of(records: Sequence[RecordPlans]) -> str:
    """The whole report, and a last line of how much is switched off."""
    return "\n".join([*(line for found in records for line in lines_of(found)), summary_of(records)]) + "\n"


def summary_of(records: Sequence[RecordPlans]) -> str:
    """The last line: how much is switched off."""
    off = sum(len(each.question.asked) for found in records for each in found.off)
    untold = sum(bool(found.failure) for found in records)
    things = "1 record" if len(records) == 1 else f"{len(records)} records"
    return f"{things}: {off} switched off; {untold} without plans"


def object_of(records: Sequence[RecordPlans]) -> dict[str, Any]:
    """The whole report as one object of plain values."""
    return {"summary": summary_of(records), "records": [_record_object(found) for found in records]}


def _record_object(found: RecordPlans) -> dict[str, Any]:
    return {
        "source": found.source,
        "record": found.record,
        "failure": found.failure or None,
        "scanRowsMax": found.scan_rows_max,
        "explained": len(found.explained),
        "notExplained": found.unasked,
        "scans": [
            {
                "field": each.question.field,
                "asked": sorted(asked.value for asked in each.question.asked),
                "table": each.scans,
                "off": each.allowed is None,
                "allowed": each.allowed,
                "help": each.help or None,
            }
            for each in found.explained
            if each.scans
        ],
    }
