"""The operations of the matrix: what a user does or Home Assistant does for them, and what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import ClientError, StreamReader
from aiohttp.test_utils import TestClient
from homeassistant.components.camera import async_get_image, async_get_stream_source
from homeassistant.components.media_source import async_browse_media
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.carson.const import DOMAIN, TOLERATED_FAILURES
from custom_components.carson.coordinator import CarsonCoordinator
from custom_components.carson.media.flv.tags import FlvReader, Kind
from custom_components.carson.media.recordings.segments import RecordingSegment
from custom_components.carson.media.recordings.views import recording_path
from simulator import Simulator
from tests.integration.recordings import BUILDING, LOBBY, record
from tests.reliability.faults import Target
from tests.support.planted_secrets import told_by

DOOR = "lock.harbor_house_front_door"
OTHER_DOOR = "lock.harbor_house_roof_deck"
CAMERA = "camera.harbor_house_lobby"
_CLIP_SECONDS = 2
_ENOUGH_PICTURES = 12
_WATCHING_SECONDS = 6.0


@dataclass(slots=True, kw_only=True)
class House:
    """A Home Assistant with the account loaded."""

    hass: HomeAssistant
    sim: Simulator
    entry: MockConfigEntry
    browser: TestClient[object, object] | None
    begin: datetime
    """When the lobby's one recording begins."""
    heard: list[str] = field(default_factory=list)
    """All that anybody was told, to be searched for secrets."""

    def state_of(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        return "missing" if state is None else state.state

    @property
    def doors(self) -> str:
        return "doors unavailable" if self.state_of(OTHER_DOOR) in {"unavailable", "missing"} else "doors stay"

    @property
    def cameras(self) -> str:
        return "cameras unavailable" if self.state_of(CAMERA) in {"unavailable", "missing"} else "cameras stay"

    @property
    def asked_to_sign_in(self) -> bool:
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return any(flow["context"]["source"] == "reauth" for flow in flows)

    @property
    def openings(self) -> int:
        return sum(self.sim.openings.values())


type Run = Callable[[House], Awaitable[str]]
"""Does it once and says what the user sees."""
type Look = Callable[[House], Awaitable[str]]
"""Says in which state that leaves what the user has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        name: Its key in the table.
        title: What it is, for readers.
        target: Which requests of it the faults strike.
        needs: Other parts of Home Assistant that take part.
        prepare: Brought about before the fault.
        run: The operation.
        look: Looked at afterwards, with the fault still there.
    """

    name: str
    title: str
    target: Target
    run: Run
    look: Look
    needs: tuple[str, ...] = ()
    prepare: Callable[[House], None] = lambda _: None


async def _sign_in(house: House) -> str:
    flow = house.hass.config_entries.flow
    begun = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(begun["flow_id"], {"next_step_id": "password"})
    given = {"email": "two@example.com", "password": "two buildings", "keep_password": True}
    result = await flow.async_configure(begun["flow_id"], given)
    if result["type"] is FlowResultType.CREATE_ENTRY:
        return "signed in"
    house.heard.append(repr({key: value for key, value in result.items() if key != "data_schema"}))
    assert result["errors"] is not None
    return f"form: {result['errors']['base']}"


async def _accounts(house: House) -> str:
    await house.hass.async_block_till_done()
    return f"accounts {len(house.hass.config_entries.async_entries(DOMAIN))}"


def _revoke(house: House) -> None:
    house.sim.tokens.revoke()


def _poll(coordinator: Callable[[House], CarsonCoordinator[object]]) -> Run:
    async def run(house: House) -> str:
        polled = coordinator(house)
        await polled.async_refresh()
        if polled.last_exception is not None:
            house.heard.append(told_by(polled.last_exception))
        if house.asked_to_sign_in:
            return "asked to sign in again"
        return "nothing" if polled.failures == 0 else "nothing (forgiven)"

    return run


async def _poll_cameras(house: House) -> str:
    await house.entry.runtime_data.cameras.async_refresh()
    if house.asked_to_sign_in:
        return "asked to sign in again"
    failures = house.entry.runtime_data.cameras.update_status(BUILDING).failures
    return "nothing" if failures == 0 else "nothing (forgiven)"


def _after_three(poll: Run) -> Look:
    """Poll until what is tolerated is used up."""

    async def look(house: House) -> str:
        at_once = f"{house.doors}, {house.cameras}"
        if house.asked_to_sign_in:
            return at_once
        for _ in range(TOLERATED_FAILURES):
            await poll(house)
        later = f"{house.doors}, {house.cameras}"
        return at_once if later == at_once else f"{at_once}; from the 3rd failure on {later}"

    return look


async def _told(house: House, work: Awaitable[object], well: str) -> str:
    try:
        await work
    except HomeAssistantError as err:
        house.heard.append(told_by(err))
        return f"error: {err.translation_key}"
    return well


async def _open_door(house: House) -> str:
    action = house.hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    return await _told(house, action, "opens")


async def _door_state(house: House) -> str:
    times = {0: "not opened", 1: "opened once"}.get(house.openings, f"opened {house.openings} times")
    return f"{house.state_of(DOOR)}, {times}"


async def _still(house: House) -> str:
    return await _told(house, async_get_image(house.hass, CAMERA), "picture")


async def _all_stay(house: House) -> str:
    return f"{house.doors}, {house.cameras}"


async def _live(house: House) -> str:
    assert house.browser is not None
    source = await async_get_stream_source(house.hass, CAMERA)
    try:
        async with house.browser.get(URL(source or "").path) as answer:
            house.heard.append(f"{source} {answer.headers}")
            if answer.status != HTTPStatus.OK:
                return f"no video ({answer.status})"
            return await _watch(answer.content)
    except ClientError:
        return "broken off"


async def _watch(content: StreamReader) -> str:
    """Watch until there have been pictures for a moment, and a little longer than any fault in mid-video takes."""
    reader, pictures = FlvReader(), 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_WATCHING_SECONDS):
            async for chunk in content.iter_any():
                pictures += sum(tag.kind in {Kind.KEY, Kind.INTER} for tag in reader.feed(chunk))
                if pictures >= _ENOUGH_PICTURES:
                    return "video"
    return "video, then none" if pictures else "no video"


async def _list_recordings(house: House) -> str:
    zone = await dt_util.async_get_time_zone("America/New_York")
    day = house.begin.astimezone(zone).date().isoformat()
    uri = f"media-source://{DOMAIN}/{house.entry.entry_id}/{BUILDING}/{LOBBY}/{day}"
    try:
        found = await async_browse_media(house.hass, uri)
    except HomeAssistantError as err:
        house.heard.append(told_by(err))
        return f"error: {err.translation_key}"
    house.heard.append(repr(found.as_dict()))
    return "list" if found.children else "empty list"


async def _play_recording(house: House) -> str:
    assert house.browser is not None
    piece = RecordingSegment(begin=house.begin, end=house.begin + timedelta(seconds=_CLIP_SECONDS))
    try:
        async with house.browser.get(recording_path(house.entry.entry_id, LOBBY, piece)) as answer:
            body = await answer.read()
            house.heard.append(f"{answer.headers} {body[:3000]!r}")
            if answer.status != HTTPStatus.OK:
                return f"no video ({answer.status})"
            return "video" if b"ftyp" in body[:16] else "no video"
    except ClientError:
        return "broken off"


async def _unload(house: House) -> str:
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    return house.entry.state.value.replace("_", " ")


async def _restart(house: House) -> str:
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()
    house.heard.append(f"{house.entry.reason} {house.entry.error_reason_translation_placeholders}")
    if house.asked_to_sign_in:
        return "asked to sign in again"
    return {
        ConfigEntryState.LOADED: "starts",
        ConfigEntryState.SETUP_RETRY: "told that it will be tried again",
    }.get(house.entry.state, house.entry.state.value)


async def _registered(house: House) -> str:
    entities = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)
    kept = "all entities kept" if len(entities) == len({one.unique_id for one in entities}) > 10 else "entities lost"
    return f"{house.doors}, {house.cameras}, {kept}"


async def _gone(house: House) -> str:
    return f"{house.doors}, {house.cameras}"


def remember(house: House) -> None:
    """Let the lobby have one short recording."""
    record(house.sim, (house.begin, _CLIP_SECONDS))


_POLL_ACCOUNT = _poll(lambda house: house.entry.runtime_data.account)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="sign in",
        title="A resident signs in (config flow; struck: `POST auth/login/`)",
        target=Target(operations=("login",), path="/auth/login/", carson=True),
        run=_sign_in,
        look=_accounts,
    ),
    Operation(
        name="renew",
        title="The token is dead and is renewed at a poll (struck: `POST auth/login/`)",
        target=Target(operations=("login",), path="/auth/login/", carson=True),
        prepare=_revoke,
        run=_POLL_ACCOUNT,
        look=_after_three(_POLL_ACCOUNT),
    ),
    Operation(
        name="poll account",
        title="The account is read every 5 minutes (struck: `GET me/`)",
        target=Target(operations=("me",), path="/me/", carson=True),
        run=_POLL_ACCOUNT,
        look=_after_three(_POLL_ACCOUNT),
    ),
    Operation(
        name="poll cameras",
        title="The device list is read every minute (struck: `GET g/device/list`)",
        target=Target(operations=("device_list",), path="/g/device/list", carson=False),
        run=_poll_cameras,
        look=_after_three(_poll_cameras),
    ),
    Operation(
        name="open door",
        title="A door is opened (`lock.open`; struck: `POST doors/{id}/open/`)",
        target=Target(operations=("open_door",), path="/open/", carson=True),
        run=_open_door,
        look=_door_state,
    ),
    Operation(
        name="still",
        title="A picture is shown (struck: `GET asset/prev/image.jpeg`)",
        target=Target(operations=("image",), path="/image.jpeg", carson=False),
        run=_still,
        look=_all_stay,
    ),
    Operation(
        name="live",
        title="Live video is watched (struck: `GET asset/play/video.flv`)",
        target=Target(operations=("live",), path="/video.flv", carson=False),
        run=_live,
        needs=("stream",),
        look=_all_stay,
    ),
    Operation(
        name="list recordings",
        title="The media browser opens a day (struck: `GET asset/list/video`)",
        target=Target(operations=("list_videos",), path="/asset/list/video", carson=False),
        run=_list_recordings,
        needs=("media_source",),
        look=_all_stay,
    ),
    Operation(
        name="play recording",
        title="A recording is played as MP4 (struck: `GET asset/play/video.mp4`)",
        target=Target(operations=("mp4",), path="/video.mp4", carson=False),
        run=_play_recording,
        needs=("http",),
        look=_all_stay,
    ),
    Operation(
        name="unload",
        title="The account is unloaded (struck: everything)",
        target=Target(operations=("*",), path="/", carson=True),
        run=_unload,
        look=_gone,
    ),
    Operation(
        name="restart",
        title="Home Assistant sets the account up again (struck: everything)",
        target=Target(operations=("*",), path="/", carson=True),
        run=_restart,
        look=_registered,
    ),
)
