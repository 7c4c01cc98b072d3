"""The page on the cloud protocol has every section and row that the code cites."""

from collections.abc import Iterator
from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cloud-protocol.md"
FOLDERS = ("benchmarks", "cli", "custom_components", "demo", "simulator", "tests")

SECTION_OR_ROW = re.compile(r"\b([ABD])[. ](\d+)(?: to (?:\1\.)?(\d+))?")
ROWS_OF_C = re.compile(r"\b(?:part )?C,? rows? (\d+(?:(?:, | and | to )\d+)*)")
CITATION = re.compile(r"\bProtocol (?:[^.;:()]|\.(?=\d))*|" + ROWS_OF_C.pattern)


def cited(text: str) -> Iterator[str]:
    """Yield what a text cites, as `A.1` to `D.27`."""
    for citation in CITATION.finditer(" ".join(re.sub(r"\n\s*#?", " ", text).split())):
        for part, first, last in SECTION_OR_ROW.findall(citation[0]):
            yield from (f"{part}.{number}" for number in range(int(first), int(last or first) + 1))
        for rows in ROWS_OF_C.findall(citation[0]):
            yield from (f"C.{number}" for number in numbers(rows))


def numbers(rows: str) -> Iterator[int]:
    """Yield the numbers of a list such as `24, 35, 37 to 40 and 50`."""
    for part in re.split(r", | and ", rows):
        first, _, last = part.partition(" to ")
        yield from range(int(first), int(last or first) + 1)


def anchors(page: str) -> list[str]:
    """Return the sections and rows of the page."""
    found = re.findall(r"^### ([AB]\.\d+) ", page, flags=re.MULTILINE)
    part = ""
    for line in page.splitlines():
        if heading := re.match(r"## ([A-D])\. ", line):
            part = heading[1]
        elif part in {"C", "D"} and (row := re.match(r"\| (\d+) \|", line)):
            found.append(f"{part}.{row[1]}")
    return found


def test_every_citation_is_in_the_page() -> None:
    known = set(anchors(PAGE.read_text("utf-8")))
    missing = [
        f"{file.relative_to(ROOT)}: {citation}"
        for folder in FOLDERS
        for file in sorted((ROOT / folder).rglob("*.py"))
        if file != Path(__file__)
        for citation in cited(file.read_text("utf-8"))
        if citation not in known
    ]
    assert missing == []


def test_no_number_is_missing_or_there_twice() -> None:
    found = anchors(PAGE.read_text("utf-8"))
    last = {"A": 8, "B": 14, "C": 60, "D": 27}
    assert found == [f"{part}.{number}" for part in last for number in range(1, last[part] + 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It waits (Protocol B.6, D.12). See B.7 for more.", ["B.6", "D.12"]),
        ("# Both (Protocol A.1 to A.3, C row 1)", ["A.1", "A.2", "A.3", "C.1"]),
        ("(Protocol B.8,\n    # C rows 24, 37 to 39 and 50).", ["B.8", "C.24", "C.37", "C.38", "C.39", "C.50"]),
        ("put right (Protocol part C, row 40)", ["C.40"]),
        ("(Protocol B.1, B.9 to B.11)", ["B.1", "B.9", "B.10", "B.11"]),
        ("statuses are guessed: C row 32", ["C.32"]),
        ("class Reader(Protocol): version 1.4", []),
    ],
)
def test_citations_are_recognised(text: str, expected: list[str]) -> None:
    assert list(cited(text)) == expected
