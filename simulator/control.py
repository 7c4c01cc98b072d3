"""`/_control/…`: the JSON API through which other processes inspect and change the simulator."""

from collections.abc import Callable
from dataclasses import asdict
import json
from typing import Any

from aiohttp import web

from simulator.core import Core
from simulator.state.model import ABSENT, CarsonCamera, Door
from simulator.state.seed import build_state
from simulator.state.tower import add_tower

type _Json = dict[str, Any]


class Control:
    """The control endpoint of one simulator."""

    def __init__(self, core: Core) -> None:
        """Initialize the endpoint."""
        self._core = core
        self._actions: dict[str, Callable[[_Json], _Json]] = {
            "faults": self._add_fault,
            "faults/clear": self._clear_faults,
            "reset": self._reset,
            "settings": self._change_settings,
            "token": self._create_token,
            "tokens/revoke": self._revoke_tokens,
            "sessions/revoke": self._revoke_sessions,
            "sessions/expire": self._expire_sessions,
            "me": self._change_account,
            "reservations/decide": self._decide_reservation,
            "clock/advance": self._advance,
            "tower": self._add_tower,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Handle any request to the control endpoint."""
        path = request.match_info["path"].rstrip("/")
        if request.method == "GET":
            if path == "state":
                return web.json_response(self._state(), dumps=_dumps)
            if path == "counters":
                return web.json_response(self._counters())
            return web.json_response({"error": "unknown"}, status=404)
        try:
            text = await request.text()
            body = json.loads(text) if text else {}
            if path.startswith("camera/"):
                return web.json_response(self._change_camera(path.removeprefix("camera/"), body))
            if (action := self._actions.get(path)) is None:
                return web.json_response({"error": "unknown"}, status=404)
            return web.json_response(action(body))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _state(self) -> _Json:
        core = self._core
        return {
            "now": core.clock.now().isoformat(),
            "accounts": [
                {"id": a.id, "email": a.email, "has_password": a.password is not None, "buildings": a.buildings}
                for a in core.state.accounts.values()
            ],
            "buildings": [
                {
                    "id": b.id,
                    "name": b.name,
                    "eagle_eye": b.eagle_eye_account is not None,
                    "subdomain": b.subdomain,
                    "doors": {str(d.id): d.name for d in b.doors},
                    "cameras": {str(c.id): c.live_view_id for c in b.cameras or []},
                }
                for b in core.state.buildings.values()
            ],
            "reservations": [asdict(reservation) for reservation in core.state.reservations],
            "devices": [{"esn": d.esn, "name": d.name, "type": d.type, "status": d.status} for d in core.state.devices],
            "faults": [rule.as_json() for rule in core.faults.rules],
            "settings": asdict(core.settings),
        }

    def _counters(self) -> _Json:
        reservations = self._core.reservations
        return self._core.counters.as_json() | {
            "bookings": {" ".join(map(str, key)): n for key, n in reservations.bookings.items()},
            "cancellations": dict(reservations.cancellations),
            "double_bookings": len(reservations.double_bookings()),
        }

    def _add_fault(self, body: _Json) -> _Json:
        self._core.faults.add(**body)
        return {"faults": len(self._core.faults.rules)}

    def _clear_faults(self, body: _Json) -> _Json:
        self._core.faults.clear(body.get("operation"))
        return {"faults": len(self._core.faults.rules)}

    def _reset(self, _body: _Json) -> _Json:
        """Reset state, counters and faults; tokens and session keys stay valid."""
        core = self._core
        fresh = build_state(core.clock.time())
        core.state.accounts, core.state.buildings = fresh.accounts, fresh.buildings
        core.state.devices = fresh.devices
        core.state.amenities, core.state.reservations = fresh.amenities, fresh.reservations
        core.reservations.reset()
        core.transcode_jobs.clear()
        core.logged_in.clear()
        core.faults.clear()
        core.counters.reset()
        return {}

    def _decide_reservation(self, body: _Json) -> _Json:
        """Decide on a reservation as the staff would: `{"reservation": id, "state": "approved"}`."""
        self._core.reservations.decide(str(body["reservation"]), body["state"])
        return {}

    def _change_settings(self, body: _Json) -> _Json:
        _assign(self._core.settings, body)
        return {}

    def _create_token(self, body: _Json) -> _Json:
        details = {name: body[name] for name in ("expires_in", "alg") if name in body}
        return {"token": self._core.mint_token(body["email"], **details)}

    def _revoke_tokens(self, body: _Json) -> _Json:
        email = body.get("email")
        account = None if email is None else self._core.state.accounts[email]
        return {"revoked": self._core.tokens.revoke(account)}

    def _revoke_sessions(self, body: _Json) -> _Json:
        return {"revoked": self._core.sessions.revoke(building_id=_text_or_none(body.get("building")))}

    def _expire_sessions(self, body: _Json) -> _Json:
        building = _text_or_none(body.get("building"))
        return {"expired": self._core.sessions.expire(building_id=building, after=body.get("after", 0.0))}

    def _advance(self, body: _Json) -> _Json:
        self._core.clock.advance(float(body["seconds"]))
        return {"now": self._core.clock.now().isoformat()}

    def _change_camera(self, esn: str, body: _Json) -> _Json:
        """Change attributes of a camera; `status` and `frozen` also stop or continue its frames."""
        device = self._core.state.cameras[esn]
        special = {name: body[name] for name in ("status", "frozen") if name in body}
        _assign(device, {name: value for name, value in body.items() if name not in special})
        if "status" in special:
            self._core.set_status(esn, int(special["status"]))
        if "frozen" in special:
            self._core.freeze(esn, frozen=bool(special["frozen"]))
        return {"esn": esn, "status": device.status}

    def _add_tower(self, body: _Json) -> _Json:
        """Make Harbor House a tower: `{"doors": 30, "cameras": 40}`."""
        core = self._core
        add_tower(core.state, int(body["doors"]), int(body["cameras"]), core.clock.time())
        return {}

    def _change_account(self, body: _Json) -> _Json:
        """Change the response to `me`.

        `{"account": email, "set": {...}, "remove": [...]}` for the account's fields, or
        `{"building": id, "set": {...}, "remove": [...], "add_door": {...}, "remove_door": id,
        "add_camera": {...}, "remove_camera": id, "attributes": {...}}` for a building.
        """
        if "building" in body:
            building = self._core.state.buildings[str(body["building"])]
            _override(building.overrides, body)
            _assign(building, body.get("attributes", {}))
            if "add_door" in body:
                building.doors.append(Door(**body["add_door"]))
            if "remove_door" in body:
                building.doors[:] = [d for d in building.doors if str(d.id) != str(body["remove_door"])]
            if "add_camera" in body:
                building.cameras = [*(building.cameras or []), CarsonCamera(**body["add_camera"])]
            if "remove_camera" in body:
                removed = str(body["remove_camera"])
                building.cameras = [c for c in building.cameras or [] if str(c.id) != removed]
            return {}
        account = self._core.state.accounts[body["account"]]
        _override(account.overrides, body)
        _assign(account, body.get("attributes", {}))
        return {}


def _dumps(value: object) -> str:
    return json.dumps(value, default=lambda other: sorted(other) if isinstance(other, set) else str(other))


def _override(overrides: dict[str, Any], body: _Json) -> None:
    overrides.update(body.get("set", {}))
    overrides.update(dict.fromkeys(body.get("remove", []), ABSENT))
    for name in body.get("restore", []):
        overrides.pop(name, None)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _assign(target: object, values: dict[str, Any]) -> None:
    """Set attributes by name; nested settings are set from nested objects.

    Raises:
        AttributeError: There is no such attribute; nothing has been set.
    """
    _check(target, values)
    for name, value in values.items():
        current = getattr(target, name)
        if _is_nested(current, value):
            _assign(current, value)
        else:
            setattr(target, name, set(value) if isinstance(current, set) else value)


def _check(target: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name.startswith("_") or not hasattr(target, name):
            raise AttributeError(name)
        if _is_nested(getattr(target, name), value):
            _check(getattr(target, name), value)


def _is_nested(current: object, value: object) -> bool:
    return isinstance(value, dict) and not isinstance(current, dict)
