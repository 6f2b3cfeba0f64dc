"""`/liveroom`: all panels on one page, and each panel alone, which screens poll."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import Frame, gettext_noop, language_on
from api.pages.liveroom import questions
from api.pages.liveroom.city_map import city_map
from api.pages.liveroom.panels import MAP, NAMES, PANELS, SOURCES, Days
from api.pages.liveroom.views import Cell, Shown, number
from api.pages.parts import Parts
from api.pages.queries import PageAnswer, PageQueries, read
from api.pages.wording import NONE, Wording
from connectors.source_board import SourceBoard
from models.sources.states import SourceCondition
from models.values.localized import Language

_N = gettext_noop
PANEL_S = 5.0
"""How long a rendered panel is reused for all readers."""

REFRESH_S = 30
"""How often a screen polls each panel; at once when a source changes."""

DAYS = "days"
_CONDITION_TONE = {
    SourceCondition.OK: "green",
    SourceCondition.STALE: "yellow",
    SourceCondition.UNAVAILABLE: "red",
    SourceCondition.UNKNOWN: "soft",
}


@dataclass(slots=True)
class Panels:
    """Renders the panels, which are the same for all readers of a language."""

    frame: Frame
    asking: PageQueries
    board: SourceBoard
    parts: Parts[Markup] = field(init=False)
    _days: Parts[Days] = field(init=False)
    _by_name: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = Parts(self._made, PANEL_S, state=lambda: self.board.present)
        self._days = Parts(self._known_days, PANEL_S)
        self._by_name = {panel.name: panel for panel in PANELS}

    def wording(self, language: Language) -> Wording:
        return Wording(language, self.frame.city, self.asking.now)

    async def _known_days(self, _: str, language: Language) -> Days:
        wording = self.wording(language)
        variables = {"now": wording.now.isoformat(), "today": wording.today.isoformat()}
        return Days.of(read(await self.asking.ask_for_all(questions.DAYS, language, variables)), wording)

    async def _made(self, name: str, language: Language) -> Markup:
        if name == SOURCES:
            return self._sources(language)
        if name == MAP:
            return await self._map(language)
        panel, wording = self._by_name[name], self.wording(language)
        known = await self._days.get(DAYS, language)
        answer = read(await self.asking.ask_for_all(panel.question, language, panel.variables(known)))
        day = panel.day(known)
        shown = panel.view(answer, wording)
        return self._rendered(name, panel.title, shown, answer, wording, day=day and wording.day(day))

    async def _map(self, language: Language) -> Markup:
        wording = self.wording(language)
        answer = read(
            await self.asking.ask_for_all(questions.AREAS, language, {"level": self.frame.city.parts.level.value})
        )
        groups = answer.part("complaintGroups")
        counts = {group["key"]["areaCode"]: group["count"] for group in groups["groups"]} if groups else None
        unknown = (counts or {}).pop(None, 0)
        drawn = city_map(answer.rows("areas"), counts, self.asking.operations.services.polygons)
        rows = tuple(
            (Cell(place.name, href=f"/areas/{place.code}"), number(wording.number(place.count)))
            for place in sorted(drawn.places, key=lambda place: -(place.count or 0))
        )
        if unknown:
            rows = (*rows, (Cell(wording.gettext("area not known")), number(wording.number(unknown))))
        level = self.frame.city.parts.name.in_language(language)
        shown = Shown(
            (level, _N("open complaints")),
            rows,
            headline=wording.number(groups["totals"]["count"]) if groups else "",
            headline_label=wording.gettext("open complaints") if groups else "",
            nothing=_N("The city has no smaller areas."),
        )
        return self._rendered(MAP, _N("Open complaints by area"), shown, answer, wording, drawn=drawn)

    def _sources(self, language: Language) -> Markup:
        """The panel of the sources, from the hub's board, which learns of every change at once."""
        wording, catalog = self.wording(language), self.asking.operations.services.records.catalog
        stated = {source.name: source for source in catalog.sources}
        rows, well = [], 0
        for change in self.board.present:
            source = stated[change.source]
            department = self.frame.city.department(source.department)
            well += change.condition is SourceCondition.OK
            owner = department.abbreviation if department is not None else NONE
            rows.append((
                Cell(f"{source.title} ({owner})"),
                Cell(change.condition.label_in(language), tone=_CONDITION_TONE[change.condition]),
                Cell(wording.time(change.since)),
            ))  # fmt: skip
        shown = Shown(
            (_N("System"), _N("State"), _N("since")),
            tuple(sorted(rows, key=lambda row: row[0].text)),
            headline=f"{well} / {len(rows)}",
            headline_label=wording.gettext("systems of the departments answer"),
        )
        answer = PageAnswer({}, (), wording.now, is_stale=False, sources=self.board.names, down=())
        return self._rendered(SOURCES, _N("Systems of the departments"), shown, answer, wording)

    def _rendered(
        self, name: str, title: str, shown: Shown, answer: PageAnswer, wording: Wording, **given: Any
    ) -> Markup:
        return self.frame.part(
            wording.language, "panel.html", name=name, title=title, shown=shown, answer=answer,
            freshness=wording.as_of(answer.oldest), refresh_s=REFRESH_S, **{"day": None, "drawn": None, **given},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiveroomPage:
    """All panels, for a desk, or with `?wall=1` for a wall screen."""

    frame: Frame
    panels: Panels

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        order = (PANELS[0].name, MAP, *(panel.name for panel in PANELS[1:]), SOURCES)
        shown = [await self.panels.parts.get(name, language) for name in order]
        is_wall = http.query_params.get("wall") == "1"
        return self.frame.page(http, "liveroom.html", islands=("liveroom",), panels=shown, is_wall=is_wall)


@dataclass(frozen=True, slots=True)
class PanelPart:
    """One panel, with which a page replaces its older one."""

    frame: Frame
    panels: Panels

    async def __call__(self, http: HttpRequest) -> Response:
        name = http.path_params["name"]
        if name not in NAMES:
            return self.frame.page(http, "missing.html", status=404)
        return self.frame.fragment(await self.panels.parts.get(name, language_on(http)))
