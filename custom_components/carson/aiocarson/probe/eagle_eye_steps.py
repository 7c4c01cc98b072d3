"""The steps of the self-check at Eagle Eye: devices, stills, lists, event poll (Protocol part B)."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from aiohttp import hdrs
from yarl import URL

from ..eagle_eye.event_messages import parse_message
from ..eagle_eye.models import parse_devices
from ..eagle_eye.session_key import SessionKey, is_cookie_value
from ..eagle_eye.subscription import DEFAULT_EVENTS
from ..eagle_eye.timestamps import format_timestamp, parse_timestamp
from ..errors import InvalidInputError
from ..http.coerce import as_esn, as_id
from ..http.request import Pool, Request
from ..http.stats import Cloud
from ..http.urls import EagleEyeAddress, path_segment
from .media import jpeg_size
from .sending import Answer, Sender
from .shapes import count_forms, count_words, field_names, rows_of, shape_of

_POLL_SECONDS = 20.0
_NEXT_SECONDS = 20.0
_WEBSOCKET_SECONDS = 10.0
_LIST_HOURS = timedelta(hours=1)
_RECORDED = timedelta(seconds=2)
_COLUMNS = 29
_STATUS, _PERMISSIONS = 10, 6

type Facts = dict[str, Any]


class EagleEyeSteps:
    """Asks Eagle Eye with the session keys of one building, and notes facts."""

    def __init__(
        self, sender: Sender, *, address: EagleEyeAddress, user_agent: str, keys: list[SessionKey], facts: Facts
    ) -> None:
        self._sender = sender
        self._address = address
        self._user_agent = user_agent
        self._keys = keys
        self._key = keys[-1]
        self.facts = facts
        self.camera: str | None = None
        self._account_id: str | None = None

    async def run(self, camera_ids: list[str], *, recorded: bool, v3: bool) -> None:
        """Ask everything; with `recorded`, for the beginning of a recording as well."""
        await self._check_keys()
        devices = await self._get_devices(camera_ids)
        camera = next((one for one in camera_ids if as_esn(one) in devices), None) or next(iter(devices.values()), None)
        if camera is None and camera_ids:
            camera = camera_ids[0]
        self.camera = camera
        if camera is not None:
            self._sender.cleaner.learn([camera, camera.lower()])
            await self._get_device(camera)
            await self._get_stills(camera)
            await self._list(camera, recorded=recorded)
            await self._poll(camera)
            await self._websocket(camera)
        if v3 or self.facts.get("session.key_form") == "jwt":
            await self._ask_v3()

    async def _check_keys(self) -> None:
        if len(self._keys) > 1:
            answer = await self._get("isauth_first_key", "g/aaa/isauth", key=self._keys[0])
            self.facts["isauth.first_key"] = answer.status
        answer = await self._get("isauth", "g/aaa/isauth")
        self.facts["isauth.status"] = answer.status
        self.facts["isauth.body"] = answer.body.strip().decode(errors="replace")[:5] in {"true", "false"}

    async def _get_devices(self, camera_ids: list[str]) -> dict[str, str]:
        """Return the ids of the cameras as they are written, by their lower-case forms."""
        answer = await self._get("devices", "g/device/list")
        facts = self.facts
        facts["devices.status"] = answer.status
        value = answer.json() if answer.ok else None
        if not isinstance(value, list):
            return {}
        rows = [row for row in value if isinstance(row, list)]
        self._account_id = next((as_id(row[0]) for row in rows if row), None)
        self._sender.cleaner.learn([[*row[:3], *row[7:10], *row[14:15], *row[16:17], *row[20:21]] for row in rows])
        facts["devices.rows"] = len(value)
        facts["devices.row_lengths"] = _histogram(len(row) for row in rows)
        facts["devices.columns"] = {
            str(column): count_forms(row[column] for row in rows if len(row) > column)
            for column in range(_COLUMNS)
            if any(len(row) > column for row in rows)
        }
        facts["devices.types"] = count_words(row[3] for row in rows if len(row) > 3)
        facts["devices.service_words"] = count_words(row[5] for row in rows if len(row) > 5)
        facts["devices.status_values"] = _histogram(
            row[_STATUS] for row in rows if len(row) > _STATUS and type(row[_STATUS]) is int
        )
        letters = {letter for row in rows if len(row) > _PERMISSIONS for letter in str(row[_PERMISSIONS] or "")}
        facts["devices.permissions"] = "".join(sorted(letter for letter in letters if letter.isascii()))[:80]
        facts["devices.without_id"] = sum(len(row) > 1 and row[1] is None for row in rows)
        parsed = parse_devices(value)
        facts["devices.is_complete"] = parsed.complete
        ids = {one.id: str(one.raw["columns"][1]).strip() for one in parsed.items if one.is_camera}
        known = {as_esn(one) for one in camera_ids}
        facts["devices.carson_lists"] = len(known)
        facts["devices.of_those_found"] = len(known & {one.id for one in parsed.items})
        return ids

    async def _get_device(self, camera: str) -> None:
        answer = await self._get("device", "g/device?id={camera}", "g/device", {"id": camera})
        self.facts["device.status"] = answer.status
        value = answer.json()
        if isinstance(value, dict):
            self._sender.cleaner.learn(value)
            self.facts["device.fields"] = field_names(value)
            self.facts["device.nested_status"] = {
                name: value[name]
                for name in ("camera_info_status_code", "camera_parameters_status_code")
                if type(value.get(name)) is int
            }
            modes = _preview_settings(value)
            if modes:
                self.facts["device.preview"] = modes

    async def _get_stills(self, camera: str) -> None:
        facts = self.facts
        first = await self._still("still", "prev", camera)
        facts["still.status"] = first.status
        facts["still.age_seconds"] = _age(first)
        facts["still.bytes"] = len(first.body)
        facts["still.size"] = jpeg_size(first.body)
        facts["still.headers"] = sorted(name.lower() for name in first.headers if name.lower().startswith("x-ee-"))
        newest = await self._still("still_next", "next", camera, seconds=_NEXT_SECONDS)
        facts["still.next_status"] = newest.status
        facts["still.next_ms"] = round(1000 * newest.seconds)
        taken, before = _taken(newest), _taken(first)
        facts["still.next_is_newer"] = None if taken is None or before is None else taken > before
        after = await self._still("still_after", "after", camera)
        facts["still.after_status"] = after.status
        await self._sender.wait(self._sender.timeouts.self_check_still)
        later = await self._still("still_later", "prev", camera)
        taken = _taken(later)
        facts["still.moves"] = None if taken is None or before is None else taken > before

    async def _list(self, camera: str, *, recorded: bool) -> None:
        end = datetime.now(UTC)
        times = {"start_timestamp": format_timestamp(end - _LIST_HOURS), "end_timestamp": format_timestamp(end)}
        params = {"id": camera, **times}
        answer = await self._get(
            "image_list", "asset/list/image?id={camera}", "asset/list/image", {**params, "asset_class": "pre"}
        )
        self._note_list("images", answer)
        answer = await self._get(
            "video_list", "asset/list/video?id={camera}", "asset/list/video", {**params, "options": "coalesce"}
        )
        self._note_list("videos", answer)
        videos = rows_of(answer.json())
        begin = videos[-1].get("s") if videos else None
        if recorded and isinstance(begin, str) and (moment := parse_timestamp(begin)) is not None:
            end = moment + _RECORDED
            params = {"id": camera, "start_timestamp": begin, "end_timestamp": format_timestamp(end)}
            path = "asset/play/video.flv"
            answer = await self._get("recorded", f"{path}?id={{camera}}", path, params, expected="flv")
            self.facts["recorded.status"] = answer.status

    def _note_list(self, name: str, answer: Answer) -> None:
        self.facts[f"{name}.status"] = answer.status
        value = answer.json() if answer.ok else None
        if isinstance(value, list):
            self.facts[f"{name}.count"] = len(value)
            self.facts[f"{name}.entry"] = sorted({name for row in rows_of(value) for name in field_names(row)})

    async def _poll(self, camera: str) -> None:
        body = {"cameras": {camera: {"resource": ["pre", "status", "event"], "event": sorted(DEFAULT_EVENTS)}}}
        request = replace(self._request(self._key, "poll", {}), method=hdrs.METH_POST, body=body)
        answer = await self._sender.send("poll_subscribe", "poll", request)
        facts = self.facts
        facts["poll.status"] = answer.status
        value = answer.json() if answer.ok else None
        if not isinstance(value, dict):
            return
        facts["poll.fields"] = field_names(value)
        cookies = answer.headers.getall(hdrs.SET_COOKIE, [])
        facts["poll.cookies"] = sorted(count_words(cookie.partition("=")[0].replace("-", "_") for cookie in cookies))
        cameras = value.get("cameras")
        resources = [one for one in cameras.values() if isinstance(one, dict)] if isinstance(cameras, dict) else []
        facts["poll.resources"] = sorted({name for one in resources for name in field_names(one)})
        token = value.get("token")
        self._sender.cleaner.learn(token)
        if not isinstance(token, str) or not is_cookie_value(token):
            return
        cookie = f"{self._key.cookie}; ee-poll-ses={token}"
        answer = await self._get("poll", "poll", cookie=cookie, seconds=_POLL_SECONDS, pool=Pool.LISTENING)
        facts["poll.held_status"] = answer.status
        facts["poll.held_seconds"] = round(answer.seconds)
        value = answer.json()
        if isinstance(value, dict):
            facts["poll.held_shape"] = shape_of({name: inner for name, inner in value.items() if name == "cameras"})

    async def _websocket(self, camera: str) -> None:
        try:
            account = path_segment(self._account_id or "", "account")
        except InvalidInputError:
            return
        request = self._request(self._key, f"api/v2/Device/{account}/Events", {})
        body = {"cameras": {camera: {"resource": ["status", "event"], "event": sorted(DEFAULT_EVENTS)}}}
        status, text = await self._sender.ask_websocket(
            "websocket", "api/v2/Device/{account}/Events", request, body, seconds=_WEBSOCKET_SECONDS
        )
        self.facts["websocket.status"] = status
        if text is None:
            return
        message = parse_message(text, frozenset({camera.lower()}))
        self.facts["websocket.code"] = None if message is None else message.status
        self.facts["websocket.has_status"] = message is not None and any(one.status for one in message.events)

    async def _ask_v3(self) -> None:
        """Ask Eagle Eye's later API once, since the key might be one of that (Protocol F B.14)."""
        url = self._key.base.with_host(f"api.{self._key.base.host}") if _is_named(self._key.base) else self._key.base
        request = Request(
            cloud=Cloud.EAGLE_EYE,
            url=url / "api/v3.0/cameras",
            params={"pageSize": "1"},
            headers={hdrs.USER_AGENT: self._user_agent, hdrs.AUTHORIZATION: f"Bearer {self._key.auth_key}"},
            time_limit=1,
        )
        answer = await self._sender.send("v3", "api/v3.0/cameras", request)
        self.facts["v3.status"] = answer.status
        details = rows_of(answer.json(), "details")
        self.facts["v3.domain"] = next(iter(count_words(row.get("domain") for row in details)), None)

    async def _still(self, step: str, reference: str, camera: str, *, seconds: float = 15.0) -> Answer:
        path = f"asset/{reference}/image.jpeg"
        params = {"id": camera, "timestamp": "now", "asset_class": "pre"}
        pool = Pool.WAITING if reference == "next" else Pool.QUICK
        return await self._get(step, f"{path}?id={{camera}}", path, params, expected="jpeg", seconds=seconds, pool=pool)

    async def _get(
        self,
        step: str,
        template: str,
        path: str | None = None,
        params: Mapping[str, str] | None = None,
        *,
        key: SessionKey | None = None,
        cookie: str | None = None,
        expected: str = "json",
        seconds: float = 15.0,
        pool: Pool = Pool.QUICK,
    ) -> Answer:
        request = self._request(key or self._key, path or template, params or {}, cookie=cookie, pool=pool)
        return await self._sender.send(step, template, request, expected=expected, seconds=seconds)

    def _request(
        self,
        key: SessionKey,
        path: str,
        params: Mapping[str, str],
        *,
        cookie: str | None = None,
        pool: Pool = Pool.QUICK,
    ) -> Request:
        return Request(
            cloud=Cloud.EAGLE_EYE,
            url=key.base / path,
            params=params,
            headers={hdrs.USER_AGENT: self._user_agent},
            cookie=cookie or key.cookie,
            time_limit=1,
            pool=pool,
            allow_redirect=self._redirect_rule(key),
        )

    def _redirect_rule(self, key: SessionKey) -> Callable[[URL], bool]:
        return lambda url: self._address.may_receive_key(url, key.base)


def _is_named(url: URL) -> bool:
    return "." in (url.host or "") and not (url.host or "").replace(".", "").isdigit()


def _histogram(values: Any) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items())[:40]}


def _taken(answer: Answer) -> datetime | None:
    return parse_timestamp(answer.headers.get("x-ee-timestamp")) if answer.ok else None


def _age(answer: Answer) -> int | None:
    taken = _taken(answer)
    return None if taken is None else round(time.time() - taken.timestamp())


def _preview_settings(device: Mapping[str, Any]) -> dict[str, Any]:
    """Return when the camera sends previews, if the device says so (Protocol B.4)."""
    parameters = device.get("camera_parameters")
    active = parameters.get("active_settings") if isinstance(parameters, dict) else None
    found: dict[str, Any] = {}
    if isinstance(active, dict):
        for name in ("preview_transmit_mode", "video_transmit_mode", "preview_interval_ms"):
            setting = active.get(name)
            value = setting.get("v") if isinstance(setting, dict) else setting
            if type(value) is int:
                found[name] = value
            elif isinstance(value, str):
                found[name] = next(iter(count_words([value.replace(" ", "_")])))
    return found
