"""Errors that pages show as they are: in the language of Home Assistant, and otherwise as they were raised."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.carson.errors import errors_in_own_language, invalid_input


async def test_text_and_keys(hass: HomeAssistant) -> None:
    """The keys are kept: where the page translates an error itself, it uses the language of the user."""
    hass.config.language = "sv"
    with pytest.raises(ServiceValidationError) as caught:
        async with errors_in_own_language(hass):
            raise invalid_input("which_calendar", buildings="A, B")
    assert str(caught.value).endswith(": A, B")
    assert not str(caught.value).startswith("More than one building")
    assert (caught.value.translation_domain, caught.value.translation_key) == ("carson", "which_calendar")
    assert caught.value.translation_placeholders == {"buildings": "A, B"}


async def test_error_without_a_translation(hass: HomeAssistant) -> None:
    error = HomeAssistantError("from elsewhere")
    with pytest.raises(HomeAssistantError) as caught:
        async with errors_in_own_language(hass):
            raise error
    assert caught.value is error
