"""Lists in one column: texts and codes, each once in the order of the source; and points in one text."""

from __future__ import annotations

import pytest

from connectors.decoders import code_list, position_pair, text_list
from connectors.departments.city import TANGERANG
from models.services import ServiceChannel, ServiceChannels
from models.sources.findings import FindingKind
from models.values.types import DurationUnit, Position, TextList

CHANNELS = {
    "Aplikasi": ServiceChannel.APP, "Tangerang LIVE": ServiceChannel.APP, "Loket": ServiceChannel.COUNTER,
}  # fmt: skip


def test_texts_are_cut_and_trimmed() -> None:
    decoded = text_list(";").decode(["KTP-el; Kartu Keluarga", "KTP-el;;Pas foto ; ", "KTP-el", None, "", "-", " ; "])
    assert decoded.values == [
        ("KTP-el", "Kartu Keluarga"), ("KTP-el", "Pas foto"), ("KTP-el",), None, None, None, None,
    ]  # fmt: skip
    assert type(decoded.values[0]) is TextList
    assert decoded.flaws == {FindingKind.UNDECODABLE: 1}


def test_codes_are_each_once_and_a_strange_one_is_unknown() -> None:
    decoder = code_list(ServiceChannels, ",", CHANNELS)
    decoded = decoder.decode(["Loket, Aplikasi", "Aplikasi,Tangerang LIVE", "loket, Aplikasi,Papan", None, "-", ","])
    app, counter, unknown = ServiceChannel.APP, ServiceChannel.COUNTER, ServiceChannel.UNKNOWN
    assert decoded.values == [(counter, app), (app,), (unknown, app), None, None, None]
    assert type(decoded.values[0]) is ServiceChannels
    assert decoded.flaws == {FindingKind.UNKNOWN_CODE: 1}


def test_codes_are_of_one_vocabulary() -> None:
    with pytest.raises(TypeError, match="one vocabulary"):
        code_list(ServiceChannels, ",", {"Loket": ServiceChannel.COUNTER, "hari": DurationUnit.DAY})


def test_lists_are_only_read() -> None:
    for decoder in (text_list(";"), code_list(ServiceChannels, ",", CHANNELS), position_pair(TANGERANG.box)):
        assert decoder.operators == frozenset()


def test_a_point_in_one_text() -> None:
    texts = [
        "-6.18;106.63",
        "106.63;-6.18",
        "0;0",
        "0.0;0.0",
        "-7.25;112.75",
        "-6.18",
        "-6.18,106.63",
        "",
        "-",
        None,
        5,
    ]
    decoded = position_pair(TANGERANG.box).decode(texts)
    point = Position(-6.18, 106.63)
    assert decoded.values == [point, point, *[None] * 9]
    # 0;0 is nothing; a text without two numbers in the city is a flaw, and so is what is no text.
    assert decoded.flaws == {FindingKind.UNDECODABLE: 4, FindingKind.SWAPPED_COORDINATES: 1}
    assert position_pair(TANGERANG.box, ",").decode(["-6.18,106.63"]).values == [point]
