"""Config flow: sign in, sign in again, take over from the older integration, options."""

from collections.abc import Mapping
import re
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_USERNAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .aiocarson import Account
from .aiocarson.carson.api import AppIdentity
from .aiocarson.carson.token import clean_token, clean_username
from .aiocarson.defaults import API_VERSION
from .const import (
    CONF_ADVANCED,
    CONF_ALL_CAMERAS,
    CONF_API_VERSION,
    CONF_APP_VERSION,
    CONF_DASHBOARD,
    CONF_EMAIL,
    CONF_INACTIVE_RESERVATIONS,
    CONF_KEEP_PASSWORD,
    CONF_LIVE_EVENTS,
    CONF_OPEN_SECONDS,
    CONF_PASSWORD,
    CONF_TOKEN,
    DEFAULT_ALL_CAMERAS,
    DEFAULT_DASHBOARD,
    DEFAULT_INACTIVE_RESERVATIONS,
    DEFAULT_LIVE_EVENTS,
    DEFAULT_OPEN_SECONDS,
    DOMAIN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MAX_OPEN_SECONDS,
    MIN_OPEN_SECONDS,
    REPOSITORY,
)
from .data import CarsonConfigEntry
from .device_registry import async_remove_unlisted_cameras
from .identifiers import account_title
from .migration import (
    CONF_TAKEN_OVER,
    async_older_entries,
    belongs_to,
    migrated_data,
    migrated_options,
    needs_registry_migration,
)
from .sign_in import REJECTED, SignedIn, async_sign_in, token_errors

CONF_OTHER_METHOD = "other_method"
_CONF_OLDER_ENTRY = "older_entry"

TOKEN_HELP = f"{REPOSITORY}/blob/main/docs/token.md"
"""How to get a token."""

_METHODS = ["password", "token"]

_OTHER_METHOD = {probatio.Optional(CONF_OTHER_METHOD, default=False): BooleanSelector()}
# The page would not let a user go back if these fields were required.
_PASSWORD_FIELDS = {
    probatio.Optional(CONF_EMAIL): TextSelector(
        TextSelectorConfig(type=TextSelectorType.TEXT, autocomplete="username")
    ),
    probatio.Optional(probatio.Secret(CONF_PASSWORD)): TextSelector(
        TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
    ),
    probatio.Required(CONF_KEEP_PASSWORD, default=True): BooleanSelector(),
}
_TOKEN_FIELDS = {
    probatio.Optional(probatio.Secret(CONF_TOKEN)): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
}
# What Carson is told about the app, for the day on which it no longer accepts ours.
_VERSIONS = {CONF_API_VERSION: API_VERSION, CONF_APP_VERSION: AppIdentity().app_version}
_VERSION_FORMS = {
    CONF_API_VERSION: re.compile(r"v[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}", re.ASCII),
    CONF_APP_VERSION: re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}(?:\([0-9]{1,6}\))?", re.ASCII),
}
# Asked only when an account is added.
_DASHBOARD_FIELD = {probatio.Required(CONF_DASHBOARD, default=True): BooleanSelector()}
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
        probatio.Required(CONF_LIVE_EVENTS, default=DEFAULT_LIVE_EVENTS): BooleanSelector(),
        probatio.Required(CONF_DASHBOARD, default=DEFAULT_DASHBOARD): BooleanSelector(),
        probatio.Required(CONF_INACTIVE_RESERVATIONS, default=DEFAULT_INACTIVE_RESERVATIONS): BooleanSelector(),
        probatio.Optional(CONF_ADVANCED): section(
            probatio.Schema({probatio.Optional(name): TextSelector() for name in _VERSIONS}),
            {"collapsed": True},
        ),
    }
)


class CarsonConfigFlow(ConfigFlow, domain=DOMAIN):
    """Config flow of an account."""

    VERSION = ENTRY_VERSION
    MINOR_VERSION = ENTRY_MINOR_VERSION

    _older: ConfigEntry
    """The entry of the older integration that is taken over, once that is chosen."""
    _is_takeover = False
    _with_dashboard = False
    """Whether an account that is added gets a dashboard in the sidebar."""
    _to_confirm: tuple[Account, dict[str, Any]]
    """The account and data of a sign-in, while the user is asked whether it is the right account."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: CarsonConfigEntry) -> CarsonOptionsFlow:
        """Return the options flow."""
        return CarsonOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the methods of signing in; first of all, what can be taken over without it."""
        methods = ["takeover", *_METHODS] if async_older_entries(self.hass) else _METHODS
        return self.async_show_menu(step_id="user", menu_options=methods)

    async def async_step_takeover(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take over an entry of the older integration; let the user choose if there are several."""
        by_id = {entry.entry_id: entry for entry in async_older_entries(self.hass)}
        if not by_id:
            return self.async_abort(reason="older_gone")
        chosen = next(iter(by_id)) if len(by_id) == 1 else (user_input or {}).get(_CONF_OLDER_ENTRY)
        if (older := by_id.get(chosen or "")) is not None:
            self._older, self._is_takeover = older, True
            return await self.async_step_takeover_confirm({})
        options = [SelectOptionDict(value=entry_id, label=entry.title) for entry_id, entry in by_id.items()]
        selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
        schema = probatio.Schema({probatio.Required(_CONF_OLDER_ENTRY, default=options[0]["value"]): selector})
        return self.async_show_form(step_id="takeover", data_schema=schema)

    async def async_step_takeover_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with what the older integration has stored."""
        data = migrated_data(self._older.data)
        email, password, token = (data.get(key) for key in (CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN))
        if not token and not (email and password):
            return await self.async_step_takeover_sign_in()
        result = await async_sign_in(self.hass, email=email, password=password, token=token)
        if isinstance(result, SignedIn):
            return await self._finish(result.account, {**data, CONF_TOKEN: result.token})
        if result in REJECTED:
            return await self.async_step_takeover_sign_in()
        return self.async_show_form(
            step_id="takeover_confirm", data_schema=probatio.Schema({}), errors={"base": result}
        )

    async def async_step_takeover_sign_in(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the methods of signing in, because what is stored is no longer accepted."""
        return self.async_show_menu(step_id="takeover_sign_in", menu_options=_METHODS)

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Add the account of the YAML configuration."""
        email, password = import_data[CONF_USERNAME], import_data[CONF_PASSWORD]
        result = await async_sign_in(self.hass, email=email, password=password)
        if isinstance(result, SignedIn):
            data = {CONF_EMAIL: email, CONF_PASSWORD: password, CONF_TOKEN: result.token}
            return await self._finish(result.account, data)
        return self.async_abort(reason=result)

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
        """Sign in with an email address or a phone number, and a password."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input.get(CONF_OTHER_METHOD):
                return await self._back()
            errors = _missing(user_input, CONF_EMAIL, CONF_PASSWORD)
        if user_input is not None and not errors:
            self._with_dashboard = user_input.get(CONF_DASHBOARD, False)
            email, password = clean_username(user_input[CONF_EMAIL]), user_input[CONF_PASSWORD]
            result = await async_sign_in(self.hass, email=email, password=password)
            if isinstance(result, SignedIn):
                data = {CONF_EMAIL: email, CONF_TOKEN: result.token}
                if user_input[CONF_KEEP_PASSWORD]:
                    data[CONF_PASSWORD] = password
                return await self._finish(result.account, data)
            errors = {"base": result}
        return self.async_show_form(
            step_id="password",
            data_schema=self.add_suggested_values_to_schema(
                self._schema(_PASSWORD_FIELDS),
                # The password is not sent back to the page.
                {key: value for key, value in (user_input or self._suggested()).items() if key != CONF_PASSWORD},
            ),
            errors=errors,
        )

    async def async_step_token(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with a token, for accounts that have no password."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input.get(CONF_OTHER_METHOD):
                return await self._back()
            errors = _missing(user_input, CONF_TOKEN)
        if user_input is not None and not errors:
            self._with_dashboard = user_input.get(CONF_DASHBOARD, False)
            token = clean_token(user_input[CONF_TOKEN])
            if not (errors := token_errors(token)):
                result = await async_sign_in(self.hass, token=token)
                if isinstance(result, SignedIn):
                    return await self._finish(result.account, {CONF_TOKEN: result.token})
                errors = {"base": result}
        return self.async_show_form(
            step_id="token",
            data_schema=self._schema(_TOKEN_FIELDS),
            description_placeholders={"help": TOKEN_HELP},
            errors=errors,
        )

    async def _back(self) -> ConfigFlowResult:
        """Show the menu of methods again."""
        if self._is_takeover:
            return await self.async_step_takeover_sign_in()
        if self.source == SOURCE_REAUTH:
            return await self.async_step_reauth_confirm()
        if self.source == SOURCE_RECONFIGURE:
            return await self.async_step_reconfigure()
        return await self.async_step_user()

    async def async_step_same_account(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether an account is the one of an entry whose account is not known yet."""
        account, data = self._to_confirm
        if user_input is not None:
            return self._store(account, data)
        return self.async_show_form(
            step_id="same_account",
            data_schema=probatio.Schema({}),
            description_placeholders={"account": account_title(account)},
        )

    async def _finish(self, account: Account, data: dict[str, Any]) -> ConfigFlowResult:
        """Store a sign-in if it is one of the right account."""
        await self.async_set_unique_id(account.id)
        entry = self._entry
        if entry is not None and (self._is_takeover or needs_registry_migration(entry)):
            belongs = belongs_to(self.hass, entry, account)
            if belongs is False:
                return self.async_abort(reason="wrong_account")
            if belongs is None:
                self._to_confirm = account, data
                return await self.async_step_same_account()
        elif entry is not None:
            self._abort_if_unique_id_mismatch(reason="wrong_account")
        else:
            self._abort_if_unique_id_configured()
            if not account.buildings and account.buildings_complete:
                return self.async_abort(reason="no_building")
            if any(
                needs_registry_migration(other) and belongs_to(self.hass, other, account)
                for other in self._async_current_entries()
            ):
                return self.async_abort(reason="already_configured")
        return self._store(account, data)

    def _store(self, account: Account, data: dict[str, Any]) -> ConfigFlowResult:
        """Store a sign-in in a new entry, or in the one that is signed in again."""
        if self._is_takeover:
            return self._take_over(self._older, account, data)
        if (entry := self._entry) is None:
            options = {CONF_DASHBOARD: True} if self._with_dashboard else {}
            return self.async_create_entry(title=account_title(account), data=data, options=options)
        if CONF_TAKEN_OVER in entry.data:
            data = {**data, CONF_TAKEN_OVER: entry.data[CONF_TAKEN_OVER]}
        return self.async_update_reload_and_abort(entry, data=data)

    def _take_over(self, older: ConfigEntry, account: Account, data: dict[str, Any]) -> ConfigFlowResult:
        """Let an entry take over the older one when it is set up: a new one, or that of the same account."""
        entry = next(
            (
                entry
                for entry in self._async_current_entries(include_ignore=False)
                if entry.unique_id == account.id
                or (needs_registry_migration(entry) and belongs_to(self.hass, entry, account))
            ),
            None,
        )
        if entry is None:
            # The older integration uses the e-mail address as the title, and titles are logged.
            is_custom = older.title not in {older.unique_id, older.data.get(CONF_USERNAME)}
            return self.async_create_entry(
                title=older.title if is_custom else account_title(account),
                data={**data, CONF_TAKEN_OVER: [older.entry_id]},
                options=migrated_options(older.options),
            )
        taken_over = [*entry.data.get(CONF_TAKEN_OVER, ()), older.entry_id]
        # Carson has just accepted this token.
        data = {**data, **entry.data, CONF_TOKEN: data[CONF_TOKEN], CONF_TAKEN_OVER: taken_over}
        return self.async_update_reload_and_abort(entry, data=data, reason="takeover_successful")

    @property
    def _entry(self) -> CarsonConfigEntry | None:
        """The entry that the flow is about; None while an account is added."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return self._older if self._is_takeover else None

    def _schema(self, fields: Mapping[Any, Any]) -> probatio.Schema:
        """Return the schema of a form, with what is asked only when an account is added."""
        dashboard = _DASHBOARD_FIELD if self._entry is None else {}
        return probatio.Schema({**fields, **dashboard, **_OTHER_METHOD})

    def _suggested(self) -> dict[str, Any]:
        """Return the values of the entry to suggest in the form."""
        if (entry := self._entry) is None:
            return {}
        data = migrated_data(entry.data) if self._is_takeover else entry.data
        return {CONF_EMAIL: data.get(CONF_EMAIL, ""), CONF_KEEP_PASSWORD: CONF_PASSWORD in data}


def _missing(user_input: Mapping[str, Any], *fields: str) -> dict[str, str]:
    """Return the errors of fields that are empty."""
    return {field: "required" for field in fields if not str(user_input.get(field, "")).strip()}


class CarsonOptionsFlow(OptionsFlowWithReload):
    """Options flow of an account."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show or store the options."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options = {name: value for name, value in user_input.items() if name != CONF_ADVANCED}
            versions, errors = _versions(user_input.get(CONF_ADVANCED, {}))
            if not errors:
                if not options[CONF_ALL_CAMERAS]:
                    async_remove_unlisted_cameras(self.hass, self.config_entry)
                return self.async_create_entry(
                    data={**options, **versions, CONF_OPEN_SECONDS: int(options[CONF_OPEN_SECONDS])}
                )
        stored = self.config_entry.options
        suggested = {**stored, CONF_ADVANCED: {name: stored.get(name, default) for name, default in _VERSIONS.items()}}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(_OPTIONS_SCHEMA, user_input or suggested),
            description_placeholders={**_VERSIONS},
            errors=errors,
        )


def _versions(entered: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the versions that differ from ours, and the errors."""
    found = {name: entered.get(name, "").strip() for name in _VERSIONS}
    versions = {name: text for name, text in found.items() if text and text != _VERSIONS[name]}
    # Errors of a section are shown above it.
    invalid = [name for name, text in versions.items() if _VERSION_FORMS[name].fullmatch(text) is None]
    return versions, {"base": f"invalid_{invalid[0]}"} if invalid else {}
