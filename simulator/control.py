"""`/_control/…`: tests and demonstrations in other processes reach the simulator here. JSON both ways."""

from collections.abc import Callable
from dataclasses import asdict
import json
from typing import Any

from aiohttp import web

from simulator.core import Core
from simulator.state.model import ABSENT, CarsonCamera, Door
from simulator.state.seed import build_state

type _Answer = dict[str, Any]


class Control:
    """The control endpoint of one simulator."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._actions: dict[str, Callable[[_Answer], _Answer]] = {
            "faults": self._add_fault,
            "faults/clear": self._clear_faults,
            "reset": self._reset,
            "settings": self._change_settings,
            "token": self._mint_token,
            "tokens/revoke": self._revoke_tokens,
            "sessions/revoke": self._revoke_sessions,
            "sessions/expire": self._expire_sessions,
            "me": self._change_me,
            "reservations/decide": self._decide,
            "clock/advance": self._advance,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request to the control endpoint."""
        path = request.match_info["path"].rstrip("/")
        if request.method == "GET":
            if path == "state":
                return web.json_response(self._show(), dumps=_dumps)
            if path == "counters":
                return web.json_response(self._count())
            return web.json_response({"error": "unknown"}, status=404)
        try:
            text = await request.text()
            wanted = json.loads(text) if text else {}
            if path.startswith("camera/"):
                return web.json_response(self._change_camera(path.removeprefix("camera/"), wanted))
            if (action := self._actions.get(path)) is None:
                return web.json_response({"error": "unknown"}, status=404)
            return web.json_response(action(wanted))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _show(self) -> _Answer:
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
            "reservations": [asdict(one) for one in core.state.reservations],
            "devices": [{"esn": d.esn, "name": d.name, "type": d.type, "status": d.status} for d in core.state.devices],
            "faults": [asdict(rule) for rule in core.faults.rules],
            "settings": asdict(core.settings),
        }

    def _count(self) -> _Answer:
        reservations = self._core.reservations
        return self._core.counters.as_json() | {
            "bookings": {" ".join(map(str, key)): n for key, n in reservations.bookings.items()},
            "cancellations": dict(reservations.cancellations),
            "double_bookings": len(reservations.double_bookings()),
        }

    def _add_fault(self, wanted: _Answer) -> _Answer:
        self._core.faults.add(**wanted)
        return {"faults": len(self._core.faults.rules)}

    def _clear_faults(self, wanted: _Answer) -> _Answer:
        self._core.faults.clear(wanted.get("operation"))
        return {"faults": len(self._core.faults.rules)}

    def _reset(self, _wanted: _Answer) -> _Answer:
        """Take the world, the counters and the faults back to the start; tokens and keys stay good."""
        core = self._core
        fresh = build_state(core.clock.time())
        core.state.accounts, core.state.buildings = fresh.accounts, fresh.buildings
        core.state.devices = fresh.devices
        core.state.amenities, core.state.reservations = fresh.amenities, fresh.reservations
        core.reservations.reset()
        core.jobs.clear()
        core.logged_in.clear()
        core.faults.clear()
        core.counters.reset()
        return {}

    def _decide(self, wanted: _Answer) -> _Answer:
        """Let the building's staff decide on a reservation: `{"reservation": id, "state": "approved"}`."""
        self._core.reservations.decide(str(wanted["reservation"]), wanted["state"])
        return {}

    def _change_settings(self, wanted: _Answer) -> _Answer:
        _assign(self._core.settings, wanted)
        return {}

    def _mint_token(self, wanted: _Answer) -> _Answer:
        details = {name: wanted[name] for name in ("expires_in", "alg") if name in wanted}
        return {"token": self._core.mint_token(wanted["email"], **details)}

    def _revoke_tokens(self, wanted: _Answer) -> _Answer:
        email = wanted.get("email")
        account = None if email is None else self._core.state.accounts[email]
        return {"revoked": self._core.tokens.revoke(account)}

    def _revoke_sessions(self, wanted: _Answer) -> _Answer:
        return {"revoked": self._core.sessions.revoke(building_id=_text_or_none(wanted.get("building")))}

    def _expire_sessions(self, wanted: _Answer) -> _Answer:
        building = _text_or_none(wanted.get("building"))
        return {"expired": self._core.sessions.expire(building_id=building, after=wanted.get("after", 0.0))}

    def _advance(self, wanted: _Answer) -> _Answer:
        self._core.clock.advance(float(wanted["seconds"]))
        return {"now": self._core.clock.now().isoformat()}

    def _change_camera(self, esn: str, wanted: _Answer) -> _Answer:
        """Change attributes of a camera; `status` and `frozen` also stop its pictures or let them go on."""
        device = self._core.state.cameras[esn]
        special = {name: wanted[name] for name in ("status", "frozen") if name in wanted}
        _assign(device, {name: value for name, value in wanted.items() if name not in special})
        if "status" in special:
            self._core.set_status(esn, int(special["status"]))
        if "frozen" in special:
            self._core.freeze(esn, frozen=bool(special["frozen"]))
        return {"esn": esn, "status": device.status}

    def _change_me(self, wanted: _Answer) -> _Answer:
        """Change what `me` answers.

        `{"account": email, "set": {...}, "remove": [...]}` for the account's fields, or
        `{"building": id, "set": {...}, "remove": [...], "add_door": {...}, "remove_door": id,
        "add_camera": {...}, "remove_camera": id, "attributes": {...}}` for a building.
        """
        if "building" in wanted:
            building = self._core.state.buildings[str(wanted["building"])]
            _override(building.overrides, wanted)
            _assign(building, wanted.get("attributes", {}))
            if "add_door" in wanted:
                building.doors.append(Door(**wanted["add_door"]))
            if "remove_door" in wanted:
                building.doors[:] = [d for d in building.doors if str(d.id) != str(wanted["remove_door"])]
            if "add_camera" in wanted:
                building.cameras = [*(building.cameras or []), CarsonCamera(**wanted["add_camera"])]
            if "remove_camera" in wanted:
                gone = str(wanted["remove_camera"])
                building.cameras = [c for c in building.cameras or [] if str(c.id) != gone]
            return {}
        account = self._core.state.accounts[wanted["account"]]
        _override(account.overrides, wanted)
        _assign(account, wanted.get("attributes", {}))
        return {}


def _dumps(value: object) -> str:
    return json.dumps(value, default=lambda odd: sorted(odd) if isinstance(odd, set) else str(odd))


def _override(overrides: dict[str, Any], wanted: _Answer) -> None:
    overrides.update(wanted.get("set", {}))
    overrides.update(dict.fromkeys(wanted.get("remove", []), ABSENT))
    for name in wanted.get("restore", []):
        overrides.pop(name, None)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _assign(target: object, values: dict[str, Any]) -> None:
    """Set attributes by name; nested settings take nested objects.

    Raises:
        AttributeError: No such attribute; then nothing has been set.
    """
    _check(target, values)
    for name, value in values.items():
        present = getattr(target, name)
        if _is_nested(present, value):
            _assign(present, value)
        else:
            setattr(target, name, set(value) if isinstance(present, set) else value)


def _check(target: object, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name.startswith("_") or not hasattr(target, name):
            raise AttributeError(name)
        if _is_nested(getattr(target, name), value):
            _check(getattr(target, name), value)


def _is_nested(present: object, value: object) -> bool:
    return isinstance(value, dict) and not isinstance(present, dict)
