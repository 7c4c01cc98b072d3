"""The answers of the actions have exactly the keys that docs/actions.md names."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from simulator import Simulator
from tests.support.documented_answers import documented_answers
from tests.support.recordings import CAMERA, recently, record

ACTIONS = Path(__file__).parents[2] / "custom_components" / "carson" / "services.yaml"
pytestmark = pytest.mark.timeouts(reservation_checks=(0, 0.01))


DOCUMENTED = documented_answers()


def keys(value: object) -> Iterator[str]:
    """Return all keys in an answer."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


async def answer(hass: HomeAssistant, action: str, **data: object) -> set[str]:
    """Return the keys of the answer of an action."""
    response = await hass.services.async_call("carson", action, data, blocking=True, return_response=True)
    return set(keys(response)) - {CAMERA}


def test_answers_are_documented_for_the_actions_that_give_one(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    actions = yaml.safe_load(ACTIONS.read_text("utf-8"))
    answering = {name for name in actions if hass.services.supports_response("carson", name) != "none"}
    assert set(DOCUMENTED) == answering


async def test_answers_about_recordings(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tmp_path: Path
) -> None:
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    begin = recently(hours=3)
    record(sim, (begin, 60))
    about = {"entity_id": CAMERA, "begin": begin.isoformat()}
    assert await answer(hass, "get_recordings", **about) == DOCUMENTED["get_recordings"]
    saved = await answer(hass, "save_recording", duration={"seconds": 10}, filename=str(tmp_path / "one.mp4"), **about)
    assert saved == DOCUMENTED["save_recording"]
    picture = {"entity_id": CAMERA, "time": begin.isoformat(), "filename": str(tmp_path / "one.jpg")}
    assert await answer(hass, "save_snapshot_at", **picture) == DOCUMENTED["save_snapshot_at"]


async def test_answers_about_amenities(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    assert await answer(hass, "get_amenities") == DOCUMENTED["get_amenities"]
    day = (sim.clock.now().astimezone(ZoneInfo("America/New_York")) + timedelta(days=1)).date().isoformat()
    gym = {"amenity": "Gym", "date": day}
    assert await answer(hass, "get_free_hours", **gym) == DOCUMENTED["get_free_hours"]
    assert await answer(hass, "book_amenity", begin="18:00", end="19:00", **gym) == DOCUMENTED["book_amenity"]
    [made] = [one for one in sim.state.reservations if one.begin.hour == 18 and one.day.isoformat() == day]
    assert await answer(hass, "cancel_reservation", reservation_id=made.id) == DOCUMENTED["cancel_reservation"]
