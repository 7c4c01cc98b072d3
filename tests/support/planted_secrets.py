"""Recognizable secrets, planted wherever the clouds have some, and the search for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import logging
import traceback
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson import diagnostics
from custom_components.carson.media import manager, player_secret
from custom_components.carson.media.recordings import hls
from simulator import Simulator
from simulator.eagle_eye.devices import render_device, render_row
from simulator.state.model import Account
from simulator.state.sessions import Session

EMAIL = "pl4nted.resident@mailbox.example"
PASSWORD = "pl4nted-p4ssword-of-the-resident"
LATITUDE, LONGITUDE = 41.1357913, -72.2468024
STREET = "77 Pl4nted Street"
PLANTED = {
    "e-mail": EMAIL,
    "password": PASSWORD,
    "latitude": str(LATITUDE),
    "longitude": str(LONGITUDE),
    "street": STREET,
    "phone": "+1555013579246",
    "photo": "photos.pl4nted.example",
    "intercom": "intercom.pl4nted.example",
    "camera user": "pl4nted-camera-user",
    "camera password": "pl4nted-camera-p4ssword",
    "camera address": "203.0.113.177",
    "camera hardware": "02:ab:cd:ef:13:57",
}


@dataclass
class PlantedSecrets:
    """Secrets that must not be found anywhere; tokens and session keys are added as they are issued."""

    sim: Simulator
    texts: dict[str, str] = field(default_factory=lambda: dict(PLANTED))

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield every secret issued so far, with what it is."""
        yield from self.texts.items()
        for key in self.sim.sessions.issued:
            yield "session key", key
            yield "session key", key.partition("~")[2]

    def find(self, where: str, text: str) -> list[str]:
        """Return the secrets in a text, with their surroundings."""
        return [f"{what} in {where}: …{_around(text, secret)}…" for what, secret in self.all() if secret in text]


def _around(text: str, secret: str) -> str:
    at = text.index(secret)
    return text[max(0, at - 80) : at + len(secret) + 40]


def plant_secrets(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> PlantedSecrets:
    """Plant secrets in everything that a simulator returns."""
    planted = PlantedSecrets(sim)
    account: Account = sim.state.accounts.pop("resident@example.com")
    account.email, account.password = EMAIL, PASSWORD
    account.phone, account.photo_url = PLANTED["phone"], f"https://{PLANTED['photo']}/1.jpg"
    sim.state.accounts[EMAIL] = account
    building = sim.state.buildings["501"]
    building.latitude, building.longitude = LATITUDE, LONGITUDE
    building.overrides["comelitData"] = {"hostAddress": PLANTED["intercom"], "port": 64123}
    building.overrides["address"] = {"street": STREET}
    for other in sim.state.accounts.values():
        planted.texts[f"e-mail of {other.id}"] = other.email
        if other.password is not None:
            planted.texts[f"password of {other.id}"] = other.password
    _plant_in_devices(monkeypatch)
    _collect_tokens(sim, planted, monkeypatch)
    _collect_player_secrets(planted, monkeypatch)
    return planted


def _plant_in_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.eagle_eye import api as eagle_eye_api  # noqa: PLC0415 - the module that is patched

    def row(*arguments: Any) -> list[Any]:
        result = render_row(*arguments)
        result[14] = f"*{PLANTED['camera address']}"
        result[20] = [LATITUDE, LONGITUDE, None, None, STREET, "1", "Door"]
        return [*result, {"username": PLANTED["camera user"], "password": PLANTED["camera password"]}]

    def device(*arguments: Any) -> dict[str, Any]:
        result = render_device(*arguments)
        result["settings"] = {"username": PLANTED["camera user"], "password": PLANTED["camera password"]}
        result["camera_info"] |= {"mac": PLANTED["camera hardware"], "ipaddr": PLANTED["camera address"]}
        return result

    monkeypatch.setattr(eagle_eye_api, "render_row", row)
    monkeypatch.setattr(eagle_eye_api, "render_device", device)


def _collect_tokens(sim: Simulator, planted: PlantedSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    mint = sim.tokens.mint

    def collecting(*arguments: Any, **more: Any) -> str:
        token = mint(*arguments, **more)
        for part in token.split(".")[1:]:
            planted.texts[f"token {len(planted.texts)}"] = part
        return token

    monkeypatch.setattr(sim.tokens, "mint", collecting)


def _collect_player_secrets(planted: PlantedSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own secrets, which give players access to videos without a sign-in."""
    create = player_secret.create_secret

    def collecting() -> str:
        secret = create()
        planted.texts[f"player secret {len(planted.texts)}"] = secret
        return secret

    for module in (manager, hls):
        monkeypatch.setattr(module, "create_secret", collecting)


def newest_session(sim: Simulator) -> Session:
    """Return the newest session."""
    return list(sim.sessions.issued.values())[-1]


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes and contexts, suppressed ones included."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def error_text(error: BaseException) -> str:
    """Return everything that an error could disclose."""
    parts = list(traceback.format_exception(error))
    for one in error_chain(error):
        parts += [str(one), repr(one), repr(one.args), repr(getattr(one, "__notes__", None))]
        parts += [repr(value) for value in getattr(one, "__dict__", {}).values()]
    return "\n".join(parts)


def log_text(records: list[logging.LogRecord]) -> str:
    """Return everything that log records contain, shown or not.

    Home Assistant silences the log of requests to its own server at its start, whatever the user has set.
    """
    parts: list[str] = []
    for record in records:
        if record.name == "aiohttp.access":
            continue
        parts += [record.getMessage(), repr(record.args)]
        if record.exc_info is not None and record.exc_info[1] is not None:
            parts.append(error_text(record.exc_info[1]))
    return "\n".join(parts)


def objects_of_package(root: object, module: str) -> dict[int, object]:
    """Return the objects of a package that can be reached from an object."""
    found: dict[int, object] = {}
    seen: set[int] = set()
    waiting: list[object] = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
        elif type(one).__module__.startswith(module):
            found[id(one)] = one
            names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
            waiting += [getattr(one, name, None) for name in names if isinstance(name, str)]
            waiting += getattr(one, "__dict__", {}).values()
    return found


async def diagnostics_of(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the diagnostics of an account and of all its devices."""
    parts: list[Any] = [await diagnostics.async_get_config_entry_diagnostics(hass, entry)]
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    parts += [await diagnostics.async_get_device_diagnostics(hass, entry, device) for device in devices]
    return repr(parts)
