"""XML as a tree: what documents say comes out, and what they could do to the hub does not happen."""

from __future__ import annotations

import time

import pytest

from connectors.feeds.xml_tree import DEPTH_MAX, tree
from connectors.http.access import AnswerTooLarge, UnusableAnswer

BOMB = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)) + '<!ENTITY a0 "lol">'


def test_names_attributes_and_texts() -> None:
    root = tree(b'<a:x xmlns:a="urn:1" k="v" a:l="w"> one <y>two</y> rest <y><![CDATA[<3>]]> &amp;&#233;</y><z/></a:x>')
    assert (root.namespace, root.name, root.attributes, root.text) == ("urn:1", "x", {"k": "v", "l": "w"}, " one ")
    assert [child.text for child in root.all("y")] == ["two", "<3> &é"]
    assert (root.said("y"), root.said("z"), root.said("w")) == ("two", None, None)
    assert [element.name for element in root.below()] == ["x", "y", "y", "z"]


@pytest.mark.parametrize(
    "body",
    [
        "<x>café</x>".encode(),
        "<x>café</x>".encode("utf-16"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><x>café</x>'.encode("latin-1"),
        '<?xml version="1.0" encoding="windows-1252"?><x>café</x>'.encode("cp1252"),
        '<?xml version="1.0" encoding="UTF-8"?><x>café</x>'.encode("cp1252"),
        "<x>café</x>".encode("cp1252"),
    ],
)
def test_an_encoding_may_be_stated_or_wrong(body: bytes) -> None:
    assert tree(body).text == "café"


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE x [{BOMB}]><x>&a9;</x>",
        f'<!DOCTYPE x [<!ENTITY a "{"y" * 50_000}">]><x>{"&a;" * 10_000}</x>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "http://169.254.169.254/x.dtd"><x/>',
        "<!DOCTYPE x><x/>",
        "",
        "plain",
        "<x>",
        "<x><y></x>",
        "<x/><y/>",
        "<x>&nbsp;</x>",
        "<x a=1/>",
        '<?xml version="1.0" encoding="no-such-thing"?><x/>',
        '<?xml version="1.0" encoding="UTF-7"?><x>+AOk-</x>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_no_plain_whole_xml_is_refused_soon(body: str, encoding: str) -> None:
    started = time.perf_counter()
    with pytest.raises(UnusableAnswer):
        tree(body.encode(encoding))
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 100_000])
def test_depth_is_bounded(depth: int) -> None:
    assert tree(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX).name == "a"
    with pytest.raises(AnswerTooLarge):
        tree(b"<a>" * depth + b"</a>" * depth)


def test_a_long_text_takes_its_time_and_not_the_square_of_it() -> None:
    started = time.perf_counter()
    assert len(tree(b"<x>" + b"a&lt;" * 1_000_000 + b"</x>").text) == 2_000_000
    assert time.perf_counter() - started < 3.0
