"""The pictures in the documentation, made of screenshots: which they are, and how large."""

from pathlib import Path
import shutil

from PIL import Image

from .home_assistant import REPOSITORY

FOLDER = REPOSITORY / "docs" / "images"

MAXIMUM_SIZE = 150_000
"""Bytes of a picture."""

PICTURES = {
    "dashboard": "dashboard/02-wide-light",
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

_QUALITIES = range(85, 40, -5)


def save_documentation_pictures(screenshots: Path) -> None:
    """Renew the pictures in the documentation."""
    for name, screenshot in PICTURES.items():
        _save(screenshots / f"{screenshot}.png", FOLDER / f"{name}.webp")
    shutil.copytree(screenshots / "blueprints", FOLDER / "blueprints", dirs_exist_ok=True)


def _save(screenshot: Path, picture: Path) -> None:
    with Image.open(screenshot) as image:
        for quality in _QUALITIES:
            image.convert("RGB").save(picture, quality=quality, method=6)
            if picture.stat().st_size <= MAXIMUM_SIZE:
                return
    raise SystemExit(f"{picture.name} does not fit into {MAXIMUM_SIZE} bytes.")
