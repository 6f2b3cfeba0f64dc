"""Emergencies while the city lives: calls to 112, the teams that they bring out, and alerts that begin and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sample import areas
from sample.city import SPAN_DAYS, Size, midnight
from sample.emergencies import alerts, source
from sample.emergencies.alert_texts import MESSAGES, Message, Words
from sample.emergencies.alerts import AlertTruth
from sample.emergencies.source import PELAPORAN, PENINJAUAN, IncidentTruth
from sample.live.book import Book, Name
from sample.live.deeds import RESIDENTS, Change, Deed, Done, Leave, Put
from sample.live.office import Rate

SOURCE = "emergencies"
_MINUTE = timedelta(minutes=1)
_LEFT_OPEN = timedelta(hours=1)
_LASTS_LEAST, _LASTS_MORE = 20, 240
# The feed keeps what the city began with, and so many messages since.
_NEW_MAX = 40


class Calls:
    """Calls to 112. Who answers them does not go on strike."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed, self._number = size, seed, size.calls
        self._rate = Rate(size.calls / SPAN_DAYS)

    def begin(self) -> Iterator[Deed]:
        for case in source.generate(self._size, self._seed):
            reported_at, clock = case.truth.reported_at, self._size.clock
            is_open = case.is_emergency and case.pelaporan[3] == 0
            if is_open and reported_at is not None and reported_at > clock - timedelta(days=1):
                yield self._closing(clock + _LEFT_OPEN, Name("call", int(case.truth.id)))

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live calls:{day}").random
        for place, minute in enumerate(sorted(int(draw() * 24 * 60) for _ in range(self._rate.on()))):
            self._number += 1
            at = midnight(day) + minute * _MINUTE
            # No day passes without an emergency, however small the city.
            case = source.call_of(self._number, at, self._size, draw, "EMERGENCY" if place == 0 else None)
            name = Name("call", self._number)
            if not case.is_emergency:
                yield self._calling(at, name, case)
                continue
            ends = at + (_LASTS_LEAST + int(draw() * _LASTS_MORE)) * _MINUTE
            yield self._calling(at, name, case)
            if case.peninjauan:
                yield self._arriving(min(at + 35 * _MINUTE, ends), name, case)
            yield self._closing(ends, name)

    def _calling(self, at: datetime, name: Name, case: source.IncidentCase) -> Deed:
        truth = case.truth
        if case.is_emergency:
            truth = truth._replace(dispatched_at=None, arrived_at=None, deaths=None, injured=None)
        row = Put.row(PELAPORAN, case.pelaporan, name)
        return Deed(at, RESIDENTS, SOURCE, lambda _at: Done(
            [row], lambda book: book.add(name, truth) if case.alive else None
        ))  # fmt: skip

    def _arriving(self, at: datetime, name: Name, case: source.IncidentCase) -> Deed:
        """What the teams report when they are back."""
        rows = [Put.row(PENINJAUAN, row, None, id_pelaporan=name) for row in case.peninjauan]
        known = {field: getattr(case.truth, field) for field in ("dispatched_at", "arrived_at", "deaths", "injured")}
        return Deed(at, RESIDENTS, SOURCE, lambda _at: Done(
            rows, lambda book: book.change(name, lambda one: one._replace(**known))
        ))  # fmt: skip

    def _closing(self, at: datetime, name: Name) -> Deed:
        change = Change(PELAPORAN, {"waktu_selesai": int(at.timestamp())}, name)
        return Deed(at, RESIDENTS, SOURCE, lambda _at: Done(
            [change], lambda book: book.change(name, lambda one: one._replace(closed_at=at))
        ))  # fmt: skip


def before(size: Size, seed: int) -> Iterator[IncidentTruth]:
    """What a city begins with."""
    return (case.truth for case in source.generate(size, seed) if case.alive)


# --- Alerts -----------------------------------------------------------------------------------------------------------

_SENT_HOUR_FIRST, _SENT_HOURS = 6, 12
_IN_FORCE_LEAST, _IN_FORCE_MORE = 8, 30
_KINDS = (
    (("Met",), "Severe", "Cuaca ekstrem", "Hujan lebat di {}", "Hujan lebat disertai petir.", "Jauhi pohon besar."),
    (("Met",), "Moderate", "Banjir", "Waspada banjir di {}", "Tinggi air sungai naik.", "Amankan dokumen."),
    (("Fire",), "Severe", "Kebakaran", "Kebakaran gudang di {}", "Asap tebal terlihat dari jauh.", "Tutup jendela."),
    (("Env",), "Minor", "Kualitas udara", "Udara tidak sehat di {}", "PM2.5 di atas baku mutu.", "Pakai masker."),
    (("Infra",), "Moderate", "Pemadaman listrik", "Listrik padam di {}", "Gardu sedang diperbaiki.", "Hemat baterai."),
)  # fmt: skip


class Alerts:
    """What BPBD warns of. The feed keeps what has ended, as feeds do."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed = size, seed
        self._sent: list[Message] = []

    def begin(self) -> Iterator[Deed]:
        return iter(())

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live alerts:{day}").random
        minutes = int(draw() * _SENT_HOURS * 60)
        at = midnight(day) + timedelta(hours=_SENT_HOUR_FIRST) + minutes * _MINUTE
        ends = at + timedelta(hours=_IN_FORCE_LEAST + int(draw() * _IN_FORCE_MORE))
        categories, severity, event, headline, description, instruction = _KINDS[int(draw() * len(_KINDS))]
        districts = [area for area in areas.truth() if area.level == "DISTRICT"]
        district = districts[int(draw() * len(districts))]
        number = len(MESSAGES) + 1 + (day - self._size.day).days

        def do(now: datetime) -> Done:
            message = Message(
                number, now.isoformat(timespec="seconds"),
                (Words("id", event, headline.format(district.name), description, instruction),),
                f"Kecamatan {district.name}", (("KEMENDAGRI", district.code),), categories=categories,
                severity=severity, times={"expires": ends.isoformat(timespec="seconds")},
                around=((district.code,), district.code),
            )  # fmt: skip
            self._sent = [*self._sent, message][-_NEW_MAX:]
            files = alerts.files([*alerts.messages(self._size.day), *self._sent])
            names = (alerts.file_of(message), alerts.FEED)
            return Done(
                [Leave("alerts", name, _writing(files[name])) for name in names], lambda book: _told(book, message)
            )

        yield Deed(at, "bpbd", "alerts", do)


def _writing(content: bytes) -> Callable[[Book, Path], None]:
    def write(_book: Book, file: Path) -> None:
        file.write_bytes(content)

    return write


def _told(book: Book, message: Message) -> None:
    book.told.setdefault("alerts", []).append(message)


def alerts_now(book: Book, size: Size) -> list[AlertTruth]:
    """The true alerts that no later one replaces, by number."""
    return alerts.truth([*alerts.messages(size.day), *book.told.get("alerts", [])[-_NEW_MAX:]])
