"""The kind `feeds`: news (RSS, Atom, JSON Feed), calendars (iCalendar) and alerts (CAP), read through a replica."""

from __future__ import annotations

from connectors.feeds.alerts import Alerts
from connectors.feeds.calendars import Calendar
from connectors.feeds.kind import Feed
from connectors.feeds.news import News

__all__ = ["Alerts", "Calendar", "Feed", "News"]
