"""The records whose groups are in the graph, one line each, with the description of their root field."""

from __future__ import annotations

from collections.abc import Mapping

from models import admissions, areas, complaints, emergencies, events, hospitals, jobs, licenses, news, prices, services
from models.records import Record
from schema.aggregates.complaint_figures import COMPLAINT_EXTRAS
from schema.aggregates.group_extras import Extras

GROUPED: tuple[tuple[type[Record], str], ...] = (
    (admissions.School, "Schools by groups, with the places that they have."),
    (areas.Area, "Areas by groups."),
    (complaints.Complaint, "Complaints by groups: how many, where, of which kind, handled by whom, and when."),
    (complaints.ComplaintCategory, "The kinds of problems by groups."),
    (emergencies.Alert, "Alerts by groups."),
    (emergencies.Incident, "Reports to the emergency number by groups."),
    (events.Event, "Events by groups."),
    (hospitals.BedAvailability, "Beds by groups: how many there are, and how many are free."),
    (hospitals.Hospital, "Hospitals by groups."),
    (hospitals.PractitionerSchedule, "Hours of doctors by groups."),
    (jobs.JobPosting, "Postings for jobs by groups."),
    (licenses.License, "Licenses by groups."),
    (news.NewsArticle, "Articles by groups."),
    (prices.Commodity, "Commodities by groups."),
    (prices.Market, "Markets by groups."),
    (prices.MarketPrice, "Prices by groups."),
    (services.PublicService, "Services by groups."),
)

EXTRAS: Mapping[type[Record], Extras] = {complaints.Complaint: COMPLAINT_EXTRAS}
"""The extra figures of the groups of each record."""

TIMED = tuple(dict.fromkeys(time.record for extras in EXTRAS.values() for time in extras.times))
"""The records that are only read for times, and are not in the graph themselves."""


def extras_of(record: type[Record]) -> Extras:
    return EXTRAS.get(record, Extras())
