"""The version of the installed package or of the checkout."""

from importlib import metadata
import json
from pathlib import Path

import aiocarson


def version() -> str:
    """Return the version: of the integration's manifest in the checkout, else of the installed package."""
    manifest = Path(aiocarson.__file__).resolve().parent.parent / "manifest.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text("utf-8"))["version"])
    return metadata.version("aiocarson")  # pragma: no cover  # covered by the test that installs the wheel
