"""The position of each row as a viewer is told it, and the predicate that finds rows by that position alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.complaints import Publication
from models.predicates import And, Compare, Operator, Or, Predicate, is_in
from models.values.position_accuracy import MiddleOfVillage, PositionAccuracy, middle_of_square, squares_around
from models.values.types import Box, Position

POSITION = "position"
PUBLICATION = "publication"
VILLAGE = "area_code"

Middles = Mapping[object, Position]
"""The middle of each village by code."""


@dataclass(frozen=True, slots=True)
class PositionsTold:
    """Exact in the rows whose field has the value in `whole`; in all others by their publication.

    Rows of other publications have no position for other viewers, nor have rows without a known village.
    """

    accuracies: tuple[tuple[Publication, PositionAccuracy], ...]
    whole: tuple[str, str] | None

    @property
    def needs_villages(self) -> bool:
        return any(accuracy is PositionAccuracy.VILLAGE for _, accuracy in self.accuracies)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that decide how accurate a position is."""
        needed = {PUBLICATION} if self.whole is None else {PUBLICATION, self.whole[0]}
        return frozenset(needed | {VILLAGE} if self.needs_villages else needed)

    def column(self, columns: Mapping[str, Sequence[object]], middles: Middles) -> list[object]:
        """The positions of some rows as the viewer is told them; None where that cannot be decided."""
        places = columns[POSITION]
        nothing: Sequence[object] = (None,) * len(places)
        publications, villages = columns.get(PUBLICATION, nothing), columns.get(VILLAGE, nothing)
        whole: Sequence[object] = (False,) * len(places)
        if self.whole is not None:
            field, value = self.whole
            whole = [one == value for one in columns.get(field, nothing)]
        accuracies: Mapping[object, PositionAccuracy] = dict(self.accuracies)
        # Not a set, since hashing a member is slow.
        exact = tuple(publication for publication, accuracy in self.accuracies if accuracy is PositionAccuracy.EXACT)
        told = list(places)
        # A fast path for exact positions: exports have hundreds of thousands.
        for row in [row for row, one in enumerate(publications) if one not in exact]:
            if not whole[row]:
                told[row] = _told(places[row], accuracies.get(publications[row]), villages[row], middles)
        return told

    def in_box(self, box: Box, middles: Middles) -> Predicate:
        """A predicate for the rows whose told position may be in a box; the caller checks each.

        It treats rows with the same told position alike, so that their number reveals nothing.
        """
        around: Predicate = Compare(POSITION, Operator.IN_BOX, (squares_around(box),))
        if not self.needs_villages:
            return around
        by_village = [one for one, accuracy in self.accuracies if accuracy is PositionAccuracy.VILLAGE]
        by_place = [one for one, accuracy in self.accuracies if accuracy is not PositionAccuracy.VILLAGE]
        inside = [village for village, middle in middles.items() if box.contains(middle)]
        known: Predicate = is_in(PUBLICATION, *by_place)
        if self.whole is not None:
            known = Or((known, is_in(*self.whole)))
        return Or((And((is_in(PUBLICATION, *by_village), is_in(VILLAGE, *inside))), And((known, around))))


def _told(place: object, accuracy: PositionAccuracy | None, village: object, middles: Middles) -> object:
    if not isinstance(place, Position):
        return None
    if accuracy is PositionAccuracy.ABOUT_100_M:
        return middle_of_square(place)
    middle = middles.get(village) if accuracy is PositionAccuracy.VILLAGE else None
    return MiddleOfVillage(*middle) if middle is not None else None
