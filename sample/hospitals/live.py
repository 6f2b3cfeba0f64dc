"""Beds while the city lives: every ward reports its rooms every few minutes, and rooms come free and are taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sample.city import Size
from sample.hospitals import beds, beds_feed
from sample.hospitals import source as hospitals
from sample.hospitals.beds import KAMAR, Room
from sample.live.book import Book
from sample.live.deeds import Change, Done, Leave
from sample.live.plan import Strike

_MINUTE = timedelta(minutes=1)
# A report is at most so old; what is older than 15 minutes breaks the promise.
_EVERY_LEAST, _EVERY_MORE = 5, 6
# For how many minutes a room stays as it is.
_STAYS_LEAST, _STAYS_MORE = 90, 300
_FEED_EVERY = timedelta(minutes=1)
# What has lost its time has something else there.
_TIMED = "tgl_update LIKE '2%'"


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


class Wards:
    """The rooms of all wards. A report follows from its moment alone: nothing has to be remembered."""

    def __init__(self, size: Size, seed: int) -> None:
        self._seed, self._began = seed, size.clock
        self.rooms = beds.generate(hospitals.with_rooms(), seed, size.clock).rooms
        self._wards: dict[str, list[int]] = {}
        for at, room in enumerate(self.rooms):
            if room.alive:
                self._wards.setdefault(str(room.legacy[1]), []).append(at)
        self._reported = dict.fromkeys(self._wards, size.clock)
        self._fed_at = size.clock
        draw = Random(f"{seed}:live beds").random
        self._every = {ward: _EVERY_LEAST + int(draw() * _EVERY_MORE) for ward in self._wards}
        self._stays = {at: _STAYS_LEAST + int(draw() * _STAYS_MORE) for at in range(len(self.rooms))}

    def report(self, strikes: Sequence[Strike], until: datetime) -> list[tuple[str, Done]]:
        """What wards have reported up to a moment, and the service that tells others of it."""
        times, changes = [], []
        for ward, rooms in self._wards.items():
            at = self._last(ward, strikes, until)
            if at <= self._reported[ward]:
                continue
            self._reported[ward] = at
            times.append(Change(KAMAR, {"tgl_update": _written(at)}, ward, "kd_bangsal", _TIMED))
            for number in rooms:
                before, self.rooms[number] = self.rooms[number], self._room(number, at)
                code, _, _, status, *_ = self.rooms[number].legacy
                if status != before.legacy[3]:
                    changes.append(Change(KAMAR, {"status": status}, str(code)))
        if not times:
            return []
        found = [("hospitals", Done([*times, *changes]))]
        if until - self._fed_at >= _FEED_EVERY:
            self._fed_at = until
            rooms_now, seed = tuple(self.rooms), self._seed

            def write(_book: Book, file: Path) -> None:
                file.write_bytes(beds_feed.file(seed, rooms_now))

            found.append(("beds", Done([Leave("beds", beds_feed.FILE, write)])))
        return found

    def _last(self, ward: str, strikes: Sequence[Strike], until: datetime) -> datetime:
        """When a ward reported last."""
        every = self._every[ward] * _MINUTE
        for strike in strikes:
            if strike.holds_up(strike.department, until):
                until = strike.since
        return self._began + (until - self._began) // every * every

    def _room(self, number: int, at: datetime) -> Room:
        """A room at a moment; one whose reports lost their time does not find it again."""
        room = self.rooms[number]
        stay = int((at - self._began) / _MINUTE + number) // self._stays[number]
        status = beds.status_die(Random(f"{self._seed}:{number}:{stay}").random())
        code, ward, care_class, _, alive, stored_at = room.legacy
        if room.reported_at is not None:
            stored_at = _written(at)
        return room._replace(
            legacy=(code, ward, care_class, status, alive, stored_at),
            is_free=status.upper() == "KOSONG",
            reported_at=at if room.reported_at is not None else None,
        )

    def truth(self) -> list[beds.BedTruth]:
        return beds.truth(self.rooms)

    def reported(self) -> list[beds_feed.ReportedBeds]:
        """What the service says."""
        return beds_feed.truth(self._seed, self.rooms)
