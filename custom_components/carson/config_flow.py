"""Config flow: sign in, sign in again, options."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .aiocarson import Account, ApiError, AuthenticationError, CarsonError, RateLimitError
from .aiocarson.carson.token import clean_token, decode_expiry
from .client import async_create_client, async_create_session
from .const import (
    CONF_ALL_CAMERAS,
    CONF_EMAIL,
    CONF_KEEP_PASSWORD,
    CONF_OPEN_SECONDS,
    CONF_PASSWORD,
    CONF_TOKEN,
    DEFAULT_ALL_CAMERAS,
    DEFAULT_OPEN_SECONDS,
    DOMAIN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MAX_OPEN_SECONDS,
    MIN_OPEN_SECONDS,
    SIGN_IN_SECONDS,
)
from .data import CarsonConfigEntry
from .device_registry import async_remove_unlisted_cameras
from .identifiers import account_title
from .migration import belongs_to, needs_registry_migration

_LOGGER = logging.getLogger(__name__)

_METHODS = ["password", "token"]

_PASSWORD_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_EMAIL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.EMAIL, autocomplete="username")
        ),
        probatio.Required(probatio.Secret(CONF_PASSWORD)): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
        ),
        probatio.Required(CONF_KEEP_PASSWORD, default=True): BooleanSelector(),
    }
)
_TOKEN_SCHEMA = probatio.Schema(
    {
        probatio.Required(probatio.Secret(CONF_TOKEN)): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD)
        ),
    }
)
_OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_OPEN_SECONDS, default=DEFAULT_OPEN_SECONDS): NumberSelector(
            NumberSelectorConfig(
                min=MIN_OPEN_SECONDS,
                max=MAX_OPEN_SECONDS,
                step=1,
                unit_of_measurement="s",
                mode=NumberSelectorMode.BOX,
            )
        ),
        probatio.Required(CONF_ALL_CAMERAS, default=DEFAULT_ALL_CAMERAS): BooleanSelector(),
    }
)


@dataclass(frozen=True, slots=True)
class _SignedIn:
    """A successful sign-in."""

    account: Account
    token: str = field(repr=False)


class CarsonConfigFlow(ConfigFlow, domain=DOMAIN):
    """Config flow of an account."""

    VERSION = ENTRY_VERSION
    MINOR_VERSION = ENTRY_MINOR_VERSION

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: CarsonConfigEntry) -> CarsonOptionsFlow:
        """Return the options flow."""
        return CarsonOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the methods of signing in."""
        return self.async_show_menu(step_id="user", menu_options=_METHODS)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a rejected sign-in."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the methods of signing in again."""
        return self.async_show_menu(step_id="reauth_confirm", menu_options=_METHODS)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the methods of signing in from now on."""
        return self.async_show_menu(step_id="reconfigure", menu_options=_METHODS)

    async def async_step_password(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with an e-mail address and a password."""
        errors: dict[str, str] = {}
        if user_input is not None:
            email, password = user_input[CONF_EMAIL].strip(), user_input[CONF_PASSWORD]
            result = await self._sign_in(email=email, password=password)
            if isinstance(result, _SignedIn):
                data = {CONF_EMAIL: email, CONF_TOKEN: result.token}
                if user_input[CONF_KEEP_PASSWORD]:
                    data[CONF_PASSWORD] = password
                return await self._finish(result.account, data)
            errors = {"base": result}
        return self.async_show_form(
            step_id="password",
            data_schema=self.add_suggested_values_to_schema(
                _PASSWORD_SCHEMA,
                # The password is not sent back to the page.
                {key: value for key, value in (user_input or self._suggested()).items() if key != CONF_PASSWORD},
            ),
            errors=errors,
        )

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with a token, for accounts that have no password."""
        errors: dict[str, str] = {}
        if user_input is not None:
            token = clean_token(user_input[CONF_TOKEN])
            if not (errors := _token_errors(token)):
                result = await self._sign_in(token=token)
                if isinstance(result, _SignedIn):
                    return await self._finish(result.account, {CONF_TOKEN: result.token})
                errors = {"base": result}
        return self.async_show_form(step_id="token", data_schema=_TOKEN_SCHEMA, errors=errors)

    async def _finish(self, account: Account, data: dict[str, Any]) -> ConfigFlowResult:
        """Store the sign-in in a new entry, or in the one that is signed in again."""
        await self.async_set_unique_id(account.id)
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            entry = self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()
            if not needs_registry_migration(entry):
                self._abort_if_unique_id_mismatch(reason="wrong_account")
            elif belongs_to(entry, account) is False:
                return self.async_abort(reason="wrong_account")
            return self.async_update_reload_and_abort(entry, data=data)
        self._abort_if_unique_id_configured()
        if any(
            needs_registry_migration(entry) and belongs_to(entry, account) for entry in self._async_current_entries()
        ):
            return self.async_abort(reason="already_configured")
        return self.async_create_entry(title=account_title(account), data=data)

    async def _sign_in(
        self, *, email: str | None = None, password: str | None = None, token: str | None = None
    ) -> _SignedIn | str:
        """Sign in and return the account, or the key of an error message."""
        session = async_create_session(self.hass, auto_cleanup=False)
        client = async_create_client(session, email=email, password=password, token=token)
        try:
            async with asyncio.timeout(SIGN_IN_SECONDS):
                account = await client.get_account()
        except AuthenticationError:
            return "invalid_auth" if client.can_renew else "token_rejected"
        except TimeoutError:
            return "too_slow"
        except RateLimitError:
            return "too_many_requests"
        except ApiError as err:
            _LOGGER.warning("Carson rejected the sign-in: %s", err)
            return "refused"
        except CarsonError as err:
            _LOGGER.debug("Failed to sign in: %s", err)
            return "cannot_connect"
        except Exception:
            _LOGGER.exception("Unexpected error while signing in")
            return "unknown"
        finally:
            await client.close()
            session.detach()
        return _SignedIn(account, client.token or "")

    def _suggested(self) -> dict[str, Any]:
        """Return the values of the entry to suggest in the form."""
        if self.source == SOURCE_REAUTH:
            data = self._get_reauth_entry().data
        elif self.source == SOURCE_RECONFIGURE:
            data = self._get_reconfigure_entry().data
        else:
            return {}
        return {CONF_EMAIL: data.get(CONF_EMAIL, ""), CONF_KEEP_PASSWORD: CONF_PASSWORD in data}


class CarsonOptionsFlow(OptionsFlowWithReload):
    """Options flow of an account."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show or store the options."""
        if user_input is not None:
            if not user_input[CONF_ALL_CAMERAS]:
                async_remove_unlisted_cameras(self.hass, self.config_entry)
            return self.async_create_entry(data={**user_input, CONF_OPEN_SECONDS: int(user_input[CONF_OPEN_SECONDS])})
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(_OPTIONS_SCHEMA, self.config_entry.options),
        )


def _token_errors(token: str) -> dict[str, str]:
    """Return the errors of a token that can be found without a request."""
    try:
        expires_at = decode_expiry(token)
    except AuthenticationError:
        return {CONF_TOKEN: "token_unreadable"}
    if expires_at is not None and expires_at <= datetime.now(UTC):
        return {CONF_TOKEN: "token_expired"}
    return {}
