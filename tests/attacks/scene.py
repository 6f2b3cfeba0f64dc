"""The scene of the attacks: the whole small city behind hubs in both profiles, and everybody who attacks them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from models.policy.viewer import Purpose, Role
from store.clients import add_client
from tests.api.hub import environment, whole_city
from tests.api.issuing import own_issuer
from tests.attacks.attack import NIK, NO_HEADERS
from tests.attacks.credentials import ISSUER_OPTIONS, roles_of
from tests.attacks.files import FORMULAS
from tests.attacks.links import vandalise_links
from tests.attacks.stage import Stage, stage
from tests.attacks.wire import SCRIPTS
from tests.graph.cities import TINY
from tests.graph.harness import written
from tests.migrated import migrated
from tests.small_city import small_city

BUDGET_SCALE: Final = "1000"
"""What is to be refused is to be refused for what it is, and not because others have asked before."""


@contextmanager
def scene(folder: Path) -> Iterator[Stage]:
    """A hub in the dev profile that takes the tokens of an issuer, one in prod, and the headers of all roles."""
    city = folder / "city"
    folder.mkdir(parents=True, exist_ok=True)
    small_city(city)
    vandalise(city)
    database = migrated(folder / "hub.db")
    with (
        own_issuer() as issuer,
        whole_city(city, database, folder, HUB_ISSUERS=f"{issuer.url} {ISSUER_OPTIONS}") as whole,
    ):
        prod = environment(city, database, HUB_PROFILE="prod", HUB_BUDGET_SCALE=BUDGET_SCALE)
        with stage({"dev": whole, "prod": prod}) as started:
            hub = started.hubs["dev"].hub

            async def prepared() -> str:
                await hub.viewers.issuers[issuer.url].keys.refresh()
                issuer.asked.clear()
                key = await add_client(
                    hub.database,
                    name="Peta Macet",
                    contact="",
                    scopes=["read:public"],
                    clock=lambda: datetime.now(UTC),
                    expires_at=None,
                )
                return key.key

            key = started.call(prepared)
            started.roles = everybody(started, key) | roles_of(issuer, key)
            started.call(started.settled)
            yield started
            # No token has led the hub to fetch anything but the issuer's keys, which an unknown name may once a minute.
            assert set(issuer.asked) <= issuer.documents.keys()


@contextmanager
def over_engine(engine: str, server: str, folder: Path) -> Iterator[tuple[Stage, str]]:
    """A hub over two departments in databases of one engine, for who has not signed in; and where complaints are."""
    folder.mkdir(parents=True, exist_ok=True)
    with written(engine, server, folder, TINY) as urls:
        environ = environment(folder, migrated(folder / "hub.db"))
        environ |= {f"HUB_SOURCE_{name.upper()}_URL": urls[name] for name in ("areas", "complaints")}
        with stage({"dev": environ}) as started:
            started.roles = {"anonymous": NO_HEADERS}
            started.call(started.settled)
            yield started, urls["complaints"]


def everybody(stage: Stage, key: str) -> dict[str, dict[str, str]]:
    """The headers of each role, as whoever has it would send them."""
    bearer = stage.hubs["dev"].bearer
    stated = {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
    return {
        "anonymous": dict(NO_HEADERS),
        "developer": {"x-api-key": key},
        "citizen": bearer(Role.CITIZEN, nik=NIK),
        "unlinked": bearer(Role.CITIZEN),
        "officer": bearer(Role.OFFICER, "dpupr") | stated,
        "idle officer": bearer(Role.OFFICER, "disdukcapil"),
        "officer elsewhere": bearer(Role.OFFICER, "pdpasar") | {"hub-purpose": Purpose.LEGAL_OBLIGATION.value},
        "analyst": bearer(Role.ANALYST),
        "auditor": bearer(Role.AUDITOR),
        "operator": bearer(Role.OPERATOR),
        "dpo": bearer(Role.DPO),
    }


def vandalise(city: Path) -> None:
    """Write scripts and formulas into news and complaints, as whoever may write there could."""
    with closing(sqlite3.connect(city / "news.db")) as connection:
        for number, script in enumerate(SCRIPTS, start=1):
            connection.execute(
                "UPDATE berita SET isi_berita = ?, judul = ?, status = 'Y' WHERE id_berita = ?",
                (f"<p>Sebelum</p>{script}<p>Sesudah</p>", f"Judul {script}", number),
            )
        for number, formula in enumerate(FORMULAS, start=len(SCRIPTS) + 1):
            connection.execute("UPDATE berita SET judul = ?, status = 'Y' WHERE id_berita = ?", (formula, number))
        connection.commit()
    vandalise_links(city)
    with closing(sqlite3.connect(city / "complaints.db")) as connection:
        for number, script in enumerate(SCRIPTS, start=1):
            connection.execute(
                "UPDATE tbl_pengaduan SET isi_laporan = ?, lokasi = ? WHERE id_pengaduan = ?", (script, script, number)
            )
        connection.commit()
