"""Source: one legacy system of a department as a city package states it, with the load that its owner allows."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from connectors.kinds import Kind
from connectors.load import LoadContract
from connectors.mapping import Mapping
from models.city import City
from models.data_terms import DataTerms, SourceForm


@dataclass(frozen=True, slots=True)
class Source:
    """One legacy system. Its URL comes from the settings, `HUB_SOURCE_<NAME>_URL`.

    `kind` says how it is read when it is no database; a database's URL says which one it is. `terms` are what the graph
    tells of it. `kept_every` is how often the hub renews a copy of its public records, which answers when it is down.
    """

    name: str
    department: str
    title: str
    load: LoadContract = field(default_factory=LoadContract)
    kind: Kind | None = None
    terms: DataTerms | None = None
    kept_every: timedelta | None = None

    @property
    def form(self) -> SourceForm:
        return SourceForm.DATABASE if self.kind is None else self.kind.form


@dataclass(frozen=True, slots=True)
class Subject:
    """What one mapping file of a city brings: a source, and the mappings of the records that lie in it.

    `fallbacks` map records whose mapping lies in another source: they are asked when that one gives no answer.
    """

    source: Source
    mappings: tuple[Mapping, ...]
    fallbacks: tuple[Mapping, ...] = ()


class NotShared(Exception):
    """A source bears fewer connections than there are processes; the sentence says which one."""


@dataclass(frozen=True, slots=True)
class CityPackage:
    """What a city package offers: the city, its sources, and the mappings of its records.

    One mapping per record. `fallbacks` map some of them once more, in another source each; sources are never merged.
    """

    city: City
    sources: tuple[Source, ...]
    mappings: tuple[Mapping, ...]
    fallbacks: tuple[Mapping, ...] = ()

    @classmethod
    def of(cls, city: City, *subjects: Subject) -> Self:
        """A city's registry: one line per subject. Several subjects may lie in one source."""
        sources = dict.fromkeys(subject.source for subject in subjects)
        mappings = tuple(mapping for subject in subjects for mapping in subject.mappings)
        return cls(city, tuple(sources), mappings, tuple(one for subject in subjects for one in subject.fallbacks))

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

    def shared_by(self, processes: int, names: Container[str]) -> Self:
        """The same city for one of so many processes: its share of the load that the sources of these names bear.

        Raises NotShared.
        """
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

    def source(self, name: str) -> Source:
        return next(source for source in self.sources if source.name == name)
