"""Source: one legacy system of a department as a city package states it, with the load that its owner allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from connectors.mapping import Mapping
from models.city import City


@dataclass(frozen=True, slots=True)
class LoadContract:
    """What the hub may ask of a source, for the whole hub: agreed with the owner of the database."""

    connections_max: int = 4
    statement_ms_max: int = 700

    def __post_init__(self) -> None:
        if self.connections_max < 1 or self.statement_ms_max < 1:
            raise ValueError("a load contract allows at least one connection and one millisecond")


@dataclass(frozen=True, slots=True)
class Source:
    """One legacy system. Its URL comes from the settings, `HUB_SOURCE_<NAME>_URL`."""

    name: str
    department: str
    title: str
    load: LoadContract = field(default_factory=LoadContract)


@dataclass(frozen=True, slots=True)
class Subject:
    """What one mapping file of a city brings: a source, and the mappings of the records that lie in it."""

    source: Source
    mappings: tuple[Mapping, ...]


@dataclass(frozen=True, slots=True)
class CityPackage:
    """What a city package offers: the city, its sources, and the mappings of its records. One mapping per record."""

    city: City
    sources: tuple[Source, ...]
    mappings: tuple[Mapping, ...]

    @classmethod
    def of(cls, city: City, *subjects: Subject) -> Self:
        """A city's registry: one line per subject. Several subjects may lie in one source."""
        sources = dict.fromkeys(subject.source for subject in subjects)
        return cls(city, tuple(sources), tuple(mapping for subject in subjects for mapping in subject.mappings))

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
        for mapping in self.mappings:
            if mapping.source not in names:
                raise ValueError(f"The mapping of {mapping.record.name} names {mapping.source!r}, which is no source.")

    def source(self, name: str) -> Source:
        return next(source for source in self.sources if source.name == name)
