"""`status`."""

from importlib.metadata import version as package_version
import platform
import time
from typing import Any

import aiocarson

from ..context import Context
from ..exit_codes import exit_code_for, sentence
from ..output import format_time
from ..version import version


async def status(context: Context) -> None:
    """Show how this computer signs in, and whether both clouds answer. The output holds no secrets."""
    from aiocarson.defaults import API_VERSION

    rows: dict[str, Any] = {
        "Version": f"{version()} (Python {platform.python_version()}, aiohttp {package_version('aiohttp')})",
        "API version": API_VERSION,
        "Saved token": str(context.token_file.path) if context.token_file.path.exists() else None,
    }
    client = await context.client()
    started = time.monotonic()
    try:
        account = await client.get_account()
    except aiocarson.CarsonError as err:
        rows["Carson"] = sentence(err)
        context.exit_code = exit_code_for(err)
        buildings: tuple[aiocarson.Building, ...] = ()
    else:
        rows["Carson"] = f"answers in {1000 * (time.monotonic() - started):.0f} ms"
        rows["Signs in with"] = "a password" if client.can_renew else "a token"
        buildings = account.buildings
    rows["Token expires"] = format_time(client.token_expires_at and client.token_expires_at.astimezone())
    for number, building in enumerate(buildings, 1):
        name = "Eagle Eye" if len(buildings) == 1 else f"Eagle Eye, building {number}"
        rows[name] = await _eagle_eye(context, client, building)
    context.output.details({name.lower().replace(" ", "_"): text for name, text in rows.items()}, rows)


async def _eagle_eye(context: Context, client: "aiocarson.Carson", building: aiocarson.Building) -> str:
    if not building.has_eagle_eye:
        return "has no cameras of this building"
    started = time.monotonic()
    try:
        devices = await client.eagle_eye(building).get_devices()
    except aiocarson.CarsonError as err:
        context.exit_code = exit_code_for(err)
        return sentence(err)
    cameras = sum(device.is_camera for device in devices)
    return f"answers in {1000 * (time.monotonic() - started):.0f} ms, {cameras} cameras"
