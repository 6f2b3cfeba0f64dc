"""Source: one legacy system of a department as a city package declares it, with its load contract."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from connectors.kinds import SourceKind
from connectors.load import LoadContract
from connectors.mapping import Mapping, MappingError
from connectors.writing.writings import Writing
from models.city import City
from models.sources.data_terms import DataTerms, SourceForm


@dataclass(frozen=True, slots=True)
class Source:
    """One legacy system. Its URL comes from the settings, `HUB_SOURCE_<NAME>_URL`.

    `kind` says how it is read if it is not a database. `terms` are shown in the graph. `kept_every` is how often the
    hub renews its copy of the public records, which answers while the source is down. `folder` is where files lie that
    come with the package, unless the settings say otherwise. `marker` is the table that its owner grants for markers of
    what the hub has written.
    """

    name: str
    department: str
    title: str
    load: LoadContract = field(default_factory=LoadContract)
    kind: SourceKind | None = None
    terms: DataTerms | None = None
    kept_every: timedelta | None = None
    folder: Path | None = None
    marker: str | None = None

    @property
    def form(self) -> SourceForm:
        return SourceForm.DATABASE if self.kind is None else self.kind.form


@dataclass(frozen=True, slots=True)
class Subject:
    """What one mapping file declares: a source, and the mappings of its records.

    `fallbacks` map records whose main mapping lies in another source; they are used when that one does not answer.
    `writings` say how records of the source are written.
    """

    source: Source
    mappings: tuple[Mapping, ...]
    fallbacks: tuple[Mapping, ...] = ()
    writings: tuple[Writing, ...] = ()


class NotShared(Exception):
    """A source allows fewer connections than there are processes; the message names it."""


@dataclass(frozen=True, slots=True)
class CityPackage:
    """A city, its sources, and one mapping per record.

    `fallbacks` map some records again, each in another source. Rows of several sources are never merged. `writings` are
    those of the records that the hub may also write.
    """

    city: City
    sources: tuple[Source, ...]
    mappings: tuple[Mapping, ...]
    fallbacks: tuple[Mapping, ...] = ()
    writings: tuple[Writing, ...] = ()

    @classmethod
    def of(cls, city: City, *subjects: Subject) -> Self:
        """A city's registry: one line per subject. Subjects may share a source."""
        sources = dict.fromkeys(subject.source for subject in subjects)
        mappings = tuple(mapping for subject in subjects for mapping in subject.mappings)
        fallbacks = tuple(mapping for subject in subjects for mapping in subject.fallbacks)
        writings = tuple(writing for subject in subjects for writing in subject.writings)
        return cls(city, tuple(sources), mappings, fallbacks, writings)

    def __post_init__(self) -> None:
        departments = {department.code for department in self.city.departments}
        names = [source.name for source in self.sources]
        for source in self.sources:
            if source.department not in departments:
                raise ValueError(f"The source {source.name} belongs to {source.department!r}, which is no department.")
        if len(set(names)) != len(names):
            raise ValueError("Two sources have one name.")
        records = [mapping.record.name for mapping in self.mappings]
        if len(set(records)) != len(records):
            raise ValueError("A record is mapped twice; one record has one mapping per city.")
        for mapping in (*self.mappings, *self.fallbacks):
            if mapping.source not in names:
                raise ValueError(f"The mapping of {mapping.record.name} names {mapping.source!r}, which is no source.")
        places = [(mapping.record.name, mapping.source) for mapping in (*self.mappings, *self.fallbacks)]
        if len(set(places)) != len(places):
            raise ValueError("A fallback lies in a source in which its record is mapped already.")
        for fallback in self.fallbacks:
            if fallback.record.name not in records:
                raise ValueError(f"{fallback.record.name} has a fallback and no mapping.")
        self._check_writings()

    def _check_writings(self) -> None:
        for writing in self.writings:
            if writing.mapping not in self.mappings:
                raise MappingError(f"{writing.record} is written otherwise than it is read: give its own mapping.")
        written = [writing.record for writing in self.writings]
        if len(set(written)) != len(written):
            raise MappingError("A record is written in two ways; one record has one writing per city.")

    def shared_by(self, processes: int, names: Container[str]) -> Self:
        """The same city for one of so many processes: with its share of these sources' load. Raises NotShared."""
        return replace(self, sources=tuple(self._share(one, processes, names) for one in self.sources))

    def _share(self, source: Source, processes: int, names: Container[str]) -> Source:
        if processes == 1 or source.name not in names:
            return source
        try:
            return replace(source, load=source.load.of_each(processes))
        except ValueError:
            most = source.load.connections_max
            raise NotShared(
                f"{processes} processes cannot share the {most} connections that the source {source.name} bears. "
                f"Set HUB_WORKERS to {most} or less, or agree on more with its owner."
            ) from None

    def mappings_of(self, source: str) -> tuple[Mapping, ...]:
        """All mappings that read a source, fallbacks last."""
        return tuple(mapping for mapping in (*self.mappings, *self.fallbacks) if mapping.source == source)

    def writing(self, record: str) -> Writing | None:
        """How a record is written; None if the hub does not write it."""
        return next((writing for writing in self.writings if writing.record == record), None)

    def source(self, name: str) -> Source:
        return next(source for source in self.sources if source.name == name)
