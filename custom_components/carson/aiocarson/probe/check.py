"""The self-check: asks both clouds a few questions, changes nothing, and reports forms instead of values."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import time
from typing import Any

import aiohttp
from aiohttp import hdrs

from ..carson.api import CarsonApi
from ..eagle_eye.live import PATH as LIVE_PATH, live_params
from ..eagle_eye.session_key import SessionKey
from ..errors import CarsonError
from ..http.cleaning import Cleaner
from ..http.record import body_form
from ..http.request import Pool, Request
from ..http.stats import Cloud
from ..http.transport import Transport
from ..http.urls import EagleEyeAddress
from .beliefs import compare
from .carson_steps import CarsonSteps
from .eagle_eye_steps import EagleEyeSteps
from .media import flv_facts
from .sending import MAX_REQUEST_SECONDS, MAX_REQUESTS, MAX_SECONDS, OnStep, Sender

FORMAT = 1
"""The number of the form of reports."""
_LIVE = timedelta(seconds=5)
_MAX_LIVE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckOptions:
    """What a self-check asks beyond the usual.

    Attributes:
        live: Open a live view for five seconds; the camera uploads video meanwhile.
        recorded: Ask for the beginning of a recording.
        v3: Ask Eagle Eye's later API once, even if nothing suggests it.
        on_step: Called with the name of each step.
        secrets: What must not be in the report, such as the e-mail address and the password.
        seconds: The longest time that it may take.
        request_seconds: The longest time that a single request may take.
    """

    live: bool = False
    recorded: bool = False
    v3: bool = False
    on_step: OnStep | None = None
    secrets: tuple[str | None, ...] = ()
    seconds: float = MAX_SECONDS
    request_seconds: float = MAX_REQUEST_SECONDS


class SelfCheck:
    """One self-check of an account.

    Args:
        transport: Sends the requests.
        api: Carson, with the token.
        address: The address of Eagle Eye.
        user_agent: Sent with each request to Eagle Eye.
        options: What to ask beyond the usual.
    """

    def __init__(
        self,
        transport: Transport,
        api: CarsonApi,
        *,
        address: EagleEyeAddress,
        user_agent: str,
        options: SelfCheckOptions,
    ) -> None:
        self._transport = transport
        self._api = api
        self._address = address
        self._user_agent = user_agent
        self._options = options
        self._sender = Sender(
            transport, Cleaner(options.secrets), on_step=options.on_step, request_seconds=options.request_seconds
        )
        self._facts: dict[str, Any] = {}

    async def run(self) -> dict[str, Any]:
        """Return the report; see `Carson.self_check`."""
        sender, facts = self._sender, self._facts
        started = time.monotonic()
        complete = False
        try:
            async with asyncio.timeout(self._options.seconds):
                await self._ask_all()
                complete = sender.requests < MAX_REQUESTS
        except TimeoutError:
            pass
        facts["headers.names"] = sorted({name for names in sender.headers.values() for name in names})
        return {
            "format": FORMAT,
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "complete": complete,
            "requests": sender.requests,
            "seconds": round(time.monotonic() - started),
            "beliefs": compare(facts),
            "facts": _cleaned(facts, sender.cleaner),
            "headers": _cleaned(sender.headers, sender.cleaner),
            "clock_ahead_seconds": sender.skew_seconds,
            "steps": sender.steps,
        }

    async def _ask_all(self) -> None:
        carson = CarsonSteps(self._sender, self._api, self._address, self._facts)
        await carson.run()
        if not carson.keys:
            return
        eagle_eye = EagleEyeSteps(
            self._sender, address=self._address, user_agent=self._user_agent, keys=carson.keys, facts=self._facts
        )
        await eagle_eye.run(carson.camera_ids, recorded=self._options.recorded, v3=self._options.v3)
        if self._options.live and eagle_eye.camera is not None:
            await self._watch(carson.keys[-1], eagle_eye.camera)

    async def _watch(self, key: SessionKey, camera: str) -> None:
        """Open a live view for some seconds."""
        row = self._sender.begin("live", f"{LIVE_PATH}?id={{camera}}")
        if row is None:
            return
        request = Request(
            cloud=Cloud.EAGLE_EYE,
            url=key.base / LIVE_PATH,
            params=live_params(camera, _LIVE),
            headers={hdrs.USER_AGENT: self._user_agent, hdrs.ACCEPT_ENCODING: "identity"},
            cookie=key.cookie,
            time_limit=min(self._transport.timeouts.live_open, self._options.request_seconds),
            pool=Pool.LIVE,
        )
        facts = self._facts
        started = time.monotonic()
        body = bytearray()
        ended = False
        try:
            async with self._transport.open(request) as response:
                row |= {"status": response.status, "content_type": response.content_type[:60]}
                facts["live.status"] = response.status
                async with asyncio.timeout(2 * _LIVE.total_seconds()):
                    while len(body) < _MAX_LIVE and not ended:
                        chunk = await response.content.readany()
                        if chunk and not body:
                            facts["live.first_byte_ms"] = round(1000 * (time.monotonic() - started))
                        body += chunk
                        ended = not chunk
        except TimeoutError:
            pass
        except (CarsonError, aiohttp.ClientError, OSError) as err:
            row["error"] = type(err).__name__
        row |= {"ms": round(1000 * (time.monotonic() - started)), "bytes": len(body), "body": body_form(bytes(body))}
        if row["body"] == "flv":
            row["verdict"] = "ok"
            facts |= {f"live.{name}": value for name, value in {"audio_codec": None, **flv_facts(bytes(body))}.items()}
            facts["live.ended"] = ended
        else:
            row["verdict"] = "unreadable" if row.get("status") == 200 else "refused"


def _cleaned(value: Any, cleaner: Cleaner) -> Any:
    """Return facts without any text that a cloud sent as a value: a second net below the first one."""
    if isinstance(value, str):
        return cleaner.clean(value)
    if isinstance(value, Mapping):
        return {cleaner.clean_name(name): _cleaned(inner, cleaner) for name, inner in value.items()}
    return [_cleaned(inner, cleaner) for inner in value] if isinstance(value, list) else value
