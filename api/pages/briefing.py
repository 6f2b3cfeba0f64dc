"""`/briefing`: one sheet each morning: the last day that there is, beside the day before and the week before."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.answers import Answer, read
from api.pages.asking import Asking
from api.pages.briefing_measures import DAY, MEASURES, PRICES, STANDS, WEEK, Measure
from api.pages.frame import Frame, language_on
from api.pages.liveroom import questions
from api.pages.liveroom.days import Days
from api.pages.liveroom.panels import PANELS, Panel
from api.pages.liveroom.shown import Shown
from api.pages.parts import Parts
from api.pages.wording import NONE, Wording
from models.localized import Language

SHEET_S = 15.0
"""How old the sheet may be besides its sources."""

MOVERS = 5


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the address of the rows behind it."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A measure: its last day, the day before and the week before; or why there is none."""

    title: str
    day: str
    numbers: tuple[Number, ...]
    freshness: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Stand:
    """How something stands now, as the headline of its panel in the control room says."""

    title: str
    shown: Shown
    href: str
    freshness: str
    answer: Answer


@dataclass(slots=True)
class BriefingPage:
    """The sheet is the same for all readers of a language, and made once at a time."""

    frame: Frame
    asking: Asking
    parts: Parts[Markup] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = Parts(self._sheet, SHEET_S)

    async def __call__(self, http: HttpRequest) -> Response:
        sheet = await self.parts.get("briefing", language_on(http))
        return self.frame.page(http, "briefing.html", sheet=sheet)

    async def _sheet(self, _: str, language: Language) -> Markup:
        wording = Wording(language, self.frame.city, self.asking.now)
        variables = {"now": wording.now.isoformat(), "today": wording.today.isoformat()}
        days = Days.of(read(await self.asking.ask_for_all(questions.DAYS, language, variables)), wording)
        lines = [await self._line(measure, wording) for measure in MEASURES]
        stands = [await self._stand(panel, days, wording) for panel in PANELS if panel.name in STANDS]
        prices = next(panel for panel in PANELS if panel.name == "prices")
        answer = read(await self.asking.ask_for_all(prices.question, language, prices.variables(days)))
        return self.frame.part(
            language, "briefing_sheet.html", city=self.frame.city, today=wording.day(wording.today, weekday=True),
            made=wording.time(wording.now), lines=lines, stands=stands, prices=answer,
            movers=prices.view(answer, wording).rows[:MOVERS], prices_day=wording.day(days.prices),
            prices_href=rows_at(PRICES.format(day=days.prices.isoformat())), nothing=NONE,
        )  # fmt: skip

    async def _line(self, measure: Measure, wording: Wording) -> Line:
        asked = {"now": measure.now(wording)}
        last = read(await self.asking.ask_for_all(measure.last, wording.language, asked))
        day = measure.last_day(last, wording)
        if day is None:
            return Line(measure.title, NONE, (), "", last)
        variables = dict(measure.variables(day, wording))
        answer = read(await self.asking.ask_for_all(measure.counts, wording.language, variables))
        numbers = tuple(
            Number(wording.number(part["totals"]["count"]), rows_at(measure.rows(of, wording)))
            if (part := answer.part(name))
            else Number(NONE)
            for name, of in (("day", day), ("before", day - DAY), ("week", day - WEEK))
        )
        return Line(measure.title, wording.day(day), numbers, wording.as_of(answer.oldest), answer)

    async def _stand(self, panel: Panel, days: Days, wording: Wording) -> Stand:
        answer = read(await self.asking.ask_for_all(panel.question, wording.language, panel.variables(days)))
        shown = panel.view(answer, wording)
        return Stand(panel.title, shown, rows_at(STANDS[panel.name]), wording.as_of(answer.oldest), answer)


def rows_at(query: str) -> str:
    """The address at which a question is asked, without a script and without a key."""
    return f"/explorer/plain?{urlencode({'query': query})}"
