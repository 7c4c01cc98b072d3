"""The client of an account, as this integration sets it up."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util import dt as dt_util
from homeassistant.util.ssl import get_default_context

from .aiocarson import Carson, Timeouts
from .aiocarson.carson.api import AppIdentity
from .aiocarson.carson.sign_in_pace import SignInPace
from .aiocarson.defaults import API_VERSION
from .aiocarson.eagle_eye.session_log import SessionLog
from .aiocarson.http.transport import command_connector_factory
from .const import CONF_API_VERSION, CONF_APP_VERSION
from .endpoints import endpoints_from_environment

TIMEOUTS = Timeouts()


@callback
def async_create_session(hass: HomeAssistant, *, auto_cleanup: bool = True) -> ClientSession:
    """Return a new HTTP session for a client.

    Args:
        hass: Home Assistant.
        auto_cleanup: Whether the session ends with the entry that is being set up; otherwise the caller detaches it.
    """
    # The client sets the cookie with the session key on each request: a jar might send an older one.
    return async_create_clientsession(hass, auto_cleanup=auto_cleanup, cookie_jar=DummyCookieJar())


@callback
def async_create_client(
    session: ClientSession,
    *,
    email: str | None = None,
    password: str | None = None,
    token: str | None = None,
    on_token: Callable[[str], None] | None = None,
    account_id: str | None = None,
    sign_in_pace: SignInPace | None = None,
    session_log: SessionLog | None = None,
    options: Mapping[str, Any] | None = None,
) -> Carson:
    """Return a new client of the clouds that this installation uses."""
    endpoints = endpoints_from_environment()
    options = options or {}
    app = AppIdentity()
    return Carson(
        session,
        command_connector=command_connector_factory(get_default_context()),
        email=email,
        password=password,
        token=token,
        api_url=endpoints.api_url,
        eagle_eye_url=endpoints.eagle_eye_url,
        on_token=on_token,
        account_id=account_id,
        sign_in_pace=sign_in_pace,
        session_log=session_log,
        api_version=options.get(CONF_API_VERSION, API_VERSION),
        app=replace(app, app_version=options.get(CONF_APP_VERSION, app.app_version)),
        time_zone=dt_util.get_default_time_zone(),
        timeouts=TIMEOUTS,
    )
