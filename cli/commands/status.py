"""`status`."""

from dataclasses import dataclass
from importlib.metadata import version as package_version
import platform
import time
from typing import Any

import aiocarson
from aiocarson.defaults import API_VERSION

from ..context import Context
from ..exit_codes import exit_code_for, sentence
from ..output import format_time
from ..version import version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """Whether a cloud answers.

    Attributes:
        milliseconds: How long it took; None without an answer.
        error: Why there is none.
        cameras: How many cameras Eagle Eye lists.
    """

    milliseconds: int | None = None
    error: str | None = None
    cameras: int | None = None

    def as_text(self) -> str:
        """Return the answer as it is printed in text."""
        if self.error is not None:
            return self.error
        cameras = "" if self.cameras is None else f", {self.cameras} cameras"
        return f"answers in {self.milliseconds} ms{cameras}"


async def status(context: Context) -> None:
    """Show how this computer signs in, and whether both clouds answer. The output holds no secrets."""
    saved = context.token_file.path if context.token_file.path.exists() else None
    client = await context.client()
    started = time.monotonic()
    buildings: tuple[aiocarson.Building, ...] = ()
    try:
        buildings = (await context.get_account()).buildings
    except aiocarson.CarsonError as err:
        carson = _Answer(error=sentence(err))
        context.exit_code = exit_code_for(err)
    else:
        carson = _Answer(milliseconds=_since(started))
    signs_in_with = ("a password" if client.can_renew else "a token") if carson.error is None else None
    expires_at = client.token_expires_at and client.token_expires_at.astimezone()
    eagle_eye = [await _ask_eagle_eye(context, client, building) for building in buildings if building.has_eagle_eye]
    rows: dict[str, Any] = {
        "Version": f"{version()} (Python {platform.python_version()}, aiohttp {package_version('aiohttp')})",
        "API version": API_VERSION,
        "Saved token": saved,
        "Carson": carson.as_text(),
        "Signs in with": signs_in_with,
        "Token expires": format_time(expires_at),
    }
    if carson.error is None and not eagle_eye:
        rows["Eagle Eye"] = "has no cameras of your buildings"
    for number, answer in enumerate(eagle_eye, 1):
        rows["Eagle Eye" if len(eagle_eye) == 1 else f"Eagle Eye, building {number}"] = answer.as_text()
    context.output.details(
        {
            "version": version(),
            "python": platform.python_version(),
            "aiohttp": package_version("aiohttp"),
            "api_version": API_VERSION,
            "saved_token": saved,
            "carson_ms": carson.milliseconds,
            "carson_error": carson.error,
            "signs_in_with": signs_in_with,
            "token_expires_at": expires_at,
            "eagle_eye": [
                {"ms": answer.milliseconds, "error": answer.error, "cameras": answer.cameras} for answer in eagle_eye
            ],
        },
        rows,
    )


async def _ask_eagle_eye(context: Context, client: "aiocarson.Carson", building: aiocarson.Building) -> _Answer:
    started = time.monotonic()
    try:
        devices = await client.eagle_eye(building).get_devices()
    except aiocarson.CarsonError as err:
        context.exit_code = exit_code_for(err)
        return _Answer(error=sentence(err))
    return _Answer(milliseconds=_since(started), cameras=sum(device.is_camera for device in devices))


def _since(started: float) -> int:
    return round(1000 * (time.monotonic() - started))
