"""The pictures in the documentation: each is shown and described, and loads quickly."""

from pathlib import Path
import re

from demo.documentation_pictures import FOLDER, MAXIMUM_SIZE, PICTURES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
MAXIMUM_TOTAL = 2_000_000
"""Bytes of all pictures."""

_MARKDOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_HTML = re.compile(r"<img [^>]*>")


def shown_pictures() -> dict[Path, str]:
    """Return the pictures on the pages, with the texts that describe them."""
    found: dict[Path, str] = {}
    for page in PAGES:
        text = page.read_text("utf-8")
        for alt, target in _MARKDOWN.findall(text):
            found[(page.parent / target).resolve()] = alt
        for element in _HTML.findall(text):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', element))
            found[(page.parent / attributes["src"]).resolve()] = attributes.get("alt", "")
    return found


def test_pictures_exist_and_are_described() -> None:
    shown = shown_pictures()
    assert len(shown) > len(PICTURES)
    assert [picture for picture, alt in shown.items() if not picture.is_file() or len(alt) < 20] == []


def test_all_pictures_are_shown() -> None:
    pictures = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert set(pictures) - set(shown_pictures()) == set()
    assert {path.stem for path in FOLDER.glob("*.webp")} == set(PICTURES)


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert [name for name, size in sizes.items() if size > MAXIMUM_SIZE] == []
    assert sum(sizes.values()) <= MAXIMUM_TOTAL
