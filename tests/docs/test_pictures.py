"""The pictures in the documentation: each is shown and described, and loads quickly."""

from pathlib import Path
import re

from demo.documentation_pictures import (
    FOLDER,
    LANGUAGE_PICTURES,
    MAXIMUM_LANGUAGE_SIZE,
    MAXIMUM_SIZE,
    PICTURES,
)

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
MAXIMUM_TOTAL = 2_000_000
"""Bytes of all pictures."""

_MARKDOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_HTML = re.compile(r"<img [^>]*>")
_PICTURE = re.compile(r"<picture>(.*?)</picture>", re.DOTALL)
_SOURCE = re.compile(r'<source [^>]*srcset="([^"]*)"')


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
        for content in _PICTURE.findall(text):
            # Another form of the same picture, such as in dark colors, has the same text.
            [shown] = (dict(re.findall(r'(\w+)="([^"]*)"', element)) for element in _HTML.findall(content))
            found |= {(page.parent / source).resolve(): shown.get("alt", "") for source in _SOURCE.findall(content)}
    return found


def test_pictures_exist_and_are_described() -> None:
    shown = shown_pictures()
    assert len(shown) > len(PICTURES)
    assert [picture for picture, alt in shown.items() if not picture.is_file() or len(alt) < 20] == []


def test_all_pictures_are_shown() -> None:
    pictures = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert set(pictures) - set(shown_pictures()) == set()
    made = {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.webp")}
    assert made == {*PICTURES, *LANGUAGE_PICTURES}


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    assert [name for name, size in sizes.items() if size > MAXIMUM_SIZE] == []
    assert sum(sizes.values()) <= MAXIMUM_TOTAL
    in_languages = [FOLDER / f"{name}.webp" for name in LANGUAGE_PICTURES]
    assert [path.name for path in in_languages if path.stat().st_size > MAXIMUM_LANGUAGE_SIZE] == []
