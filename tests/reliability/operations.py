"""The operations of the matrix: what a user or Home Assistant does, and how the outcome is described."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import ClientError, StreamReader, web
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

from custom_components.carson.aiocarson.flv.reader import FlvReader
from custom_components.carson.aiocarson.flv.tags import Kind
from custom_components.carson.base_coordinator import CarsonCoordinator
from custom_components.carson.const import DOMAIN, TOLERATED_FAILURES
from custom_components.carson.media.recordings.segments import RecordingSegment
from custom_components.carson.media.recordings.urls import recording_path
from simulator import Simulator
from tests.reliability.faults import Target
from tests.support.planted_secrets import error_text
from tests.support.recordings import BUILDING, LOBBY, record

DOOR = "lock.harbor_house_front_door"
OTHER_DOOR = "lock.harbor_house_roof_deck"
CAMERA = "camera.harbor_house_lobby"
_CLIP_SECONDS = 2
_ENOUGH_FRAMES = 12
_WATCHING_SECONDS = 6.0


@dataclass(slots=True, kw_only=True)
class Home:
    """A Home Assistant with a loaded account."""

    hass: HomeAssistant
    sim: Simulator
    entry: MockConfigEntry
    browser: TestClient[web.Request, web.Application] | None
    begin: datetime
    """The start of the lobby's only recording."""
    messages: list[str] = field(default_factory=list)
    """Everything that was shown to the user, to be searched for secrets."""

    def state_of(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        return "missing" if state is None else state.state

    @property
    def availability(self) -> str:
        """The availability of a door and of a camera."""
        return f"doors {self._availability_of(OTHER_DOOR)}, cameras {self._availability_of(CAMERA)}"

    def _availability_of(self, entity_id: str) -> str:
        return "unavailable" if self.state_of(entity_id) in {"unavailable", "missing"} else "available"

    @property
    def is_asked_to_sign_in(self) -> bool:
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return any(flow["context"]["source"] == "reauth" for flow in flows)

    @property
    def openings(self) -> int:
        return sum(self.sim.openings.values())


type Run = Callable[[Home], Awaitable[str]]
"""Runs an operation once; returns what the user sees."""
type Inspect = Callable[[Home], Awaitable[str]]
"""Returns the state afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Attributes:
        name: Key in the table.
        title: What happens, for readers.
        affected: The requests that faults affect, for readers.
        target: The same for the simulator.
        needs: Other integrations of Home Assistant that take part.
        prepare: Called before the fault is caused.
        run: The operation.
        inspect: Called afterwards, while the fault lasts.
    """

    name: str
    title: str
    affected: str
    target: Target
    run: Run
    inspect: Inspect
    needs: tuple[str, ...] = ()
    prepare: Callable[[Home], None] = lambda _: None


async def _sign_in(home: Home) -> str:
    flow = home.hass.config_entries.flow
    started = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flow.async_configure(started["flow_id"], {"next_step_id": "password"})
    user_input = {"email": "two@example.com", "password": "two buildings", "keep_password": True}
    result = await flow.async_configure(started["flow_id"], user_input)
    if result["type"] is FlowResultType.CREATE_ENTRY:
        return "signed in"
    home.messages.append(repr({key: value for key, value in result.items() if key != "data_schema"}))
    assert result["errors"] is not None
    return f"form: {result['errors']['base']}"


async def _accounts(home: Home) -> str:
    await home.hass.async_block_till_done()
    return f"accounts {len(home.hass.config_entries.async_entries(DOMAIN))}"


def _revoke_token(home: Home) -> None:
    home.sim.tokens.revoke()


def _poll(coordinator_of: Callable[[Home], CarsonCoordinator[object]]) -> Run:
    async def run(home: Home) -> str:
        coordinator = coordinator_of(home)
        await coordinator.async_refresh()
        if coordinator.last_exception is not None:
            home.messages.append(error_text(coordinator.last_exception))
        if home.is_asked_to_sign_in:
            return "asked to sign in again"
        return "nothing" if coordinator.status.failures == 0 else "nothing (tolerated)"

    return run


async def _poll_cameras(home: Home) -> str:
    await home.entry.runtime_data.cameras.async_refresh()
    if home.is_asked_to_sign_in:
        return "asked to sign in again"
    failures = home.entry.runtime_data.cameras.update_status(BUILDING).failures
    return "nothing" if failures == 0 else "nothing (tolerated)"


def _after_three_failures(poll: Run) -> Inspect:
    """Return a function that polls until no more failures are tolerated."""

    async def inspect(home: Home) -> str:
        at_first = home.availability
        if home.is_asked_to_sign_in:
            return at_first
        for _ in range(TOLERATED_FAILURES):
            await poll(home)
        later = home.availability
        return at_first if later == at_first else f"{at_first}; after 3 failures {later}"

    return inspect


async def _outcome(home: Home, work: Awaitable[object], success: str) -> str:
    """Return the translation key of the error, or the word for success."""
    try:
        await work
    except HomeAssistantError as err:
        home.messages.append(error_text(err))
        return f"error: {err.translation_key}"
    return success


async def _open_door(home: Home) -> str:
    action = home.hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    return await _outcome(home, action, "opened")


async def _door_state(home: Home) -> str:
    times = {0: "not opened", 1: "opened once"}.get(home.openings, f"opened {home.openings} times")
    return f"{home.state_of(DOOR)}, {times}"


async def _still(home: Home) -> str:
    return await _outcome(home, async_get_image(home.hass, CAMERA), "still")


async def _availability(home: Home) -> str:
    return home.availability


async def _live(home: Home) -> str:
    assert home.browser is not None
    url = URL(await async_get_stream_source(home.hass, CAMERA) or "")
    try:
        async with home.browser.get(url.path_qs) as response:
            # Players need the secret in the query; it must be nowhere else.
            home.messages.append(f"{url.without_query_params('auth')} {response.headers}")
            if response.status != HTTPStatus.OK:
                return f"no video ({response.status})"
            return await _watch(response.content)
    except ClientError:
        return "interrupted"


async def _watch(content: StreamReader) -> str:
    """Watch until some frames have come, for longer than any fault within a video lasts."""
    reader, frames = FlvReader(), 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_WATCHING_SECONDS):
            async for chunk in content.iter_any():
                frames += sum(tag.kind in {Kind.KEY, Kind.INTER} for tag in reader.feed(chunk))
                if frames >= _ENOUGH_FRAMES:
                    return "video"
    return "video, then none" if frames else "no video"


async def _list_recordings(home: Home) -> str:
    zone = await dt_util.async_get_time_zone("America/New_York")
    day = home.begin.astimezone(zone).date().isoformat()
    uri = f"media-source://{DOMAIN}/{home.entry.entry_id}/{BUILDING}/{LOBBY}/{day}"
    try:
        listing = await async_browse_media(home.hass, uri)
    except HomeAssistantError as err:
        home.messages.append(error_text(err))
        return f"error: {err.translation_key}"
    home.messages.append(repr(listing.as_dict()))
    return "list" if listing.children else "empty list"


async def _play_recording(home: Home) -> str:
    assert home.browser is not None
    segment = RecordingSegment(begin=home.begin, end=home.begin + timedelta(seconds=_CLIP_SECONDS))
    try:
        async with home.browser.get(recording_path(home.entry.entry_id, LOBBY, segment)) as response:
            body = await response.read()
            home.messages.append(f"{response.headers} {body[:3000]!r}")
            if response.status != HTTPStatus.OK:
                return f"no video ({response.status})"
            return "video" if b"ftyp" in body[:16] else "no video"
    except ClientError:
        return "interrupted"


async def _unload(home: Home) -> str:
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    state: ConfigEntryState = home.entry.state
    return str(state.value).replace("_", " ")


async def _reload(home: Home) -> str:
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.hass.async_block_till_done()
    home.messages.append(f"{home.entry.reason} {home.entry.error_reason_translation_placeholders}")
    if home.is_asked_to_sign_in:
        return "asked to sign in again"
    state: ConfigEntryState = home.entry.state
    return {
        ConfigEntryState.LOADED: "loaded",
        ConfigEntryState.SETUP_RETRY: "setup is retried",
    }.get(state, str(state.value))


async def _registered(home: Home) -> str:
    entities = er.async_entries_for_config_entry(er.async_get(home.hass), home.entry.entry_id)
    kept = "all entities kept" if len(entities) == len({one.unique_id for one in entities}) > 10 else "entities lost"
    return f"{home.availability}, {kept}"


def add_recording(home: Home) -> None:
    """Add one short recording of the lobby."""
    record(home.sim, (home.begin, _CLIP_SECONDS))


_POLL_ACCOUNT = _poll(lambda home: home.entry.runtime_data.account)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="sign in",
        title="Sign in (config flow)",
        affected="`POST auth/login/`",
        target=Target(operations=("login",), path="/auth/login/", carson=True),
        run=_sign_in,
        inspect=_accounts,
    ),
    Operation(
        name="renew",
        title="Renew a revoked token during a poll",
        affected="`POST auth/login/`",
        target=Target(operations=("login",), path="/auth/login/", carson=True),
        prepare=_revoke_token,
        run=_POLL_ACCOUNT,
        inspect=_after_three_failures(_POLL_ACCOUNT),
    ),
    Operation(
        name="poll account",
        title="Poll the account (every 5 minutes)",
        affected="`GET me/`",
        target=Target(operations=("me",), path="/me/", carson=True),
        run=_POLL_ACCOUNT,
        inspect=_after_three_failures(_POLL_ACCOUNT),
    ),
    Operation(
        name="poll cameras",
        title="Poll the cameras (every minute)",
        affected="`GET g/device/list`",
        target=Target(operations=("device_list",), path="/g/device/list", carson=False),
        run=_poll_cameras,
        inspect=_after_three_failures(_poll_cameras),
    ),
    Operation(
        name="open door",
        title="Open a door (`lock.open`)",
        affected="`POST doors/{id}/open/`",
        target=Target(operations=("open_door",), path="/open/", carson=True),
        run=_open_door,
        inspect=_door_state,
    ),
    Operation(
        name="still",
        title="Show a still",
        affected="`GET asset/prev/image.jpeg`",
        target=Target(operations=("image",), path="/image.jpeg", carson=False),
        run=_still,
        inspect=_availability,
    ),
    Operation(
        name="live",
        title="Watch live video",
        affected="`GET asset/play/video.flv`",
        target=Target(operations=("live",), path="/video.flv", carson=False),
        run=_live,
        needs=("stream",),
        inspect=_availability,
    ),
    Operation(
        name="list recordings",
        title="List the recordings of a day (media browser)",
        affected="`GET asset/list/video`",
        target=Target(operations=("list_videos",), path="/asset/list/video", carson=False),
        run=_list_recordings,
        needs=("media_source",),
        inspect=_availability,
    ),
    Operation(
        name="play recording",
        title="Play a recording as MP4",
        affected="`GET asset/play/video.mp4`",
        target=Target(operations=("mp4",), path="/video.mp4", carson=False),
        run=_play_recording,
        needs=("http",),
        inspect=_availability,
    ),
    Operation(
        name="unload",
        title="Unload the account",
        affected="every request",
        target=Target(operations=("*",), path="/", carson=True),
        run=_unload,
        inspect=_availability,
    ),
    Operation(
        name="reload",
        title="Reload the account",
        affected="every request",
        target=Target(operations=("*",), path="/", carson=True),
        run=_reload,
        inspect=_registered,
    ),
)
