"""Licenses while the city lives: businesses apply on working days, and what is granted is issued a week later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from sample.city import WIB, Size
from sample.licenses import source
from sample.licenses.source import (
    APPLICATION_STATUSES,
    DP_DATAPERMOHONANIZIN,
    DP_IZIN,
    DP_STATUSIZIN,
    DP_STATUSPERMOHONAN,
    ApplicationCase,
    ApplicationTruth,
    LicenseCase,
    LicenseTruth,
)
from sample.live.book import Name
from sample.live.deeds import RESIDENTS, Deed, Done, Put
from sample.live.office import Rate, in_office, is_working

SOURCE, _BY = "licenses", "dpmptsp"
_WEEK, _WORKING_DAYS = 7, 5
_STEP = timedelta(days=2)
_A_DAY_LEAST = 1


class Licenses:
    """Who applies, and who decides."""

    def __init__(self, size: Size, seed: int) -> None:
        self._size, self._seed = size, seed
        self._application, self._license = source.applications_total(size), size.licenses
        days = (size.day - source.FIRST_DAY).days
        self._rate = Rate(self._application / days * _WEEK / _WORKING_DAYS)

    def begin(self) -> Iterator[Deed]:
        return iter(())

    def day(self, day: date) -> Iterator[Deed]:
        draw = Random(f"{self._seed}:live licenses:{day}").random
        for _ in range(max(_A_DAY_LEAST, self._rate.on()) if is_working(day) else 0):
            self._application += 1
            at = datetime.combine(day, time(9 + int(draw() * 6), int(draw() * 60)), WIB)
            case = source.application_of(self._application, day, self._license + 1, self._size, draw)
            name = Name("permohonan", self._application)
            yield from self._applying(at, name, case)
            if case.license is not None:
                self._license += 1
                yield _issuing(at + source.GRANTED_AFTER, Name("izin", self._license), case.license)

    def _applying(self, at: datetime, name: Name, case: ApplicationCase) -> Iterator[Deed]:
        """An application, and the steps in which it is decided; the last may be a word that nobody knows."""
        steps = case.history[::-1]
        words = [APPLICATION_STATUSES.get(str(step[2]), "UNKNOWN") for step in steps]
        first = case.truth._replace(status=words[0] if words else "UNKNOWN")
        rows = [Put.row(DP_DATAPERMOHONANIZIN, case.permohonan, name)]
        rows += [Put.row(DP_STATUSPERMOHONAN, step, None, dpi_id=name) for step in steps[:1]]
        yield Deed(at, RESIDENTS, SOURCE, lambda _at: Done(rows, lambda book: book.add(name, first)))
        for place, (step, word) in enumerate(zip(steps[1:], words[1:], strict=True), start=1):
            yield _deciding(in_office(at + place * _STEP), name, step, word)


def _deciding(at: datetime, name: Name, step: tuple[object, ...], word: str) -> Deed:
    def do(now: datetime) -> Done:
        row = Put.row(DP_STATUSPERMOHONAN, step, None, dpi_id=name, tgl=now.date().isoformat())
        return Done([row], lambda book: book.change(name, lambda one: one._replace(status=word)))

    return Deed(at, _BY, SOURCE, do)


def _issuing(at: datetime, name: Name, case: LicenseCase) -> Deed:
    rows = [Put.row(DP_IZIN, case.izin, name)]
    rows += [Put.row(DP_STATUSIZIN, step, None, izin_id=name) for step in case.history[::-1]]
    return Deed(at, _BY, SOURCE, lambda _at: Done(rows, lambda book: book.add(name, case.truth)))


def applications_before(size: Size, seed: int) -> Iterator[ApplicationTruth]:
    """The applications that a city begins with."""
    return (case.truth for case in source.generate(size, seed))


def before(size: Size, seed: int) -> Iterator[LicenseTruth]:
    """The licenses that a city begins with."""
    return (case.license.truth for case in source.generate(size, seed) if case.license is not None)
