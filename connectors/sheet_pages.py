"""Pages of a sheet: Markdown to read and keep, HTML to print on A4. Both stand alone and load nothing."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from connectors.load import LoadContract
from connectors.mapping import Alive
from connectors.sheet import Asked, ColumnUse, SourceSheet
from connectors.sheet_words import ASKS, CLASSES, REASONS, ROLES, RULES, WORDS
from connectors.sql.plans import Step
from models.localized import Language, Localized
from models.policy import Rule
from models.viewer import Role

_TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "templates"


@dataclasses.dataclass(frozen=True, slots=True)
class Teller:
    """Says the parts of a sheet in one language."""

    language: Language

    def say(self, word: str, **filled: object) -> str:
        return self.text(WORDS[word]).format(**filled)

    def text(self, words: Localized) -> str:
        return words.in_language(self.language)

    def number(self, value: object) -> str:
        """A number as the language groups its digits; anything else as it is."""
        if not isinstance(value, int):
            return str(value)
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if self.language is Language.ID else grouped

    def meaning(self, use: ColumnUse) -> str:
        if use.reason is not None:
            return self.text(REASONS[use.reason])
        return self.text(use.about) if use.about is not None else ""

    def personal(self, use: ColumnUse) -> str:
        return self.text(CLASSES[use.personal]) if use.personal is not None else ""

    def readers(self, use: ColumnUse) -> str:
        """Roles that are allowed something, each with what; the others in one word."""
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

    def conditions(self, rows: tuple[Alive, ...]) -> str:
        """Which rows exist, in the words of the source."""
        return self.say("and").join(map(self._condition, rows))

    def _condition(self, alive: Alive) -> str:
        if alive.values is None:
            return self.say("is_null", column=alive.legacy)
        values = ", ".join(map(str, alive.values))
        return self.say("is_one" if len(alive.values) == 1 else "is_one_of", column=alive.legacy, values=values)

    def asked(self, asked: Asked) -> str:
        return self.text(ASKS[asked.ask])

    def plan(self, asked: Asked) -> str:
        if asked.plan is None:
            return self.say("no_plan", failure=asked.failure) if asked.failure else self.say("not_reached")
        steps = list(dict.fromkeys(map(self._step, asked.plan.steps)))
        return "; ".join([*steps, *([self.say("sorts")] if asked.plan.sorts else [])]) or self.say("reads_nothing")

    def _step(self, step: Step) -> str:
        if step.walks:
            return self.say("walks_index" if step.index else "walks", table=step.table, index=step.index)
        return self.say("searches" if step.index else "searches_plain", table=step.table, index=step.index)

    def load(self, load: LoadContract) -> list[str]:
        """Each bound of a load contract as a sentence; what it leaves open is not said."""
        bounds = {each.name: getattr(load, each.name) for each in dataclasses.fields(load)}
        return [
            self.say(name, value=self._bound(value)) for name, value in bounds.items() if value not in (math.inf, ())
        ]

    def _bound(self, value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(f"{hours.start:%H:%M} - {hours.end:%H:%M}" for hours in value)
        return self.number(value)


def rendered(sheet: SourceSheet, language: Language, form: str) -> str:
    """The sheet as one text: `md` for Markdown, `html` for a document of its own."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    teller = Teller(language)
    return environment.get_template(f"sheet.{form}").render(sheet=sheet, tell=teller, say=teller.say) + "\n"


def _cell(text: str) -> str:
    """A text within a cell of a table in Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")
