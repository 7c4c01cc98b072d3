"""Pictures that Home Assistant's page shows in place of a camera's own: it shows nothing but pictures."""

from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import current_request
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .aiocarson import Still
from .const import DOMAIN

_PATHS = ("/api/camera_proxy/", "/api/camera_proxy_stream/")


def is_requested_by_page() -> bool:
    """Return whether the picture that is being requested is for Home Assistant's page."""
    request = current_request.get()
    return request is not None and request.path.startswith(_PATHS)


async def async_draw_reason(hass: HomeAssistant, name: str, key: str, since: datetime | None = None) -> bytes:
    """Return a picture that says why there is none.

    Args:
        hass: Home Assistant.
        name: The name of the camera.
        key: The translation key of the reason.
        since: Since when that is so, if it is known.
    """
    text = await _async_text(hass, key, name=name, reason="")
    when = None if since is None else await _async_text(hass, "not_shown_since", when=local_time(since))
    return await hass.async_add_executor_job(_draw_placeholder, name, text, when)


async def async_draw_banner(hass: HomeAssistant, still: Still) -> bytes:
    """Return an old picture that says from when it is."""
    text = await _async_text(hass, "picture_from", when=local_time(still.taken_at))
    return await hass.async_add_executor_job(_draw_banner, still.content, text)


def local_time(time: datetime | None) -> str:
    """Return a time as users read it in every language."""
    return "?" if time is None else dt_util.as_local(time).strftime("%Y-%m-%d %H:%M")


async def _async_text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return a message in the language of Home Assistant."""
    texts = await async_get_translations(hass, hass.config.language, "exceptions", [DOMAIN])
    return texts.get(f"component.{DOMAIN}.exceptions.{key}.message", "").format_map(placeholders)


def _draw_placeholder(title: str, text: str, since: str | None) -> bytes:
    """Draw in a thread, where the drawing library is also imported: most cameras never need it."""
    from .media.placeholder import draw_placeholder  # noqa: PLC0415

    return draw_placeholder(title, text, since)


def _draw_banner(picture: bytes, text: str) -> bytes:
    from .media.placeholder import draw_banner  # noqa: PLC0415

    return draw_banner(picture, text)
