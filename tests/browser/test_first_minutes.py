"""The first minutes of a developer: what the READMEs and /developers tell, done word for word, ends in a chart."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Visit
from tests.browser.test_portal import arrive, asked_with, tab_to

ADDRESS = "http://127.0.0.1:8000"
COUNTS = (
    "{ areas(first: 13, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}])"
    " { nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } } }"
)


def told_by(readme: str) -> str:
    """The commands of the README that make a chart, as they are printed."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    (commands,) = (block for block in blocks if "SIMPUL_KEY" in block)
    return commands


@pytest.mark.parametrize(("language", "readme"), [("en", "README.md"), ("id", "README.id.md")])
def test_a_chart_with_a_key_of_ones_own(
    visit: Visit, base_url: str, tmp_path: Path, language: str, readme: str
) -> None:
    with visit(language, 1280) as screen:
        page = screen.page
        screen.open("/")
        tab_to(page, "main a[href='/developers']")
        page.keyboard.press("Enter")
        arrive(page, "/developers")
        tab_to(page, "#name")
        page.keyboard.type("Grafik pengaduan")
        page.keyboard.press("Enter")
        arrive(page, "/developers/keys")
        key = page.locator("#key").inner_text()
        assert page.locator("#export").inner_text() == f"export SIMPUL_KEY={key}"
        assert screen.complaints == []
    commands = told_by(readme).replace(ADDRESS, base_url).replace("simpul_...", key)
    shell = subprocess.run(
        ["sh", "-ec", commands], cwd=tmp_path, env={"PATH": os.defpath}, capture_output=True, text=True, check=True
    )
    districts = asked_with(base_url, key, COUNTS)["data"]["areas"]["nodes"]  # type: ignore[index]  # as it was asked
    counts = {one["name"]: one["complaints"]["totalCount"] for one in districts}
    assert f"13 areas, {sum(counts.values())} open complaints" in shell.stdout
    drawn = (tmp_path / "complaints.svg").read_text(encoding="utf-8")
    assert re.findall(r'text-anchor="end">([^<]+)</text>', drawn) == list(counts)
    assert [int(number) for number in re.findall(r'<text x="\d+" y="\d+">(\d+)</text>', drawn)] == [*counts.values()]
