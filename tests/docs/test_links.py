"""The pages link to files and headings that exist."""

from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]*))?\)")
OWN_PAGE = re.compile(r"https://github\.com/carson-home-assistant/carson(/blob/[\w/.#-]+|#[\w-]+)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the names of the headings of a page, as GitHub makes them."""
    titles = HEADING.findall(re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def problems(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere, each with its line."""
    found: list[str] = []
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        for target, anchor in LINK.findall(line):
            if "://" in target:
                continue
            path = page.parent / target if target else page
            is_missing = not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path))
            if is_missing:
                found.append(f"{page.name}:{number}: {target}{'#' if anchor else ''}{anchor}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert problems(page) == []


def test_the_product_links_to_pages_that_exist() -> None:
    """On the forms of blueprints, the dashboard, and the command line."""
    folders = ("custom_components", "blueprints", "cli")
    suffixes = {".py", ".js", ".json", ".yaml"}
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes):
        found.update(OWN_PAGE.findall(path.read_text("utf-8")))
    assert len(found) >= 3
    dead = [
        address
        for address in found
        for path, _, anchor in [address.removeprefix("/blob/main/").partition("#")]
        if not (ROOT / path).is_file() or (anchor and anchor not in anchors(ROOT / path))
    ]
    assert dead == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n\n[good](#a-title) [bad](none.md)\n[worse](#another) [far](https://example.com)\n", "utf-8"
    )
    assert problems(page) == ["page.md:3: none.md", "page.md:4: #another"]
