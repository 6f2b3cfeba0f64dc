"""What the pages of collections are called, and which columns of each they show. The files have all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.pages.frame import gettext_noop

_N = gettext_noop


@dataclass(frozen=True, slots=True)
class Preview:
    """A collection on its page: its title, the columns shown, and the order unless another one is chosen."""

    title: str
    columns: tuple[str, ...]
    sort: str = ""


PREVIEWS: Final[Mapping[str, Preview]] = {
    "complaints": Preview(
        _N("Complaints"),
        ("ticketNumber", "category.name", "statusDetailLabel", "requestedAt", "dueAt", "department.abbreviation",
         "area.name", "channelLabel"),
        "-requestedAt",
    ),
    "complaintCategories": Preview(_N("Kinds of complaints"), ("code", "name", "group"), "code"),
    "incidents": Preview(
        _N("Emergency reports"),
        ("number", "dispositionLabel", "kindLabel", "reportedAt", "area.name", "department.abbreviation", "injured",
         "deaths"),
        "-reportedAt",
    ),
    "alerts": Preview(
        _N("Alerts"),
        ("headline", "event", "severityLabel", "urgencyLabel", "sent", "expires", "areaDescription", "senderName"),
        "-sent",
    ),
    "hospitals": Preview(
        _N("Hospitals and clinics"),
        ("code", "name", "kindLabel", "hospitalClassLabel", "owner", "phone", "address", "area.name"),
        "name",
    ),
    "beds": Preview(_N("Beds"), ("hospital.name", "careClassLabel", "available", "capacity"), "-available"),
    "licenses": Preview(
        _N("Licences"),
        ("number", "type.name", "businessName", "statusLabel", "issuedAt", "validUntil", "area.name"),
        "-issuedAt",
    ),
    "licenseTypes": Preview(
        _N("Kinds of licences"), ("code", "name", "fee.amount", "promisedTime.amount", "promisedTime.unitLabel"), "name"
    ),
    "jobPostings": Preview(
        _N("Jobs"),
        ("title", "hiringOrganization", "industry", "employmentTypeLabel", "baseSalary.min.amount",
         "baseSalary.max.amount", "datePosted", "validThrough", "statusLabel", "area.name"),
        "-datePosted",
    ),
    "schools": Preview(
        _N("Schools"), ("npsn", "name", "levelLabel", "ownershipLabel", "quota", "address", "area.name"), "name"
    ),
    "events": Preview(
        _N("Events"), ("name", "categoryLabel", "startDate", "endDate", "location", "organizer", "statusLabel",
                       "area.name"), "-startDate",
    ),
    "newsArticles": Preview(_N("News"), ("headline", "articleSection", "datePublished", "views"), "-datePublished"),
    "marketPrices": Preview(
        _N("Market prices"), ("day", "marketName", "commodityName", "price.amount", "unitLabel"), "-day"
    ),
    "commodities": Preview(_N("Commodities"), ("name", "unitLabel", "latestDay"), "name"),
    "markets": Preview(_N("Markets"), ("name", "area.name", "latestDay"), "name"),
    "services": Preview(
        _N("Public services"),
        ("name", "topic", "department.abbreviation", "cost.amount", "processingTime.amount",
         "processingTime.unitLabel", "channelLabels"),
        "name",
    ),
    "areas": Preview(_N("Areas"), ("code", "name", "levelName", "parent.name", "bpsCode", "postalCode"), "code"),
}  # fmt: skip
"""The collections that everybody may read, in the order in which they are listed."""

HEADINGS: Final[Mapping[str, str]] = {
    "address": _N("Address"),
    "allDay": _N("All day"),
    "area": _N("Area"),
    "area.name": _N("Area"),
    "areaDescription": _N("For where"),
    "articleSection": _N("Section"),
    "arrivedAt": _N("On the spot"),
    "available": _N("Free"),
    "baseSalary.max.amount": _N("Salary up to"),
    "baseSalary.min.amount": _N("Salary from"),
    "bpsCode": _N("BPS code"),
    "businessName": _N("Business"),
    "capacity": _N("Beds"),
    "careClass": _N("Class of care"),
    "category": _N("Kind"),
    "category.name": _N("Kind"),
    "certainty": _N("Certainty"),
    "channel": _N("Channel"),
    "channelLabels": _N("Channel"),
    "closedAt": _N("Closed"),
    "code": _N("Code"),
    "commodity": _N("Commodity"),
    "commodityName": _N("Commodity"),
    "cost.amount": _N("Cost"),
    "dateModified": _N("Last change"),
    "datePosted": _N("Posted"),
    "datePublished": _N("Published"),
    "day": _N("Day"),
    "deaths": _N("Deaths"),
    "department": _N("Department"),
    "department.abbreviation": _N("Department"),
    "dispatchedAt": _N("Dispatched"),
    "disposition": _N("What became of it"),
    "dueAt": _N("Due"),
    "education": _N("Education"),
    "effective": _N("In force from"),
    "employmentType": _N("Kind of work"),
    "endDate": _N("End"),
    "event": _N("Event"),
    "expires": _N("Until"),
    "fee.amount": _N("Fee"),
    "group": _N("Group"),
    "headline": _N("Headline"),
    "hiringOrganization": _N("Employer"),
    "hospital.name": _N("Hospital"),
    "hospitalClass": _N("Class"),
    "hospital": _N("Hospital"),
    "hourOfDay": _N("Hour of the day"),
    "identifier": _N("Identifier"),
    "industry": _N("Line of business"),
    "injured": _N("Injured"),
    "isHeadline": _N("On the front page"),
    "isOverdue": _N("Overdue"),
    "issuedAt": _N("Issued"),
    "kind": _N("Kind"),
    "language": _N("Language"),
    "latestDay": _N("Latest day"),
    "level": _N("Level"),
    "levelName": _N("Level"),
    "location": _N("Where"),
    "marketName": _N("Market"),
    "market": _N("Market"),
    "messageType": _N("Kind of message"),
    "name": _N("Name"),
    "npsn": _N("NPSN"),
    "number": _N("Number"),
    "onset": _N("Begins"),
    "organizer": _N("Organizer"),
    "owner": _N("Owner"),
    "ownership": _N("Ownership"),
    "parent": _N("Lies in"),
    "parent.name": _N("Lies in"),
    "phone": _N("Telephone"),
    "postalCode": _N("Postal code"),
    "price.amount": _N("Price"),
    "processingTime.amount": _N("Takes"),
    "processingTime.unitLabel": _N("Unit of time"),
    "promisedTime.amount": _N("Takes"),
    "promisedTime.unitLabel": _N("Unit of time"),
    "publication": _N("Publication"),
    "quota": _N("Places"),
    "reportedAt": _N("Reported"),
    "requestedAt": _N("Reported"),
    "scope": _N("Scope"),
    "sender": _N("Sender"),
    "senderName": _N("Sender"),
    "sent": _N("Sent"),
    "severity": _N("Severity"),
    "startDate": _N("When"),
    "status": _N("Status"),
    "statusDetail": _N("Handling"),
    "ticketNumber": _N("Ticket"),
    "title": _N("Job"),
    "topic": _N("Topic"),
    "type": _N("Kind"),
    "type.name": _N("Kind"),
    "unit": _N("Unit"),
    "urgency": _N("Urgency"),
    "validThrough": _N("Apply until"),
    "validUntil": _N("Valid until"),
    "views": _N("Readers"),
    "weekday": _N("Weekday"),
}
"""The head of a column or the label of a filter, by its dotted name; one of a label is that of its code."""


def heading_of(name: str) -> str:
    """The message that heads a column. A field of a city's own schema would be called as it is."""
    return HEADINGS.get(name) or HEADINGS.get(name.removesuffix("Label")) or name
