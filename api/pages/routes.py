"""The pages by their addresses: one line for each."""

from __future__ import annotations

from starlette.routing import Route

from api.pages.admin_keys import AdminKeysPage
from api.pages.area import AreaPage
from api.pages.asking import Asking
from api.pages.briefing import BriefingPage
from api.pages.developer_keys import FetchPage, KeysPage
from api.pages.developers import DevelopersPage, LimitsPage, QuickStartFile, TypePage
from api.pages.explorer import ExplorerPage
from api.pages.frame import Frame
from api.pages.home import HomePage
from api.pages.liveroom.page import LiveroomPage, PanelPart, Panels
from api.pages.my_data import MyDataFile, MyDataPage
from api.pages.portal import Portal
from api.pages.query import QueryPage
from api.pages.rights_inbox import RightsInboxPage
from api.pages.schema_changes import ChangesPage
from api.pages.signing_in import SignIn
from api.pages.status import StatusFeed, StatusPage
from api.pages.status_report import StatusReports


def page_routes(
    frame: Frame, asking: Asking, panels: Panels, portal: Portal, sign_in: SignIn, reports: StatusReports
) -> list[Route]:
    """What people open in a browser."""
    return [
        Route("/", HomePage(frame).__call__),
        Route("/explorer", ExplorerPage(frame).__call__),
        Route("/explorer/plain", QueryPage(frame, asking).__call__),
        Route("/liveroom", LiveroomPage(frame, panels).__call__),
        Route("/liveroom/panels/{name}", PanelPart(frame, panels).__call__),
        Route("/areas/{code}", AreaPage(frame, asking).__call__),
        Route("/briefing", BriefingPage(frame, asking).__call__),
        Route("/developers", DevelopersPage(portal).__call__),
        Route("/developers/changes", ChangesPage(portal).__call__),
        Route("/developers/data/{name}", TypePage(portal).__call__),
        Route("/developers/keys", KeysPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/keys/fetch", FetchPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/limits", LimitsPage(portal).__call__, methods=["GET", "POST"]),
        Route("/developers/quickstarts/{name}", QuickStartFile().__call__),
        Route("/my-data", MyDataPage(portal).__call__, methods=["GET", "POST"]),
        Route("/my-data/export", MyDataFile(portal).__call__, methods=["POST"]),
        Route("/admin/keys", AdminKeysPage(portal).__call__, methods=["GET", "POST"]),
        Route("/admin/rights", RightsInboxPage(portal).__call__, methods=["GET", "POST"]),
        Route("/sign-in", sign_in.page),
        Route("/sign-in/start", sign_in.start),
        Route("/sign-in/done", sign_in.done),
        Route("/sign-in/persona", sign_in.persona, methods=["POST"]),
        Route("/sign-out", sign_in.out, methods=["POST"]),
        Route("/status", StatusPage(frame, reports).__call__),
        Route("/status.atom", StatusFeed(frame, reports).__call__),
    ]
