"""The simulator behaves as a report says: reports of its own worlds come back the same."""

from collections.abc import Callable
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

from aiocarson import Carson
from aiocarson.probe.check import SelfCheckOptions
import pytest

from simulator import Simulator
from simulator.like import InvalidReportError, behave_like, read_report
from simulator.state.model import ABSENT

type Change = Callable[[Simulator], object]


async def no_pause(_: float) -> None:
    pass


async def check(sim: Simulator) -> dict[str, Any]:
    for device in sim.state.devices:
        device.preview_interval_ms = 50
    sim.live.max_seconds = 0.5
    sim.settings.next_hold = 2.0
    sim.settings.poll.hold = 0.3
    async with Carson(
        email="resident@example.com",
        password="correct horse",
        api_url=sim.api_url,
        eagle_eye_url=sim.eagle_eye_url,
        sleep=no_pause,
    ) as carson:
        return await carson.self_check(SelfCheckOptions(live=True, v3=True, request_seconds=3))


def session(**values: Any) -> Change:
    def change(sim: Simulator) -> None:
        for name, value in values.items():
            setattr(sim.settings.sessions, name, value)

    return change


def fault(operation: str, kind: str, **values: Any) -> Change:
    return lambda sim: sim.faults.add(operation, kind, **values)


def building(**values: Any) -> Change:
    return lambda sim: sim.state.buildings["501"].overrides.update(values)


def account(**values: Any) -> Change:
    return lambda sim: sim.state.accounts["resident@example.com"].overrides.update(values)


def old_pictures(sim: Simulator) -> None:
    for device in sim.state.devices:
        device.preview_mode = "on_demand"
    sim.clock.advance(600)


def provider(sim: Simulator) -> None:
    for door in sim.state.buildings["501"].doors:
        door.provider = "salto"
        door.overrides["battery"] = 7


WORLDS: dict[str, Change] = {
    "as we know it": lambda _: None,
    "no list": fault("device_list", "status", status=403, body="Forbidden"),
    "no images": fault("image", "status", status=403),
    "no poll": fault("subscribe", "status", status=405),
    "no lists of recordings": fault("list_videos", "status", status=404),
    "no single device": fault("device", "ok_html"),
    "empty": fault("list_images", "ok_empty"),
    "no live view": fault("live", "status", status=404),
    "sound": fault("live", "audio_mp3"),
    "a token as key": session(key_form="jwt"),
    "digits as key": session(key_form="hex"),
    "the same key": session(new_key_each_call=False),
    "one key at a time": session(revoke_previous=True),
    "no key": session(refuse_keys=True),
    "new names": session(answer="v3"),
    "nulls": session(answer="null"),
    "a host": session(subdomain_form="host"),
    "another version": lambda sim: setattr(sim.settings, "api_version", "v9"),
    "fewer fields": building(timezone=ABSENT, units=ABSENT, area=None),
    "more fields": building(extra={"a": 12, "b": "text"}, isNew=True),
    "no cameras": building(cameras=None),
    "no properties": account(properties=None),
    "fewer account fields": account(photo=None, pmcRole=ABSENT),
    "another system": provider,
    "old pictures": old_pictures,
}
# What depends on the time, and on how many cameras there are.
VOLATILE = {"still.age_seconds", "still.bytes", "still.next_ms", "live.first_byte_ms", "poll.held_seconds"}


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in report["facts"].items() if name not in VOLATILE and name != "images.count"}


@pytest.mark.parametrize("name", WORLDS)
async def test_round_trip(socket_enabled: None, name: str) -> None:
    async with Simulator() as original:
        WORLDS[name](original)
        report = await check(original)
    async with Simulator() as copy:
        behave_like(copy, json.loads(json.dumps(report)))
        again = await check(copy)
    assert again["beliefs"] == report["beliefs"]
    assert [(row["step"], row["verdict"], row.get("status")) for row in again["steps"]] == [
        (row["step"], row["verdict"], row.get("status")) for row in report["steps"]
    ]
    for fact in ("session.key_form", "session.same_key", "session.subdomain_form", "me.counts", "me.door_providers"):
        assert comparable(again).get(fact) == comparable(report).get(fact), fact
    for part in ("me.shape", "session.shape"):
        assert field_names(again["facts"].get(part)) == field_names(report["facts"].get(part))


def field_names(shape: object) -> object:
    """Return the names of all fields in a shape."""
    if not isinstance(shape, dict):
        return None
    fields = {name: field_names(inner) for name, inner in shape.get("fields", {}).items()}
    return {"fields": fields, "items": field_names(shape.get("items"))}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"facts": 1, "format": 1}', '{"facts": {}, "format": 99}', '{"data": {"protocol": null}}']
)
def test_file_that_is_no_report(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InvalidReportError):
        read_report(path)


def test_report_in_diagnostics(tmp_path: Path) -> None:
    path = tmp_path / "diagnostics.json"
    path.write_text(json.dumps({"data": {"protocol": {"format": 1, "facts": {"me.status": 200}}}}))
    assert read_report(path)["facts"] == {"me.status": 200}


@pytest.mark.parametrize("value", [None, 0, "x", [], {}, [1], {"fields": 1}, {"fields": {"a": 1}}, True])
def test_facts_of_any_form(value: object) -> None:
    """A report that was changed by hand is no reason to fail."""
    names = [
        "me.status",
        "me.counts",
        "me.shape",
        "me.door_providers",
        "session.shape",
        "session.key_form",
        "devices.status_values",
        "devices.row_lengths",
        "still.age_seconds",
    ]
    steps = [value, {"step": "devices", "status": value, "verdict": "refused"}]
    behave_like(Simulator(), {"format": 1, "facts": dict.fromkeys(names, value), "steps": steps})


def test_command_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "simulator", "--like", str(tmp_path / "missing.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 2
    assert "missing.json" in result.stderr
