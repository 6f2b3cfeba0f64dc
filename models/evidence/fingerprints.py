"""Fingerprints of pictures: two hashes of 64 bits that stay nearly the same when a picture is saved anew or cut a bit.

How they are worked out of pixels: connectors/photos/hashing.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HASH_BITS: Final = 64
BAND_BITS: Final = 8
BANDS: Final = HASH_BITS // BAND_BITS
ALIKE_BITS_MAX: Final = 20
"""In how many of their 128 bits the fingerprints of one picture may differ."""
SAME_BITS_MAX: Final = 6
"""In how many they may differ before two pictures of one place count as two pictures."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """The difference hash and the DCT hash of a picture, each 64 bits, not negative."""

    difference: int
    dct: int


def distance(one: Fingerprints, other: Fingerprints) -> int:
    """In how many of their 128 bits two fingerprints differ."""
    return (one.difference ^ other.difference).bit_count() + (one.dct ^ other.dct).bit_count()


def alike(one: Fingerprints, other: Fingerprints) -> bool:
    """Whether they are of one picture, perhaps saved anew, made smaller, cut or brightened."""
    return distance(one, other) <= ALIKE_BITS_MAX


def bands_of(fingerprints: Fingerprints) -> tuple[int, ...]:
    """The parts of both hashes by which alike pictures are found, each with its place: 16 numbers, of 12 bits."""
    hashes = (fingerprints.difference, fingerprints.dct)
    return tuple(
        (BANDS * which + band) << BAND_BITS | (value >> (BAND_BITS * band)) & ((1 << BAND_BITS) - 1)
        for which, value in enumerate(hashes)
        for band in range(BANDS)
    )
