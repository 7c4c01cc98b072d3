"""`changes`, and the text and JSON of a change."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Self

import aiocarson
from aiocarson.carson.parsing import parse_account
from aiocarson.changes import Change, ChangeKind, account_changes, device_changes
from aiocarson.eagle_eye.models import Device, parse_devices
import typer

from ..context import Context
from ..exit_codes import CommandError
from ..folders import state_folder
from ..lookup import get_devices
from ..output import as_plain
from ..private_files import write_private
from ..sources import api_url


def change_as_json(change: Change) -> dict[str, Any]:
    """Return a change as it is printed in JSON."""
    return {
        "kind": change.kind,
        "what": change.what,
        "id": change.id,
        "name": change.name,
        "building_id": change.building_id,
        "field": change.field,
        "old": as_plain(change.old),
        "new": as_plain(change.new),
    }


def change_as_text(change: Change) -> str:
    """Return a change as it is printed in text, without the name of what has changed."""
    if change.kind is ChangeKind.CHANGED:
        return f"{change.field} {_value_as_text(change.old)} → {_value_as_text(change.new)}"
    return str(change.kind)


def _value_as_text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    plain = as_plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, list | dict) else str(plain)


@dataclass(frozen=True, slots=True)
class _SavedState:
    """The state to compare with: saved as raw responses, so that reading it again gives the same models."""

    account: aiocarson.Account
    devices: Mapping[str, tuple[Device, ...]]

    def as_text(self) -> str:
        """Return the content of the file."""
        rows = {
            building_id: [device.raw["columns"] for device in devices] for building_id, devices in self.devices.items()
        }
        return json.dumps({"account": self.account.raw, "devices": rows})

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the state saved in a file, or None if there is none or its content is invalid.

        Raises:
            CommandError: The file cannot be read.
        """
        try:
            saved = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except OSError as err:
            raise CommandError(f"{path}: Cannot be read ({err.strerror})") from None
        except ValueError:
            return None
        if not isinstance(saved, dict) or not isinstance(saved.get("account"), dict):
            return None
        account = parse_account(saved["account"])
        rows = saved.get("devices")
        if account is None or not isinstance(rows, dict):
            return None
        devices = {key: parse_devices(value).items for key, value in rows.items() if isinstance(value, list)}
        return cls(account, devices)


def _state_path(context: Context, account: aiocarson.Account) -> Path:
    """Return the path of the file for this account."""
    cloud = "demo" if context.options.demo else api_url(context.options)
    name = hashlib.sha256(f"{cloud} {account.id}".encode()).hexdigest()[:16]
    return state_folder() / f"changes-{name}.json"


async def changes(
    context: Context,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Compare without updating the saved state.")] = False,
) -> None:
    """Show what has changed since the last time, and save the current state."""
    account = await context.get_account()
    path = _state_path(context, account)
    saved = _SavedState.read(path)
    found = [] if saved is None else list(account_changes(saved.account, account))
    devices = {} if saved is None else dict(saved.devices)
    for building in account.buildings:
        if building.has_eagle_eye and (current := await get_devices(context, building)):
            if building.id in devices:
                found += device_changes(building.id, devices[building.id], current)
            devices[building.id] = current
    if saved is None or not keep:
        write_private(path, _SavedState(account, devices).as_text())
    if saved is None:
        context.output.status("There is no saved state to compare with yet. The current state has been saved.")
    context.output.table(
        [change_as_json(change) for change in found],
        ("What", "Name", "Change"),
        [(change.what, change.name, change_as_text(change)) for change in found],
        empty="No changes.",
    )
