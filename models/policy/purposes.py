"""Purposes: what each lets an officer read, its legal ground, and who may state it.

UU 27/2022, article 20 paragraph 2, names the legal grounds of processing personal data; article 16 paragraph 2 letter b
limits processing to the stated purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.policy.viewer import Purpose, Role
from models.values.localized import Localized


@dataclass(frozen=True, slots=True)
class Ground:
    """The legal ground of a purpose, who may state it, and the records that it opens; None: every record.

    `unlocks`: a reporter may be unlocked for it.
    """

    law: str
    about: Localized
    opens: frozenset[str] | None
    roles: frozenset[Role] = frozenset({Role.OFFICER})
    unlocks: bool = False


SERVED: Final[frozenset[str]] = frozenset(
    {
        "admission_applications",
        "citizens",
        "job_applications",
        "license_applications",
        "licenses",
    }
)
"""Records of people who use the city's services, and of those who work in them."""

GROUNDS: Final[Mapping[Purpose, Ground]] = {
    Purpose.COMPLAINT_HANDLING: Ground(
        "UU 27/2022, art. 20 (2) e",
        Localized(
            "Menangani laporan warga: tugas pelayanan publik.", "To handle what residents report: a public duty."
        ),
        frozenset({"complaints", "complaint_handlings", "complaint_status_changes"}),
        unlocks=True,
    ),
    Purpose.EMERGENCY_RESPONSE: Ground(
        "UU 27/2022, art. 20 (2) d",
        Localized(
            "Menolong orang dalam keadaan darurat: kepentingan vital subjek data.",
            "To help people in an emergency: their vital interest.",
        ),
        frozenset({"incidents"}),
    ),
    Purpose.SERVICE_DELIVERY: Ground(
        "UU 27/2022, art. 20 (2) e",
        Localized(
            "Memberikan layanan yang dimohon: tugas pelayanan publik.",
            "To give the service that somebody applied for: a public duty.",
        ),
        SERVED,
    ),
    Purpose.LEGAL_OBLIGATION: Ground(
        "UU 27/2022, art. 20 (2) c",
        Localized(
            "Memenuhi kewajiban hukum, seperti permintaan pengadilan.",
            "To meet an obligation by law, such as an order of a court.",
        ),
        opens=None,
        roles=frozenset({Role.OFFICER, Role.DPO}),
        unlocks=True,
    ),
    Purpose.OUTREACH: Ground(
        "UU 27/2022, art. 20 (2) a",
        Localized(
            "Mengabarkan layanan dan program kepada warga: hanya dengan persetujuannya.",
            "To tell residents of services and programmes: only with their consent.",
        ),
        frozenset({"citizens", "licenses", "license_applications"}),
    ),
}
"""Every purpose with its ground."""


def may_state(role: Role, purpose: Purpose) -> bool:
    """Whether a role may state this purpose."""
    return role in GROUNDS[purpose].roles


def opens(purpose: Purpose, record: str) -> bool:
    """Whether a purpose is about records of this name."""
    opened = GROUNDS[purpose].opens
    return opened is None or record in opened
