"""Secrets stay in the store of the config entries and in requests to the clouds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.components.camera import async_get_image, async_get_stream_source
from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator
from yarl import URL

from custom_components.carson import system_health
from custom_components.carson.const import CONF_TOKEN, DOMAIN
from custom_components.carson.media.recordings.segments import RecordingSegment
from custom_components.carson.media.timeouts import MediaTimeouts, RecordingTimeouts
from simulator import Simulator
from tests.support.planted_secrets import (
    EMAIL,
    PASSWORD,
    PlantedSecrets,
    diagnostics_of,
    error_text,
    log_text,
    newest_session,
    objects_of_package,
    plant_secrets,
)
from tests.support.recordings import BUILDING, LOBBY, record

LOCK = "lock.harbor_house_front_door"
CAMERA = "camera.harbor_house_lobby"
LOGGERS = ("", "custom_components.carson", "aiohttp", "homeassistant.components.stream", "homeassistant.helpers")
# Responses that quote the request, as careless servers do.
ECHO = {"body": json.dumps({"code": 7, "status": "Error", "data": None, "msg": f"{EMAIL} / {PASSWORD}"})}
REJECTED = {**ECHO, "status": 400, "content_type": "application/json"}
FAULTS: dict[str, Callable[[Simulator], object]] = {
    "none": lambda sim: None,
    "token revoked": lambda sim: sim.tokens.revoke(sim.state.accounts[EMAIL]),
    "sessions revoked": lambda sim: sim.sessions.revoke(),
    "server error": lambda sim: sim.faults.add("*", "status", status=500, **ECHO),
    "rejected with an echo": lambda sim: sim.faults.add("*", "status", **REJECTED),
    "HTML page": lambda sim: sim.faults.add("*", "ok_html"),
    "reset": lambda sim: sim.faults.add("*", "reset"),
    "cut": lambda sim: sim.faults.add("*", "cut"),
    "not signed in": lambda sim: sim.faults.add("*", "unauthorized"),
    "redirect": lambda sim: sim.faults.add("*", "redirect", location=f"http://evil.example/?{EMAIL}"),
}


@pytest.fixture
def planted(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> PlantedSecrets:
    return plant_secrets(sim, monkeypatch)


@pytest.fixture
def entry(planted: PlantedSecrets, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    return make_entry(EMAIL, password=PASSWORD)


@pytest.fixture(autouse=True)
async def other_integrations(hass: HomeAssistant) -> None:
    for component in ("websocket_api", "config", "media_source", "stream", "diagnostics", "repairs"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
def begin(sim: Simulator) -> datetime:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    record(sim, (begin, 4))
    return begin


class User:
    """Does what a user does, and searches all results for secrets."""

    def __init__(
        self, hass: HomeAssistant, client: ClientSessionGenerator, planted: PlantedSecrets, folder: Path
    ) -> None:
        self.hass = hass
        self.make_client = client
        self.planted = planted
        self.folder = folder
        self.found: list[str] = []
        self.done = 0
        self.seconds = 15.0

    async def attempt(self, what: str, work: Awaitable[object]) -> None:
        """Await something, and search its result or its error."""
        try:
            async with asyncio.timeout(self.seconds):
                result = await work
        except Exception as err:  # noqa: BLE001 - any error is shown to somebody
            self.found += self.planted.find(f"the error of {what}", error_text(err))
        else:
            self.done += 1
            self.found += self.planted.find(f"the result of {what}", repr(result))

    async def act(
        self, domain: str, action: str, entity_id: str | None, *, returns_response: bool = False, **data: Any
    ) -> None:
        target = {} if entity_id is None else {"entity_id": entity_id}
        call = self.hass.services.async_call(
            domain, action, {**target, **data}, blocking=True, return_response=returns_response
        )
        await self.attempt(f"{domain}.{action}", call)

    async def fetch(self, path: str) -> str:
        """Return the headers and the beginning of a response."""
        client = await self.make_client()
        response = await client.get(path, allow_redirects=False)
        async with asyncio.timeout(60):
            body = await response.content.read(3000)
        response.close()
        return f"{response.status} {dict(response.headers)} {body!r}"

    async def live(self) -> str:
        source = await async_get_stream_source(self.hass, CAMERA)
        assert source is not None
        # Players need the secret in it; it must be nowhere else.
        url = URL(source)
        return str(url.without_query_params("auth")) + await self.fetch(url.path_qs)

    async def everything(self, entry: MockConfigEntry, begin: datetime) -> None:
        """Do everything that can be done with an account."""
        end = begin + timedelta(seconds=4)
        segment = RecordingSegment(begin=begin, end=end).key
        await self.act("homeassistant", "update_entity", LOCK)
        await self.act(DOMAIN, "update", None)
        await self.act("lock", "open", LOCK)
        await self.act("lock", "unlock", LOCK)
        await self.attempt("a still", async_get_image(self.hass, CAMERA, timeout=5))
        await self.attempt("a still over HTTP", self.fetch(f"/api/camera_proxy/{CAMERA}"))
        await self.attempt("live view", self.live())
        times = {"begin": begin.isoformat(), "end": end.isoformat()}
        await self.act(DOMAIN, "get_recordings", CAMERA, returns_response=True, **times)
        saved = {"begin": begin.isoformat(), "duration": 4, "filename": str(self.folder / "a.mp4")}
        await self.act(DOMAIN, "save_recording", CAMERA, returns_response=True, **saved)
        saved = {"time": begin.isoformat(), "filename": str(self.folder / "a.jpg")}
        await self.act(DOMAIN, "save_snapshot_at", CAMERA, returns_response=True, **saved)
        place = f"{entry.entry_id}/{LOBBY}"
        await self.attempt("a recording", self.fetch(f"/api/carson/recording/{place}/{segment}.mp4"))
        await self.attempt("a thumbnail", self.fetch(f"/api/carson/thumbnail/{place}/{segment[:13]}.jpg"))


@pytest.fixture
def user(hass: HomeAssistant, planted: PlantedSecrets, hass_client: ClientSessionGenerator, tmp_path: Path) -> User:
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return User(hass, hass_client, planted, tmp_path)


@pytest.fixture
async def events(hass: HomeAssistant) -> AsyncIterator[list[Event[Any]]]:
    """Collect all events of the bus."""
    events: list[Event[Any]] = []
    stop = hass.bus.async_listen("*", events.append)
    yield events
    stop()


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_secret_is_disclosed(
    hass: HomeAssistant,
    sim: Simulator,
    planted: PlantedSecrets,
    entry: MockConfigEntry,
    begin: datetime,
    user: User,
    events: list[Event[Any]],
    hass_ws_client: WebSocketGenerator,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    timeouts = MediaTimeouts(recordings=RecordingTimeouts(resolve=2.0, mp4=2.0))
    monkeypatch.setattr("custom_components.carson.media_accounts.TIMEOUTS", timeouts)
    with caplog.at_level(logging.DEBUG):
        for name in LOGGERS:
            caplog.set_level(logging.DEBUG, logger=name)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if fault == "none":
            await user.everything(entry, begin)
        FAULTS[fault](sim)
        user.seconds = 3.0 if sim.faults.rules else 15.0
        await user.everything(entry, begin)
        websocket = await hass_ws_client()
        for command in _commands(entry):
            await websocket.send_json_auto_id(command)
            async with asyncio.timeout(60):
                user.found += planted.find(f"the result of {command['type']}", repr(await websocket.receive_json()))
        user.found += planted.find("diagnostics", await _diagnostics(hass, entry))
        sim.faults.clear()
        await user.attempt("reload", hass.config_entries.async_reload(entry.entry_id))
        user.found += planted.find("objects", _objects(hass, entry))
        assert await hass.config_entries.async_unload(entry.entry_id)
        async_fire_time_changed(hass, datetime.now(UTC) + timedelta(minutes=5), fire_all=True)
        await hass.async_block_till_done()
    user.found += planted.find("the log", log_text(caplog.records))
    user.found += planted.find("the states", repr([state.as_dict() for state in hass.states.async_all()]))
    user.found += planted.find("events", repr([event.as_dict() for event in events]))
    user.found += planted.find("the devices", repr(list(dr.async_get(hass).devices)))
    user.found += planted.find("the entities", repr(list(er.async_get(hass).entities.values())))
    user.found += planted.find("the issues", repr(list(ir.async_get(hass).issues.values())))
    stored = {key: value for key, value in hass_storage.items() if key != "core.config_entries"}
    user.found += planted.find("the store", repr(stored))
    assert user.found == []
    assert any(what == "session key" for what, _ in planted.all())
    assert user.done >= (11 if fault in {"none", "token revoked", "sessions revoked"} else 1)


def _commands(entry: MockConfigEntry) -> list[dict[str, Any]]:
    account = f"media-source://{DOMAIN}/{entry.entry_id}"
    return [
        {"type": "get_states"},
        {"type": "config_entries/get"},
        {"type": "config/device_registry/list"},
        {"type": "config/entity_registry/list"},
        {"type": "repairs/list_issues"},
        {"type": "config_entries/flow/progress"},
        {"type": "media_source/browse_media", "media_content_id": account},
        {"type": "media_source/browse_media", "media_content_id": f"{account}/{BUILDING}/{LOBBY}"},
        {"type": "camera/stream", "entity_id": CAMERA},
    ]


async def _diagnostics(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    text = await diagnostics_of(hass, entry)
    health = await system_health.system_health_info(hass)
    for value in health.values():
        if asyncio.iscoroutine(value):
            value.close()
    assert REDACTED in text
    return text + repr({name: repr(value) for name, value in health.items()})


def _objects(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    if not hasattr(entry, "runtime_data"):
        return ""
    objects = objects_of_package(entry.runtime_data, "custom_components.carson")
    assert len(objects) > 50
    return "\n".join(repr(one) for one in objects.values())


async def test_signing_in_discloses_no_credential(
    hass: HomeAssistant, sim: Simulator, planted: PlantedSecrets, caplog: pytest.LogCaptureFixture
) -> None:
    """The flow fails once and succeeds once; only the entry has the credentials."""
    sim.faults.add("login", "status", times=1, **REJECTED)
    user_input = {"email": EMAIL, "password": PASSWORD, "keep_password": True}
    found: list[str] = []
    with caplog.at_level(logging.DEBUG):
        flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
        if flow["type"] == "menu":
            flow = await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "password"})
        rejected = await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)
        schema = rejected.pop("data_schema", None)
        found += planted.find("the form", repr({**rejected, "errors": rejected.get("errors")}))
        assert schema is not None
        assert PASSWORD not in repr([(key, key.default, key.description) for key in schema.schema])
        created = await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)
        await hass.async_block_till_done()
    assert created["type"] == "create_entry"
    found += planted.find("the title", created["title"])
    found += planted.find("the log", log_text(caplog.records))
    assert found == []
    entry = created["result"]
    assert entry.data[CONF_TOKEN]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_search_finds_what_is_there(sim: Simulator, planted: PlantedSecrets) -> None:
    """The search finds secrets in errors, logs and URLs."""
    sim.sessions.open(sim.state.buildings["501"])
    key = newest_session(sim).key
    with pytest.raises(TypeError) as caught:
        _hide(key)
    assert planted.find("it", error_text(caught.value))
    log_record = logging.LogRecord("a", logging.DEBUG, "", 1, "%s", (f"x{EMAIL}",), None)
    assert planted.find("it", log_text([log_record]))
    assert planted.find("it", f"?A={key}")
    assert not planted.find("it", "nothing")


def _hide(text: str) -> None:
    try:
        int(text)
    except ValueError:
        raise TypeError("other") from None
