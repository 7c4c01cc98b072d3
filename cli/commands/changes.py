"""What is different since you last asked: `changes`; and how a change is told."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from ..app import command
from ..client import aiocarson
from ..context import Run
from ..exit_codes import CommandError
from ..output import plain
from ..private_files import write_private


def _state_folder(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "carson"


@dataclass(frozen=True, slots=True)
class _Memory:
    """What was there last time: the raw answers, since only they are sure to be read again the same way."""

    account: aiocarson.Account
    devices: Mapping[str, tuple[aiocarson.Device, ...]]

    def as_text(self) -> str:
        """Write it down."""
        rows = {key: [device.raw["columns"] for device in devices] for key, devices in self.devices.items()}
        return json.dumps({"account": self.account.raw, "devices": rows})

    @classmethod
    def read(cls, path: Path) -> _Memory | None:
        """Read it again; None if there is nothing, or nothing that can be read.

        Raises:
            CommandError: The file cannot be read.
        """
        try:
            saved = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except OSError as err:
            raise CommandError(f"{path}: It cannot be read ({err.strerror})") from None
        except ValueError:
            return None
        if not isinstance(saved, dict) or not isinstance(saved.get("account"), dict):
            return None
        account = aiocarson.parse_account(saved["account"])
        rows = saved.get("devices")
        if account is None or not isinstance(rows, dict):
            return None
        lists = {key: aiocarson.parse_devices(value) for key, value in rows.items() if isinstance(value, list)}
        return cls(account, lists)


def change_data(change: aiocarson.Change) -> dict[str, Any]:
    """What scripts get of a change."""
    return {
        "kind": change.kind,
        "what": change.what,
        "id": change.id,
        "name": change.name,
        "building_id": change.building_id,
        "field": change.field,
        "old": plain(change.old),
        "new": plain(change.new),
    }


def change_text(change: aiocarson.Change) -> str:
    """What people read of a change."""
    if change.kind is aiocarson.ChangeKind.CHANGED:
        return f"{change.what} {change.name}: {change.field} {_word(change.old)} → {_word(change.new)}"
    return f"{change.what} {change.name}: {change.kind}"


def _word(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(found, ensure_ascii=False) if isinstance(found := plain(value), list | dict) else str(found)


@command("changes")
async def changes(
    run: Run,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Compare, but go on remembering the former state.")] = False,
) -> None:
    """Tell what was added, removed and changed since you last asked, and remember the present state."""
    carson = await run.carson()
    account = await carson.get_account()
    place = "demo" if run.options.demo else run.options.api_url
    name = hashlib.sha256(f"{place} {account.id}".encode()).hexdigest()[:16]
    path = _state_folder(os.environ) / f"changes-{name}.json"
    before = _Memory.read(path)
    devices = dict(before.devices) if before is not None else {}
    found = [] if before is None else list(aiocarson.account_changes(before.account, account))
    for building in account.buildings:
        if building.has_eagle_eye and (seen := await run.devices(building)):
            if building.id in devices:
                found += aiocarson.device_changes(building.id, devices[building.id], seen)
            devices[building.id] = seen
    if before is None or not keep:
        write_private(path, _Memory(account, devices).as_text())
    if before is None:
        run.out.note("There is nothing yet to compare with; the present state is remembered.")
    run.out.show(
        [change_data(change) for change in found],
        ("What", "Name", "Change"),
        [(change.what, change.name, change_text(change).partition(": ")[2]) for change in found],
        none="Nothing has changed.",
    )
