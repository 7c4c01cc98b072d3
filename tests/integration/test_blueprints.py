"""Tests of the blueprints."""

from datetime import datetime, timedelta
from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_mock_service

from simulator import Simulator
from tests.support.passing_time import pass_time
from tests.support.states import get_state
from tests.support.voice_sentences import documented_sentences
from tests.support.waiting import until

from .test_translations import LANGUAGES

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "carson"

DOOR = "lock.harbor_house_front_door"
LOBBY = "camera.harbor_house_lobby"
MOTION = "binary_sensor.harbor_house_lobby_motion"
NOTIFY = {"notify": "notify.phone"}
INPUTS: dict[str, dict[str, object]] = {
    "open_door_by_tag.yaml": {"tag": "my-tag", "door": DOOR},
    "open_door_by_notification.yaml": {
        "door": DOOR,
        "trigger": [{"trigger": "event", "event_type": "bell"}],
        **NOTIFY,
    },
    "open_door_by_voice.yaml": {"door": DOOR},
    "arriving_home.yaml": {"door": DOOR, "person": "person.robin", **NOTIFY},
    "picture_when_door_opens.yaml": {"door": DOOR, "folder": "/nowhere"},
    "reservation.yaml": {
        "updates": "event.harbor_house_reservation_update",
        "calendar": "calendar.harbor_house_reservations",
        "then": [{"event": "reservation", "event_data": {"what": "{{ what }}", "amenity": "{{ amenity }}"}}],
    },
    "camera_lost.yaml": {"camera": LOBBY, "then": []},
    "motion_at_door.yaml": {"door": DOOR, "motion": MOTION, **NOTIFY},
}


async def set_up_automations(hass: HomeAssistant, **blueprints: dict[str, object]) -> None:
    """Set up an automation from each of the blueprints."""
    folder = Path(hass.config.path("blueprints/automation/carson"))
    await hass.async_add_executor_job(lambda: shutil.copytree(BLUEPRINTS, folder, dirs_exist_ok=True))
    config = [
        {"id": name, "alias": name, "use_blueprint": {"path": f"carson/{name}", "input": inputs}}
        for name, inputs in blueprints.items()
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


@pytest.fixture(autouse=True)
def config_folder(hass: HomeAssistant, tmp_path: Path) -> None:
    hass.config.config_dir = str(tmp_path)


async def test_blueprints_are_valid(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert set(INPUTS) == {path.name for path in BLUEPRINTS.glob("*.yaml")}
    await set_up_automations(hass, **INPUTS)
    assert {state.state for state in hass.states.async_all(AUTOMATION)} == {"on"}
    assert len(hass.states.async_all(AUTOMATION)) == len(INPUTS)
    # Otherwise the end of the test makes a camera unavailable, and a timer starts.
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)


async def test_tag_opens_the_door_once(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await set_up_automations(hass, **{"open_door_by_tag.yaml": INPUTS["open_door_by_tag.yaml"]})
    hass.bus.async_fire("tag_scanned", {"tag_id": "another"})
    hass.bus.async_fire("tag_scanned", {"tag_id": "my-tag"})
    await hass.async_block_till_done()
    assert sim.openings == {"7001": 1}


async def test_opened_door_saves_a_picture(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tmp_path: Path
) -> None:
    """The camera is the one that shows the door."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    recorded = async_mock_service(hass, "camera", "record")
    inputs = {**INPUTS["picture_when_door_opens.yaml"], "folder": str(tmp_path / "doors"), "seconds": 20}
    await set_up_automations(hass, **{"picture_when_door_opens.yaml": inputs})
    await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    await hass.async_block_till_done()
    [picture] = (tmp_path / "doors").glob("*.jpg")
    assert picture.read_bytes().startswith(b"\xff\xd8")
    [clip] = recorded
    assert (clip.data["entity_id"], clip.data["duration"]) == ([LOBBY], 20)
    assert clip.data["filename"] == str(picture.with_suffix(".mp4"))


async def press(hass: HomeAssistant, action: str) -> None:
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await hass.async_block_till_done()


async def test_door_is_opened_from_a_notification(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It shows the camera of the door; its button works once, and only for a while."""
    sent = async_mock_service(hass, "notify", "phone")
    await set_up_automations(hass, **{"open_door_by_notification.yaml": INPUTS["open_door_by_notification.yaml"]})
    hass.bus.async_fire("bell")
    await until(lambda: sent)
    [first] = sent
    assert first.data["data"]["image"] == f"/api/camera_proxy/{LOBBY}"
    [button] = first.data["data"]["actions"]
    assert button["title"] == "Open"
    hass.bus.async_fire("mobile_app_notification_action", {"action": "CARSON_OPEN_another"})
    for _ in range(2):
        await press(hass, button["action"])
    assert sim.openings == {"7001": 1}
    hass.bus.async_fire("bell")
    await until(lambda: len(sent) == 2)
    await pass_time(hass, freezer, minutes=3)
    await press(hass, sent[1].data["data"]["actions"][0]["action"])
    assert sim.openings == {"7001": 1}


@pytest.mark.live_events
async def test_motion_asks_whether_to_open(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """It shows the camera that saw the motion, and does not ask again at once; unknown motion asks nothing."""
    sent = async_mock_service(hass, "notify", "phone")
    await set_up_automations(hass, **{"motion_at_door.yaml": INPUTS["motion_at_door.yaml"]})

    def show(*states: str) -> None:
        for state in states:
            hass.states.async_set(MOTION, state)

    show("unknown", "on", "off", "on")
    await until(lambda: sent)
    show("off", "on")
    await press(hass, sent[0].data["data"]["actions"][0]["action"])
    [only] = sent
    assert only.data["data"]["image"] == f"/api/camera_proxy/{LOBBY}"
    assert sim.openings == {"7001": 1}
    freezer.tick(timedelta(minutes=6))
    show("off", "on")
    await until(lambda: len(sent) == 2)
    await pass_time(hass, freezer, minutes=3)
    await press(hass, sent[1].data["data"]["actions"][0]["action"])
    assert sim.openings == {"7001": 1}


async def test_door_is_opened_after_coming_home(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    """Nothing opens by itself, and a restart is not a home-coming."""
    sent = async_mock_service(hass, "notify", "phone")
    hass.states.async_set("person.robin", "unknown")
    await set_up_automations(hass, **{"arriving_home.yaml": INPUTS["arriving_home.yaml"]})
    hass.states.async_set("person.robin", "home")
    await hass.async_block_till_done()
    assert not sent
    hass.states.async_set("person.robin", "not_home")
    await hass.async_block_till_done()
    hass.states.async_set("person.robin", "home")
    await until(lambda: sent)
    [question] = sent
    assert (question.data["title"], question.data["message"]) == ("Front Door", "Open the door?")
    assert sim.openings == {}
    await press(hass, question.data["data"]["actions"][0]["action"])
    assert sim.openings == {"7001": 1}


SENTENCES = documented_sentences("Open a door")


async def say(hass: HomeAssistant, language: str, sentence: str) -> str:
    """Say a sentence to Assist and return its answer."""
    result = await async_converse(hass, sentence, None, Context(), language=language)
    await hass.async_block_till_done()
    return str(result.response.speech["plain"]["speech"])


async def set_up_voice(hass: HomeAssistant, **inputs: object) -> None:
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})
    given = {**INPUTS["open_door_by_voice.yaml"], "answer": "It is open", "failure": "Check the door", **inputs}
    await set_up_automations(hass, **{"open_door_by_voice.yaml": given})


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "open the front door"),
        ("en", "Open front door!"),
        ("de", "öffne die Haustür"),
        ("de", "Mach die Haustür auf."),
        ("fr", "ouvre la porte d'entrée"),
        ("fr", "ouvrez porte d'entrée"),
        ("es", "abre la puerta principal"),
        ("it", "apri la porta d'ingresso"),
        ("nl", "open de voordeur"),
        ("pl", "otwórz drzwi wejściowe"),
        ("pt", "abre a porta da frente"),
        ("pt-BR", "abra a porta da frente"),
        ("sv", "öppna ytterdörren"),
        ("da", "åbn hoveddøren"),
        ("nb", "åpne ytterdøra"),
        ("cs", "otevři vchodové dveře"),
        ("ca", "obre la porta principal"),
        ("ko", "현관문을 열어 줘"),
        ("ko", "현관문 열어줘"),
        ("zh-Hans", "打开大门"),
    ],
)
async def test_door_is_opened_by_voice(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, language: str, sentence: str
) -> None:
    """With the sentence in the documentation."""
    await set_up_voice(hass, sentences=[SENTENCES[language]])
    assert await say(hass, language, sentence) == "It is open"
    assert sim.openings == {"7001": 1}


def test_sentences_are_documented_in_all_languages() -> None:
    assert set(SENTENCES) == {"en", *LANGUAGES}


async def test_other_sentences_are_left_to_assist(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await set_up_voice(hass)
    opened = async_mock_service(hass, "cover", "open_cover")
    hass.states.async_set("cover.blinds", "closed", {"friendly_name": "Blinds"})
    async_expose_entity(hass, "conversation", "cover.blinds", should_expose=True)
    await hass.async_block_till_done()
    await say(hass, "en", "open the blinds")
    assert [call.data["entity_id"] for call in opened] == ["cover.blinds"]
    assert sim.openings == {}


@pytest.mark.parametrize("fault", ["status:403", "status:500", "reset"])
async def test_failure_is_said(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: str) -> None:
    await set_up_voice(hass)
    sim.faults.add("open_door", fault)
    assert await say(hass, "en", "open the front door") == "Check the door"
    sim.faults.clear()
    assert sim.counters.count("open_door") == 1


async def test_reservation_is_told(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """When the building decides, and before it begins."""
    told = async_capture_events(hass, "reservation")
    await set_up_automations(hass, **{"reservation.yaml": INPUTS["reservation.yaml"]})
    sim.reservations.decide("9003", "approved")
    await hass.services.async_call("carson", "update", blocking=True)
    await hass.async_block_till_done()
    assert [event.data for event in told] == [{"what": "approved", "amenity": "Roof Deck"}]
    begin = datetime.fromisoformat(get_state(hass, "sensor.harbor_house_next_reservation").state)
    freezer.move_to(begin - timedelta(minutes=45))
    await pass_time(hass, freezer, seconds=1)
    await pass_time(hass, freezer, minutes=14, seconds=50)
    await pass_time(hass, freezer, seconds=20)
    assert {"what": "soon", "amenity": "Gym"} in [event.data for event in told]
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)


async def test_lost_camera_is_noticed(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    notified = async_capture_events(hass, "camera_lost")
    hass.states.async_set("camera.elsewhere", "idle")
    inputs: dict[str, object] = {"camera": "camera.elsewhere", "then": [{"event": "camera_lost"}]}
    await set_up_automations(hass, **{"camera_lost.yaml": inputs})
    hass.states.async_set("camera.elsewhere", STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, minutes=6)
    assert not notified
    await pass_time(hass, freezer, minutes=6)
    assert len(notified) == 1
