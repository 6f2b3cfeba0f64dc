"""Public alerts of BPBD (CAP 1.2): one row per alert in force, with the column names of the standard."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_around, area_codes, code_list, codes, offset_datetime, prose, text, url
from connectors.decoders.codes import Codes
from connectors.departments.city import TANGERANG
from connectors.feeds import Alerts, Feed
from connectors.mapping import Mapping, column
from connectors.replica.replica import Bounds
from connectors.sources import Source, Subject
from models.emergencies import (
    Alert,
    AlertCategories,
    AlertCategory,
    AlertCertainty,
    AlertMessageType,
    AlertScope,
    AlertSeverity,
    AlertStatus,
    AlertUrgency,
)
from models.sources.data_terms import DataTerms, UpdateRhythm
from models.values.vocabulary import Vocabulary

SOURCE = Source(
    name="alerts",
    department="bpbd",
    title="Peringatan dini",
    kind=Feed(Alerts(), bounds=Bounds(rows_max=5_000, refresh_every=timedelta(minutes=1), may_be_empty=True)),
    terms=DataTerms(
        "BPBD Kota Tangerang",
        "Pusat Pengendalian Operasi BPBD",
        "Terbuka dengan menyebut sumber (Perpres 39/2019)",
        UpdateRhythm.IRREGULAR,
    ),
)

_alerts = sa.table(
    "alerts",
    *(
        sa.column(name, sa.Text)
        for name in (
            "identifier",
            "sender",
            "sent",
            "status",
            "msg_type",
            "scope",
            "category",
            "event",
            "urgency",
            "severity",
            "certainty",
            "effective",
            "onset",
            "expires",
            "language",
            "sender_name",
            "headline",
            "description",
            "instruction",
            "web",
            "area_desc",
            "polygon",
            "geocode",
        )
    ),
)

AREA_GEOCODE = "KEMENDAGRI"
"""The name of the geocodes whose values are official area codes."""


def _words(vocabulary: type[Vocabulary], *words: str) -> Codes:
    """The codes of the standard: each in capitals is a member of the vocabulary."""
    return codes({word: vocabulary[word.upper()] for word in words})


_CATEGORIES = {
    "Geo": AlertCategory.GEO,
    "Met": AlertCategory.MET,
    "Safety": AlertCategory.SAFETY,
    "Security": AlertCategory.SECURITY,
    "Rescue": AlertCategory.RESCUE,
    "Fire": AlertCategory.FIRE,
    "Health": AlertCategory.HEALTH,
    "Env": AlertCategory.ENV,
    "Transport": AlertCategory.TRANSPORT,
    "Infra": AlertCategory.INFRA,
    "CBRNE": AlertCategory.CBRNE,
    "Other": AlertCategory.OTHER,
}

_moment = offset_datetime(TANGERANG.time_zone)

ALERTS = Mapping(
    record=Alert,
    source=SOURCE.name,
    selectable=_alerts,
    columns={
        "id": column("identifier", decoder=text()),
        "identifier": column("identifier", decoder=text()),
        "sender": column("sender", decoder=text(), publishes="the address of an office"),
        "sender_name": column("sender_name", decoder=text()),
        "sent": column("sent", decoder=_moment),
        "status": column("status", decoder=_words(AlertStatus, "Actual", "Exercise", "System", "Test", "Draft")),
        "message_type": column(
            "msg_type", decoder=_words(AlertMessageType, "Alert", "Update", "Cancel", "Ack", "Error")
        ),
        "scope": column("scope", decoder=_words(AlertScope, "Public", "Restricted", "Private")),
        "categories": column("category", decoder=code_list(AlertCategories, ";", _CATEGORIES)),
        "event": column("event", decoder=text()),
        "urgency": column(
            "urgency", decoder=_words(AlertUrgency, "Immediate", "Expected", "Future", "Past", "Unknown")
        ),
        "severity": column(
            "severity", decoder=_words(AlertSeverity, "Extreme", "Severe", "Moderate", "Minor", "Unknown")
        ),
        "certainty": column(
            "certainty", decoder=_words(AlertCertainty, "Observed", "Likely", "Possible", "Unlikely", "Unknown")
        ),
        "effective": column("effective", decoder=_moment),
        "onset": column("onset", decoder=_moment),
        "expires": column("expires", decoder=_moment),
        "language": column("language", decoder=text()),
        "headline": column("headline", decoder=prose()),
        "description": column("description", decoder=prose()),
        "instruction": column("instruction", decoder=prose()),
        "web": column("web", decoder=url()),
        "area_description": column("area_desc", decoder=prose()),
        "area_codes": column("geocode", decoder=area_codes(AREA_GEOCODE, TANGERANG.area_code_shapes)),
        "area_code": column("geocode", decoder=area_around(AREA_GEOCODE, TANGERANG.area_code_shapes)),
    },
    fresh_for=timedelta(minutes=10),
    stale_for=timedelta(days=1),
)

SUBJECT = Subject(SOURCE, (ALERTS,))
