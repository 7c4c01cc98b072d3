"""The steps of the self-check at Carson: account, token, sessions of Eagle Eye (Protocol part A)."""

from collections import Counter
from collections.abc import Mapping
import time
from typing import Any

import jwt

from ..carson.api import ME, CarsonApi
from ..carson.eagle_eye_session import session_path
from ..carson.parsing import parse_account
from ..eagle_eye.session_key import SessionKey, is_cookie_value
from ..errors import CarsonError, InvalidResponseError
from ..http.coerce import as_id
from ..http.urls import EagleEyeAddress
from .sending import Answer, Sender
from .shapes import count_forms, count_words, field_names, form_of, rows_of, shape_of

_DAY = 86400.0
_SESSION = "properties/buildings/{building}/eagleeye/session/"
# Fields of texts with a fixed set of words.
_WORDS = {
    "property_levels": ("properties", "propertyLevel"),
    "property_types": ("properties", "type"),
    "contact_types": ("contactInfo", "type"),
}
_DOOR_FLAGS = ("isActive", "disabled", "available", "isUnitDoor", "staffOnly", "defaultInBuilding")

type Facts = dict[str, Any]


class CarsonSteps:
    """Asks Carson, and notes facts.

    Attributes:
        facts: What was found.
        building: The id of the first building with cameras at Eagle Eye.
        camera_ids: The Eagle Eye ids of its cameras, as Carson lists them.
        keys: The session keys that Carson issued for it, in order.
    """

    def __init__(self, sender: Sender, api: CarsonApi, address: EagleEyeAddress, facts: Facts) -> None:
        self._sender = sender
        self._api = api
        self._address = address
        self.facts = facts
        self.building: str | None = None
        self.camera_ids: list[str] = []
        self.keys: list[SessionKey] = []

    async def run(self) -> None:
        """Ask for the account and for sessions."""
        answer = await self._ask("me", ME, ME)
        self._note_token()
        self._note_account(answer)
        if self.building is None:
            return
        first = await self._ask_session("session")
        if first is None:
            return
        await self._sender.wait(self._api.transport.timeouts.self_check_key)
        second = await self._ask_session("session_again")
        if second is not None:
            self.facts["session.same_key"] = second.auth_key == first.auth_key
            self.facts["session.same_host"] = second.base == first.base

    async def _ask(self, step: str, template: str, path: str) -> Answer:
        try:
            request = await self._api.signed_request(path)
        except CarsonError as err:
            self._sender.record_failure(step, template, err)
            return Answer()
        return await self._sender.send(step, template, request)

    async def _ask_session(self, step: str) -> SessionKey | None:
        assert self.building is not None  # noqa: S101
        answer = await self._ask(step, _SESSION, session_path(self.building))
        self.facts.setdefault("session.status", []).append(answer.status)
        envelope = answer.json()
        data = envelope.get("data") if isinstance(envelope, dict) else None
        if not isinstance(data, dict):
            return None
        self._sender.cleaner.learn(data)
        key, subdomain = data.get("sessionId"), data.get("activeBrandSubdomain")
        if "session.shape" not in self.facts:
            self.facts["session.shape"] = shape_of(data)
            self.facts["session.key_form"] = form_of(key)
            self.facts["session.key_alg"] = _jwt_header(key).get("alg") if isinstance(key, str) else None
            self.facts["session.subdomain_form"] = subdomain_form(subdomain)
        if not isinstance(key, str) or not isinstance(subdomain, str) or not is_cookie_value(key):
            return None
        try:
            session = SessionKey(key, self._address.base(subdomain))
        except InvalidResponseError:
            return None
        self.keys.append(session)
        return session

    def _note_account(self, answer: Answer) -> None:
        facts = self.facts
        facts["me.status"] = answer.status
        envelope = answer.json()
        if not isinstance(envelope, dict):
            return
        facts["me.envelope"] = field_names(envelope)
        code = envelope.get("code")
        facts["me.code"] = code if isinstance(code, int) and abs(code) < 100_000 else form_of(code)
        data = envelope.get("data")
        if not isinstance(data, dict):
            facts["me.data"] = form_of(data)
            return
        self._sender.cleaner.learn(_without_enumerations(data))
        facts["me.shape"] = shape_of(data)
        for name, (rows, field) in _WORDS.items():
            facts[f"me.{name}"] = count_words(row.get(field) for row in rows_of(data, rows))
        properties = rows_of(data, "properties")
        doors = [door for one in properties for door in rows_of(one, "doors")]
        cameras = [camera for one in properties for camera in rows_of(one, "cameras")]
        facts["me.door_providers"] = count_words(door.get("provider") for door in doors)
        facts["me.camera_providers"] = count_words(camera.get("provider") for camera in cameras)
        facts["me.door_flags"] = _door_flags(doors)
        facts["me.counts"] = {"properties": len(properties), "doors": len(doors), "cameras": len(cameras)}
        facts["me.camera_lists"] = count_forms(one.get("cameras") for one in properties)
        facts["me.live_view_ids"] = count_forms(camera.get("liveViewId") for camera in cameras)
        self._choose_building(data)

    def _choose_building(self, data: Mapping[str, Any]) -> None:
        account = parse_account(data)
        self.facts["me.is_readable"] = account is not None
        if account is None:
            return
        self.facts["me.is_complete"] = account.complete
        with_cameras = [building for building in account.buildings if building.has_eagle_eye]
        self.facts["me.buildings_with_eagle_eye"] = len(with_cameras)
        if with_cameras:
            self.building = with_cameras[0].id
            written = (as_id(camera.raw.get("liveViewId")) for camera in with_cameras[0].eagle_eye_cameras)
            self.camera_ids = [one for one in written if one is not None]

    def _note_token(self) -> None:
        token = self._api.token.current
        if token is None:
            return
        self._sender.cleaner.learn(token.value)
        try:
            claims = jwt.decode(token.value, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError):
            self.facts["token.form"] = form_of(token.value)
            return
        self._sender.cleaner.learn(claims)
        self.facts["token.form"] = "jwt"
        self.facts["token.alg"] = next(iter(count_words([_jwt_header(token.value).get("alg")])))
        self.facts["token.claims"] = field_names(claims)
        expires_at, issued_at = claims.get("exp"), claims.get("iat")
        if isinstance(expires_at, int | float):
            self.facts["token.days_left"] = round((expires_at - time.time()) / _DAY)
            if isinstance(issued_at, int | float):
                self.facts["token.days"] = round((expires_at - issued_at) / _DAY)


def subdomain_form(value: object) -> str:
    """Return the form of a sub-domain: cNNN, label, dotted, url, or that of another value."""
    if not isinstance(value, str) or not value.strip():
        return form_of(value)
    if len(value) == 4 and value[0] == "c" and value[1:].isdigit():
        return "cNNN"
    if "/" in value or ":" in value:
        return "url"
    if "." in value:
        return "known_host" if value.endswith(".eagleeyenetworks.com") else "dotted"
    return "label" if value.replace("-", "").isalnum() else "other"


def _jwt_header(token: str) -> Mapping[str, Any]:
    try:
        return dict(jwt.get_unverified_header(token))
    except (jwt.PyJWTError, ValueError):
        return {}


def _door_flags(doors: list[Mapping[str, Any]]) -> dict[str, int]:
    """Return how often each combination of flags occurs."""
    flags = (" ".join(name for name in _DOOR_FLAGS if door.get(name) is True) for door in doors)
    return dict(sorted(Counter(combination or "(none)" for combination in flags).items()))


def _without_enumerations(data: Mapping[str, Any]) -> object:
    """Return the data without the texts that are counted as words, which are not secrets."""
    kept = {"provider", "propertyLevel", "type"}

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {name: strip(inner) for name, inner in value.items() if name not in kept}
        return [strip(inner) for inner in value] if isinstance(value, list) else value

    return strip(data)
