"""The alerts of the sample city in words: what BPBD warned of, in Indonesian and now and then in English too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SENDER = "peringatan@bpbd.contoh.go.id"
SENDER_NAME = "BPBD Kota Tangerang (contoh)"


@dataclass(frozen=True)
class Words:
    """The texts of one language; an element that is not there is None."""

    language: str | None
    event: str
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None


@dataclass(frozen=True)
class Message:
    """One CAP message as it is sent: texts as they stand in it. `replaces` is the number of an earlier message."""

    number: int
    sent: str
    words: tuple[Words, ...]
    area: str
    geocodes: tuple[tuple[str, str], ...] = ()
    polygon: str | None = None
    categories: tuple[str, ...] = ("Met",)
    urgency: str = "Expected"
    severity: str = "Moderate"
    certainty: str = "Likely"
    status: str = "Actual"
    kind: str = "Alert"
    scope: str = "Public"
    times: Mapping[str, str] = field(default_factory=dict)
    web: str | None = None
    replaces: int | None = None
    encoding: str = "UTF-8"
    around: tuple[tuple[str, ...], str] | None = None
    """The true areas, and the smallest around them, of a message that is not one of those below."""

    @property
    def identifier(self) -> str:
        return f"urn:contoh:bpbd-tangerang:{self.sent[:4]}-{self.number:04}"


def _areas(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple(("KEMENDAGRI", code) for code in codes)


MESSAGES = (
    Message(
        1, "2026-11-18T15:00:00+07:00",
        (
            Words("id", "Banjir", "Waspada banjir di Periuk", "Tinggi air Kali Ledug naik.", "Amankan dokumen."),
            Words("en-US", "Flood", "Flood watch for Periuk", "The Ledug is rising.", "Keep your papers safe."),
        ),
        "Kecamatan Periuk", _areas("36.71.08"),
    ),
    Message(
        2, "2026-11-18T20:30:00+07:00",
        (
            Words("en-US", "Flood", "Flood warning for Periuk", "The Ledug has left its banks.", "Leave at once."),
            Words(
                "id", "Banjir", "Awas banjir di Periuk", "Kali Ledug meluap, tinggi air 80 cm.",
                "Segera mengungsi ke titik kumpul kecamatan.",
            ),
        ),
        "Kelurahan Periuk dan Gembor", _areas("36.71.08.1001", "36.71.08.1002"),
        polygon="-6.165,106.595 -6.155,106.595 -6.155,106.605 -6.165,106.605 -6.165,106.595",
        urgency="Immediate", severity="Severe", certainty="Observed", kind="Update", replaces=1,
        times={
            "effective": "2026-11-18T20:30:00+07:00",
            "onset": "2026-11-18T19:00:00+07:00",
            "expires": "2026-11-20T20:30:00+07:00",
        },
        web="https://bpbd.contoh.go.id/peringatan/2026-0002",
    ),
    Message(
        3, "2026-11-19T09:15:00+07:00",
        (Words("id", "Cuaca ekstrem", "Hujan lebat & angin kencang", "Hujan > 20 mm per jam.", "Jauhi pohon besar."),),
        "Seluruh Kota Tangerang", _areas("36.71"), certainty="Possible", urgency="Future",
        times={"effective": "2026-11-19T09:15:00+07:00", "expires": "2026-11-19T21:00:00+07:00"},
    ),
    Message(
        4, "2026-11-19T13:42:10+07:00",
        (Words("id", "Kebakaran pabrik", "Asap tebal di Jatiuwung", "Pabrik cat terbakar.", "Tutup jendela."),),
        "Kecamatan Jatiuwung dan Cibodas", _areas("36.71.02", "36.71.09"), categories=("Fire", "Health"),
        urgency="Immediate", severity="Extreme", certainty="Observed",
        times={"onset": "2026-11-19T13:05:00+07:00", "expires": "2026-11-20T01:00:00+07:00"},
    ),
    Message(
        5, "2026-10-02T08:00:00+07:00",
        (Words("id", "Gelombang panas", "Suhu 38 °C", "Suhu ±38 °C di siang hari, tanpa hujan.", "Minum air."),),
        "Kota Tangerang", _areas("3671"), severity="Minor", encoding="ISO-8859-1",
        times={"effective": "2026-10-02T08:00:00+07:00", "expires": "2026-10-05T18:00:00+07:00"},
    ),
    Message(
        6, "2026-09-14T06:00:00+07:00",
        (Words("id-ID", "Kualitas udara", "Udara tidak sehat", "PM2.5 di atas baku mutu.", "Pakai masker."),),
        "Batuceper dan Benda", (*_areas("36.71.03", "36.71.04"), ("BPS", "3671010")), categories=("Env",),
        times={"expires": "2026-09-14T18:00:00+07:00"},
    ),
    Message(
        7, "2026-11-12T08:00:00+07:00",
        (Words("id", "Tsunami", "LATIHAN: tsunami", "Ini hanya latihan.", "Ikuti petugas latihan."),),
        "Kecamatan Benda", _areas("36.71.04"), categories=("Geo",), severity="Extreme", status="Exercise",
    ),
    Message(
        8, "2026-11-01T00:00:00+07:00",
        (Words("id", "Uji sirene", "UJI COBA sirene", "Abaikan pesan ini."),),
        "Kota Tangerang", _areas("36.71"), categories=("Other",), severity="Unknown", urgency="Unknown",
        certainty="Unknown", status="Test",
    ),
    Message(
        9, "2026-11-19T14:00:00+07:00",
        (Words("id", "Bahan berbahaya", "Khusus petugas: kebocoran amonia", "Pakai alat pelindung."),),
        "Kecamatan Jatiuwung", _areas("36.71.02"), categories=("CBRNE",), severity="Severe", scope="Restricted",
    ),
    Message(
        10, "2026-08-03T04:12:31-00:00",
        (Words("id", "Gempa bumi", "Gempa M 4,8", "Terasa di Kota Tangerang, tidak berpotensi tsunami."),),
        "Kota Tangerang", _areas("36.71"), categories=("Geo",), urgency="Past", severity="Unknown",
        certainty="Observed", times={"onset": "2026-08-03T04:05:00-00:00", "expires": "2026-08-04T04:12:31-00:00"},
    ),
    Message(
        11, "2026-07-21T10:00:00+07:00",
        (Words("id", "Demam berdarah", "Kasus DBD naik", "Kasus naik di tiga kecamatan.", "Kuras bak mandi."),),
        "Cipondoh, Pinang, Karang Tengah", _areas("36.71.05", "36.71.11", "36.71.12"), categories=("Health",),
        urgency="Future",
        times={"effective": "2026-07-21T03:00:00Z", "onset": "besok pagi", "expires": "2026-08-21T03:00:00Z"},
    ),
    Message(
        12, "2026-06-30T22:00:00+07:00",
        (Words("id", "Pemadaman listrik", "Listrik padam", "Gardu induk terbakar.", "Hemat baterai ponsel."),),
        "Larangan dan sekitarnya", _areas("36.71.13", "32.73.01"), categories=("Infra",), severity="Berat",
        times={"expires": "2026-07-01T06:00:00+07:00"},
    ),
    Message(13, "2026-06-01T12:00:00+07:00", (Words(None, "Kebakaran lahan"),), "Neglasari", categories=("Fire",)),
)  # fmt: skip
"""Everything that was ever sent, in the order of its numbers: dirt included, as the last four have it."""
