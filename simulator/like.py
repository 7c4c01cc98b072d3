"""Makes the simulator behave as the report of a self-check says: `python -m simulator --like report.json`.

A report holds forms instead of values, so the world that is built from it has the simulator's own names and ids.
"""

from collections.abc import Iterable, Iterator, Mapping
import json
from pathlib import Path
from typing import Any

from simulator.carson.account import render_me
from simulator.core import Core
from simulator.state.model import ABSENT
from simulator.state.seed import HARBOR_ACCOUNT
from simulator.state.tower import add_tower

FORMAT = 1

# The operation that a step of the self-check asks for.
_OPERATIONS = {
    "me": "me",
    "session": "session",
    "isauth": "isauth",
    "devices": "device_list",
    "device": "device",
    "still": "image",
    "image_list": "list_images",
    "video_list": "list_videos",
    "poll_subscribe": "subscribe",
    "poll": "poll",
    "websocket": "listen",
    "live": "live",
    "recorded": "video",
}
_UNREADABLE = {"html": "ok_html", "empty": "ok_empty", "text": "ok_html"}
_AUDIO = {2: "audio_mp3", 7: "audio_alaw", 8: "audio_ulaw", 10: "audio_aac"}
_SUBDOMAINS = {"known_host": "host", "url": "url", "dotted": "dotted"}
# What a field holds that the simulator does not have, by its form.
_SAMPLES: dict[str, Any] = {"bool": False, "float": 0.5, "list": [], "object": {}, "null": None}
_OLD_SECONDS = 120
_STREAMING = 1 << 18

type _Report = Mapping[str, Any]


class InvalidReportError(ValueError):
    """A file that is not the report of a self-check."""


def read_report(path: Path) -> _Report:
    """Return the report in a file; it may be in a diagnostics file.

    Raises:
        InvalidReportError: The file holds no report that can be used.
        OSError: The file cannot be read.
    """
    try:
        report = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise InvalidReportError(f"{path} is not JSON") from None
    if isinstance(report, dict) and isinstance(found := report.get("data", report), dict):
        report = found.get("protocol", found)
    if not isinstance(report, dict) or not isinstance(report.get("facts"), dict):
        raise InvalidReportError(f"{path} holds no report of a self-check")
    if report.get("format") != FORMAT:
        raise InvalidReportError(f"{path} is a report of another version of the self-check")
    return report


def behave_like(core: Core, report: _Report) -> None:
    """Change the settings, the state and the faults of the simulator.

    What the report does not say stays as it is.
    """
    facts: _Report = report["facts"]
    _apply_versions(core, facts)
    _apply_session(core, facts)
    _apply_account(core, facts)
    _apply_devices(core, facts)
    _apply_pictures(core, facts)
    for step in report.get("steps", []):
        if isinstance(step, dict) and not (step.get("step") == "still" and facts.get("still.next_status") == 200):
            _apply_step(core, step)
    codec = facts.get("live.audio_codec")
    if isinstance(codec, int) and codec in _AUDIO:
        core.faults.add("live", _AUDIO[codec])


def _apply_versions(core: Core, facts: _Report) -> None:
    if facts.get("token.alg") == "ES256":
        core.settings.token_algorithm = "ES256"  # noqa: S105


def _apply_session(core: Core, facts: _Report) -> None:
    sessions = core.settings.sessions
    form = facts.get("session.key_form")
    fields = _fields(facts.get("session.shape"))
    if form == "jwt":
        sessions.key_form = "jwt"
    elif isinstance(form, str) and form.startswith("hex"):
        sessions.key_form = "hex"
    if fields and "sessionId" not in fields:
        sessions.answer = "v3"
    elif form == "null":
        sessions.answer = "null"
    sessions.subdomain_form = _SUBDOMAINS.get(str(facts.get("session.subdomain_form")), "label")  # type: ignore[assignment]
    if facts.get("session.same_key") is True:
        sessions.new_key_each_call = False
    if facts.get("isauth.first_key") == 401 and facts.get("isauth.status") == 200:
        sessions.revoke_previous = True
    if facts.get("isauth.status") == 401:
        sessions.refuse_keys = True


def _apply_account(core: Core, facts: _Report) -> None:
    account = core.state.accounts["resident@example.com"]
    building = core.state.buildings["501"]
    counts = facts.get("me.counts")
    if isinstance(counts, dict):
        staff = sum(door.staff_only for door in building.doors)
        add_tower(core.state, _number(counts, "doors") - staff, _number(counts, "cameras"), core.clock.time())
        building.doors[_number(counts, "doors") :] = []
        building.cameras = (building.cameras or [])[: _number(counts, "cameras")]
    for rows, fact in ((building.doors, "me.door_providers"), (building.cameras or [], "me.camera_providers")):
        for row, word in zip(rows, _words(facts.get(fact)), strict=False):
            row.provider = word  # type: ignore[attr-defined]
    shape = _fields(facts.get("me.shape"))
    if not shape:
        return
    rendered = render_me(account, core.state)
    account.overrides |= _differences(shape, rendered, keep={"properties", "id", "contactInfo"})
    properties = shape.get("properties", {})
    row_shape = _fields(properties.get("items"))
    if "properties" not in shape:
        account.overrides["properties"] = ABSENT
    elif "null" in properties.get("types", {}):
        account.overrides["properties"] = None
    if row_shape:
        row = rendered["properties"][0]
        building.overrides |= _differences(row_shape, row, keep={"id", "doors", "cameras", "propertyLevel"})
        for name, models in (("doors", building.doors), ("cameras", building.cameras or [])):
            if name not in row_shape:
                building.overrides[name] = ABSENT
            elif row_shape[name].get("types", {}).get("null"):
                building.overrides[name] = None
            elif (item_shape := _fields(row_shape[name].get("items"))) and row.get(name):
                found = _differences(item_shape, row[name][0], keep={"id", "liveViewId", "provider"})
                for model in models:
                    model.overrides |= found


def _differences(shape: Mapping[str, Any], row: Mapping[str, Any], *, keep: set[str]) -> dict[str, Any]:
    """Return what makes a row have the fields of a shape: those that are missing, null, or unknown to the simulator."""
    found: dict[str, Any] = {name: ABSENT for name in row if name not in shape and name not in keep}
    for name, field in shape.items():
        types = field.get("types", {}) if isinstance(field, dict) else {}
        if name in keep:
            continue
        if set(types) == {"null"}:
            found[name] = None
        elif name not in row and isinstance(field, dict):
            found[name] = _sample(field)
    return found


def _sample(field: Mapping[str, Any]) -> Any:
    """Return a value that has the form of a field."""
    if "fields" in field:
        return {name: _sample(inner) for name, inner in field["fields"].items() if isinstance(inner, dict)}
    if "lengths" in field:
        return []
    form = next(iter(field.get("types", {})), "null")
    if form in _SAMPLES:
        return _SAMPLES[form]
    if form.startswith("int"):
        return int("1" * int(form[3:] or 1))
    return "x" * int(form[4:-1]) if form.startswith("str(") else "x"


def _apply_devices(core: Core, facts: _Report) -> None:
    devices = [device for device in core.state.devices if device.account == HARBOR_ACCOUNT and device.is_camera]
    # The cameras that are online first: the pictures in the report are of one of them.
    statuses = sorted(_numbers(facts.get("devices.status_values")), key=lambda status: not status & _STREAMING)
    for device, status in zip(devices, statuses, strict=False):
        device.status = status
        if device.is_streaming:
            device.frames_stop_at = None
    lengths = _numbers(facts.get("devices.row_lengths"))
    for device, length in zip(core.state.devices, lengths, strict=False):
        device.row_length = length


def _apply_pictures(core: Core, facts: _Report) -> None:
    """Choose when previews reach the cloud (Protocol C row 55)."""
    age = facts.get("still.age_seconds")
    is_old = isinstance(age, int) and age >= _OLD_SECONDS
    waits = facts.get("still.next_status") == 200
    if not is_old and not (waits and facts.get("still.status") == 404):
        return
    mode = "on_demand" if waits else "background"
    for device in core.state.devices:
        device.preview_mode = mode  # type: ignore[assignment]


def _apply_step(core: Core, step: _Report) -> None:
    operation = _OPERATIONS.get(str(step.get("step")))
    status = step.get("status")
    if operation is None or not isinstance(status, int):
        return
    if operation == "me" and status in {404, 410}:
        core.settings.api_version = "gone"
    elif step.get("verdict") == "refused" and status >= 400 and not _is_about_keys(core, operation, status):
        content_type = str(step.get("content_type") or "text/plain")
        body = str(step.get("excerpt") or "")
        core.faults.add(operation, "status", status=status, body=body, content_type=content_type)
    elif step.get("verdict") == "unreadable":
        core.faults.add(operation, _UNREADABLE.get(str(step.get("body")), "truncate"))


def _is_about_keys(core: Core, operation: str, status: int) -> bool:
    """Return whether a 401 is one of many, because Eagle Eye rejects all keys."""
    return status == 401 and operation != "session" and core.settings.sessions.refuse_keys


def _fields(shape: object) -> dict[str, Any]:
    fields = shape.get("fields") if isinstance(shape, dict) else None
    return (
        {name: field for name, field in fields.items() if isinstance(field, dict)} if isinstance(fields, dict) else {}
    )


def _number(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return min(value, 200) if isinstance(value, int) and value > 0 else 0


def _words(counts: object) -> Iterator[str]:
    """Yield each word as often as it was counted."""
    for word, count in _items(counts):
        yield from [word] * count


def _numbers(counts: object) -> Iterator[int]:
    return (int(word) for word in _words(counts) if word.isdigit())


def _items(counts: object) -> Iterable[tuple[str, int]]:
    if not isinstance(counts, dict):
        return []
    return [(str(word), count) for word, count in counts.items() if isinstance(count, int) and 0 < count <= 1000]
