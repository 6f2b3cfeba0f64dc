"""`/report`: a resident reports a problem in three steps. Without scripts, each step is a form of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.complaints.telling import FormOutcome, new_key, tell
from api.pages.frame import SECURITY_HEADERS, gettext_noop, language_on
from api.pages.portal import FormRefused, Portal
from api.pages.queries import PageAnswer, read
from api.pages.wording import Wording, moment_of
from models.city import City
from models.complaints import Publication
from models.policy.viewer import Role, Viewer
from models.values.localized import Language
from models.values.types import Position

_N = gettext_noop

CHOICES: Final = """query Choices {
  complaintCategories(first: 100, orderBy: [{name: ASC}]) { nodes { code name } }
  areas(first: 100, filter: {parent: {level: {eq: CITY}}}, orderBy: [{name: ASC}]) {
    nodes { code name children(first: 100, orderBy: [{name: ASC}]) { nodes { code name } } }
  }
}"""

PLACES: Final = """query Places {
  areas(first: 100, filter: {parent: {level: {eq: CITY}}}) {
    nodes { name position { latitude longitude } children(first: 100) { nodes { position { latitude longitude } } } }
  }
}"""

SIMILAR: Final = """query Similar($category: String!, $position: PositionInput!, $description: String!) {
  similarComplaints(categoryCode: $category, position: $position, description: $description) {
    distanceMeters complaint { ticketNumber requestedAt stageLabel supporters description area { name } }
  }
}"""

RECEIPT: Final = """query ReportReceipt($id: ID!) {
  receipt(id: $id) { id reference state stateLabel reasonLabel acceptedAt deliveredAt }
}"""

STEPS: Final = ("what", "where", "check")
MAP_PIXELS: Final = 320
"""The width of the map, which is drawn and clicked at this size."""
_FIELDS: Final = ("category", "description", "area", "latitude", "longitude", "address", "publication")
_STEP_OF: Final = {"categoryCode": "what", "description": "what"}
"""The step on which an input is mended; all others are of the place, or of the last step."""
_PLACE: Final = ("areaCode", "position", "address")


_MEANT: Final = {
    Publication.PUBLIC: _N("everybody may read it"),
    Publication.ANONYMOUS: _N("everybody may read it, and nobody learns who reported it"),
    Publication.CONFIDENTIAL: _N("only the department that handles it may read it"),
}


@dataclass(slots=True)
class Draft:
    """What was filled in so far. The form carries it from step to step; nothing is kept before it is sent."""

    key: str
    step: str = STEPS[0]
    values: dict[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def position(self) -> dict[str, float] | None:
        """The position in degrees; None where none, or none that is a number, was given."""
        try:
            return {name: float(self.values[name].replace(",", ".")) for name in ("latitude", "longitude")}
        except (KeyError, ValueError):
            return None

    @property
    def input(self) -> dict[str, Any]:
        """The input of the action."""
        given = {
            "categoryCode": self.values.get("category", ""),
            "description": self.values.get("description", ""),
            "areaCode": self.values.get("area") or None,
            "position": self.position,
            "address": self.values.get("address") or None,
            "publication": self.values.get("publication") or None,
        }
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The three steps of a report."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        resident = self.portal.viewer_on(http, Role.CITIZEN)
        if http.method != "POST":
            return await self._shown(http, resident, Draft(new_key()))
        try:
            given = await self.portal.own_form(http)
            if resident is None:
                raise FormRefused(403)
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        draft = _draft_of(given, self.portal.frame.city)
        if given.get("go") != "send":
            return await self._shown(http, resident, draft)
        told = await tell(self.portal, http, resident, "reportComplaint", draft.input, draft.key)
        if told.receipt is not None:
            return RedirectResponse(f"/report/{told.receipt}", 303)
        return await self._shown(http, resident, _mended(draft, told))

    async def _shown(self, http: HttpRequest, resident: Viewer | None, draft: Draft) -> Response:
        language, city = language_on(http), self.portal.frame.city
        wording = Wording(language, city, self.portal.asking.now)
        choices = read(await self.portal.asking.ask_for_all(CHOICES, language))
        return self.portal.frame.page(
            http,
            "report.html",
            resident=resident,
            draft=draft,
            step_number=STEPS.index(draft.step) + 1,
            steps=len(STEPS),
            categories=choices.rows("complaintCategories"),
            areas=choices.rows("areas"),
            unavailable=choices.problems,
            publications=_publications(wording),
            similar=await self._similar(http, resident, draft),
            map_pixels=(MAP_PIXELS, _map_height(city)),
            say_time=lambda text: wording.time(moment_of(text)),
        )

    async def _similar(self, http: HttpRequest, resident: Viewer | None, draft: Draft) -> list[Mapping[str, Any]]:
        """What may be reported already; nothing if nobody can tell."""
        if resident is None or draft.step != STEPS[-1] or draft.position is None:
            return []
        variables = {
            "category": draft.values.get("category", ""),
            "position": draft.position,
            "description": draft.values.get("description", ""),
        }
        answer = await self.portal.asking.ask(http, SIMILAR, language_on(http), variables, resident, is_own=True)
        found = (answer.get("data") or {}).get("similarComplaints") or []
        return [one for one in found if one["complaint"] is not None]


def _publications(wording: Wording) -> list[tuple[str, str, str]]:
    """Each choice with its label, and what it means."""
    known = [one for one in Publication if one is not Publication.UNKNOWN]
    return [(one.value, one.label_in(wording.language), wording.gettext(_MEANT[one])) for one in known]


def _draft_of(given: Mapping[str, str], city: City) -> Draft:
    values = {name: given[name] for name in _FIELDS if given.get(name)}
    clicked = _clicked(given, city)
    go = given.get("go", "")
    draft = Draft(given.get("key", ""), "where" if clicked else go if go in STEPS else STEPS[-1], values | clicked)
    if draft.step != STEPS[0] and not (values.get("category") and values.get("description")):
        draft.step = STEPS[0]
    return draft


def _clicked(given: Mapping[str, str], city: City) -> dict[str, str]:
    """The position of a click on the map, which browsers send in pixels."""
    try:
        x, y = int(given["map.x"]), int(given["map.y"])
    except (KeyError, ValueError):
        return {}
    box, height = city.box, _map_height(city)
    longitude = box.west + (box.east - box.west) * x / MAP_PIXELS
    latitude = box.north - (box.north - box.south) * y / height
    return {"latitude": f"{latitude:.5f}", "longitude": f"{longitude:.5f}"}


def _mended(draft: Draft, told: FormOutcome) -> Draft:
    """The draft at the step on which the first problem is mended."""
    draft.problems = told.problems
    for name in told.problems:
        draft.step = _STEP_OF.get(name, "where" if name in _PLACE else draft.step)
        break
    return draft


def _map_height(city: City) -> int:
    box = city.box
    return round(MAP_PIXELS * (box.north - box.south) / (box.east - box.west))


@dataclass(frozen=True, slots=True)
class ReportMap:
    """`/report/map.svg`: the areas of the city, on which a place is clicked."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        city = self.portal.frame.city
        answer = read(await self.portal.asking.ask_for_all(PLACES, Language.EN))
        picture = self.portal.frame.part(
            language_on(http),
            "report_map.svg",
            places=_drawn(answer, city),
            at=_marked(http.query_params.get("at", ""), city),
            width=MAP_PIXELS,
            height=_map_height(city),
        )
        headers = {**SECURITY_HEADERS, "cache-control": "private, max-age=3600"}
        return Response(str(picture), media_type="image/svg+xml", headers=headers)


def _marked(text: str, city: City) -> tuple[float, float] | None:
    """Where on the map a position is that was chosen before."""
    latitude, _, longitude = text.partition(",")
    try:
        position = Position(float(latitude), float(longitude))
    except ValueError:
        return None
    return _pixels(position, city) if city.box.contains(position) else None


def _pixels(at: Position, city: City) -> tuple[float, float]:
    box = city.box
    x = (at.longitude - box.west) / (box.east - box.west) * MAP_PIXELS
    y = (box.north - at.latitude) / (box.north - box.south) * _map_height(city)
    return round(x, 1), round(y, 1)


def _drawn(answer: PageAnswer, city: City) -> list[dict[str, Any]]:
    """The middles of areas on the map, those with a name first."""
    named = [(area["position"], area["name"]) for area in answer.rows("areas")]
    small = [
        (child["position"], None)
        for area in answer.rows("areas")
        for child in (area["children"] or {}).get("nodes", ())
    ]
    drawn = [(_pixels(Position(at["latitude"], at["longitude"]), city), name) for at, name in (*named, *small) if at]
    return [{"x": x, "y": y, "name": name} for (x, y), name in drawn]


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """`/report/<receipt>`: the acknowledgement of a report, to keep or to print."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        resident, language = self.portal.viewer_on(http, Role.CITIZEN), language_on(http)
        wording = Wording(language, self.portal.frame.city, self.portal.asking.now)
        answer = {}
        if resident is not None:
            variables = {"id": http.path_params["id"]}
            answer = await self.portal.asking.ask(http, RECEIPT, language, variables, resident, is_own=True)
        receipt = (answer.get("data") or {}).get("receipt")
        if resident is not None and receipt is None:
            return self.portal.frame.page(http, "missing.html", status=404)
        return self.portal.frame.page(
            http,
            "report_receipt.html",
            resident=resident,
            receipt=receipt,
            say_time=lambda text: wording.time(moment_of(text)),
        )
