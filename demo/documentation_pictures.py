"""The pictures in the documentation, made of screenshots: which they are, and how large."""

from pathlib import Path
import shutil

from PIL import Image

from .home_assistant import REPOSITORY

FOLDER = REPOSITORY / "docs" / "images"

MAXIMUM_SIZE = 150_000
"""Bytes of a picture."""

MAXIMUM_LANGUAGE_SIZE = 60_000
"""Bytes of a picture that shows another language: there are several on a page."""

LANGUAGES = ("de", "fr", "es")
"""The languages, other than English, in which the pages of the integration are shown."""

PICTURES = {
    "dashboard": "dashboard/02-wide-light",
    "dashboard-dark": "dashboard/04-wide-dark",
    "dashboard-phone": "dashboard/05-phone-dark",
    "sign-in": "en/pages/password-dialog-wide-light",
    "options": "en/pages/options-dialog-wide-light",
    "door": "en/pages/door-wide-light",
    "camera": "en/pages/camera-wide-light",
    "recordings": "en/pages/hours-wide-light",
    "calendar": "en/pages/calendar-wide-light",
    "refused-event": "en/pages/refused-event-dialog-wide-light",
    "repair": "en/pages/repair-dialog-wide-light",
}
"""The name of each picture in the documentation, and the screenshot."""

LANGUAGE_PICTURES = {
    f"languages/{language}-{name}": f"{language}/pages/{screenshot}"
    for language in LANGUAGES
    for name, screenshot in {"door": "door-wide-light", "options": "options-dialog-wide-light"}.items()
}
"""The same for the pictures that show other languages."""

_QUALITIES = range(85, 40, -5)


def save_documentation_pictures(screenshots: Path) -> None:
    """Renew the pictures in the documentation."""
    (FOLDER / "languages").mkdir(exist_ok=True)
    for pictures, maximum in ((PICTURES, MAXIMUM_SIZE), (LANGUAGE_PICTURES, MAXIMUM_LANGUAGE_SIZE)):
        for name, screenshot in pictures.items():
            _save(screenshots / f"{screenshot}.png", FOLDER / f"{name}.webp", maximum)
    shutil.copytree(screenshots / "blueprints", FOLDER / "blueprints", dirs_exist_ok=True)


def _save(screenshot: Path, picture: Path, maximum: int) -> None:
    with Image.open(screenshot) as image:
        for quality in _QUALITIES:
            image.convert("RGB").save(picture, quality=quality, method=6)
            if picture.stat().st_size <= maximum:
                return
    raise SystemExit(f"{picture.name} does not fit into {maximum} bytes.")
