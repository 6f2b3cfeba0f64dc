"""The routes of all pages, one line each."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from api.pages.areas import AreaPage
from api.pages.briefing import BriefingPage
from api.pages.complaints.desk import DeskPage
from api.pages.complaints.report import ReceiptPage, ReportMap, ReportPage
from api.pages.complaints.story import StoryPage
from api.pages.data.page import CollectionPage, DataPage
from api.pages.deliveries import DeliveriesPage
from api.pages.developers.admin_keys import AdminKeysPage
from api.pages.developers.explorer import ExplorerPage, PlainExplorerPage
from api.pages.developers.keys import FetchPage, KeysPage
from api.pages.developers.page import DevelopersPage, LimitsPage, QuickStartFile, TypePage
from api.pages.developers.schema_changes import ChangesPage
from api.pages.frame import Frame
from api.pages.liveroom.page import LiveroomPage, PanelPart, Panels
from api.pages.my_data import MyDataFile, MyDataPage
from api.pages.portal import Portal
from api.pages.queries import PageQueries
from api.pages.rights_inbox import RightsInboxPage
from api.pages.sign_in.page import SignIn
from api.pages.status import StatusFeed, StatusPage, StatusReports
from resolvers.tending import Tending


@dataclass(frozen=True, slots=True)
class HomePage:
    """`/`: what the hub is, with links to the other pages."""

    frame: Frame

    async def __call__(self, http: HttpRequest) -> Response:
        return self.frame.page(http, "home.html")


def page_routes(
    frame: Frame,
    asking: PageQueries,
    panels: Panels,
    portal: Portal,
    sign_in: SignIn,
    reports: StatusReports,
    tending: Tending,
) -> list[Route]:
    """The routes of the pages."""
    return [
        Route("/", HomePage(frame).__call__),
        Route("/data", DataPage(frame, asking).__call__),
        Route("/data/{name}", CollectionPage(frame, asking).__call__),
        Route("/explorer", ExplorerPage(frame, asking).__call__),
        Route("/explorer/plain", PlainExplorerPage(frame, asking).__call__),
        Route("/liveroom", LiveroomPage(frame, panels).__call__),
        Route("/liveroom/panels/{name}", PanelPart(frame, panels).__call__),
        Route("/areas/{code}", AreaPage(frame, asking).__call__),
        Route("/report", ReportPage(portal).__call__, methods=["GET", "POST"]),
        Route("/report/map.svg", ReportMap(portal).__call__),
        Route("/report/{id}", ReceiptPage(portal).__call__),
        Route("/complaints/{ticket}", StoryPage(portal).__call__, methods=["GET", "POST"]),
        Route("/desk", DeskPage(portal).__call__),
        Route("/briefing", BriefingPage(frame, asking).__call__),
        Route("/developers", DevelopersPage(portal).__call__),
        Route("/developers/changes", ChangesPage(portal).__call__),
        Route("/developers/data/{name}", TypePage(portal).__call__),
        Route("/developers/keys", KeysPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/keys/fetch", FetchPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/limits", LimitsPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/quickstarts/{name}", QuickStartFile(frame.city).__call__),
        Route("/my-data", MyDataPage(portal).__call__, methods=["GET", "POST"]),
        Route("/my-data/export", MyDataFile(portal).__call__, methods=["POST"]),
        Route("/admin/keys", AdminKeysPage(portal).__call__, methods=["GET", "POST"]),
        Route("/admin/deliveries", DeliveriesPage(portal, tending).__call__, methods=["GET", "POST"]),
        Route("/admin/rights", RightsInboxPage(portal).__call__, methods=["GET", "POST"]),
        Route("/sign-in", sign_in.page),
        Route("/sign-in/start", sign_in.start),
        Route("/sign-in/done", sign_in.done),
        Route("/sign-in/persona", sign_in.persona, methods=["POST"]),
        Route("/sign-out", sign_in.out, methods=["POST"]),
        Route("/status", StatusPage(frame, reports).__call__),
        Route("/status.atom", StatusFeed(frame, reports).__call__),
    ]
