"""Pages of a sheet: Markdown, or HTML to print on A4. Both are self-contained."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from connectors.load import LoadContract
from connectors.mapping import RowFilter
from connectors.sql.plans import PlanNode
from connectors.writing.protocol import Rung
from connectors.writing.statements import Write
from models.policy.decisions import Rule
from models.policy.viewer import Role
from models.values.localized import Language
from models.values.vocabulary import Vocabulary
from models.words.catalogue import DESCRIPTION, translated
from onboarding.sheet import ColumnUse, SheetStatement, SourceSheet
from onboarding.sheet_words import ASKS, CLASSES, REASONS, ROLES, RULES, RUNGS, SHEET, WORDS, WRITES

_TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "templates"


@dataclasses.dataclass(frozen=True, slots=True)
class Teller:
    """Words the parts of a sheet in one language."""

    language: Language

    def say(self, word: str, **filled: object) -> str:
        return self.text(WORDS[word]).format(**filled)

    def text(self, english: str) -> str:
        return translated(english, self.language, SHEET)

    def label(self, term: Vocabulary) -> str:
        return term.label_in(self.language)

    def about(self, english: str) -> str:
        """The description of a record or a field."""
        return translated(english, self.language, DESCRIPTION)

    def number(self, value: object) -> str:
        """A number with the language's grouping of digits; anything else unchanged."""
        if not isinstance(value, int):
            return str(value)
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if self.language is Language.ID else grouped

    def meaning(self, use: ColumnUse) -> str:
        if use.reason is not None:
            return self.text(REASONS[use.reason])
        return self.about(use.about) if use.about is not None else ""

    def personal(self, use: ColumnUse) -> str:
        return self.text(CLASSES[use.personal]) if use.personal is not None else ""

    def readers(self, use: ColumnUse) -> str:
        """The roles that may read something, each with its rule; the others in one word."""
        if use.reason is not None:
            return self.say("read_by_hub")
        if all(rule is Rule.ALLOW for _, rule in use.readers):
            return self.say("everybody")
        some = [
            f"{self.text(ROLES[role])}: {self._rule(role, rule)}" for role, rule in use.readers if rule is not Rule.DENY
        ]
        return "; ".join(some) or self.say("nobody")

    def _rule(self, role: Role, rule: Rule) -> str:
        return self.text(RULES.get((role, rule)) or RULES[None, rule])

    def conditions(self, rows: tuple[RowFilter, ...]) -> str:
        """Which rows exist, by column names and values of the source."""
        return self.say("and").join(map(self._condition, rows))

    def _condition(self, alive: RowFilter) -> str:
        if alive.values is None:
            return self.say("is_null", column=alive.legacy)
        values = ", ".join(map(str, alive.values))
        return self.say("is_one" if len(alive.values) == 1 else "is_one_of", column=alive.legacy, values=values)

    def asked(self, asked: SheetStatement) -> str:
        return self.text(ASKS[asked.ask])

    def written(self, write: Write) -> str:
        return self.text(WRITES[write])

    def rung(self, rung: Rung) -> str:
        return self.text(RUNGS[rung])

    def plan(self, asked: SheetStatement) -> str:
        if asked.plan is None:
            return self.say("no_plan", failure=asked.failure) if asked.failure else self.say("not_reached")
        steps = list(dict.fromkeys(map(self._step, asked.plan.steps)))
        return "; ".join([*steps, *([self.say("sorts")] if asked.plan.sorts else [])]) or self.say("reads_nothing")

    def _step(self, step: PlanNode) -> str:
        if step.walks:
            return self.say("walks_index" if step.index else "walks", table=step.table, index=step.index)
        return self.say("searches" if step.index else "searches_plain", table=step.table, index=step.index)

    def load(self, load: LoadContract) -> list[str]:
        """A sentence for each bound of a load contract that is set."""
        bounds = {each.name: getattr(load, each.name) for each in dataclasses.fields(load)}
        return [
            self.say(name, value=self._bound(value)) for name, value in bounds.items() if value not in (math.inf, ())
        ]

    def _bound(self, value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(f"{hours.start:%H:%M} - {hours.end:%H:%M}" for hours in value)
        return self.number(value)


def rendered(sheet: SourceSheet, language: Language, form: str) -> str:
    """The sheet as one document: `md` for Markdown, `html` for HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    teller = Teller(language)
    page = environment.get_template(f"sheet.{form}")
    return page.render(sheet=sheet, tell=teller, say=teller.say, last_rung=Rung.AT_MOST_ONCE) + "\n"


def _cell(text: str) -> str:
    """A text, escaped for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
