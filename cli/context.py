"""One run of one command: options, output, and the client, opened when it is first needed."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
import os
from pathlib import Path
import sys
from typing import Any

from .client import aiocarson
from .credentials import TOKEN_FILE, Credentials, TokenFile, config_folder, from_environment, from_ini, merge
from .demo import RESIDENT, demo_world
from .exit_codes import CommandError, ExitCode
from .output import Output
from .prompts import ask
from .times import zone_of

TIMEOUTS = aiocarson.Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What stands before the command, or holds for all of them."""

    given: Credentials = field(default_factory=Credentials)
    config: Path | None = None
    api_url: str = aiocarson.DEFAULT_API_URL
    eagle_eye_url: str = aiocarson.DEFAULT_EAGLE_EYE_URL
    demo: bool = False
    as_json: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCamera:
    """A camera as both clouds see it; one of them may not know it.

    Attributes:
        id: Eagle Eye's id, the ESN.
        state: What Eagle Eye says of it, if anything.
        shown: Whether Carson shows it to the resident.
    """

    id: str
    name: str
    building: aiocarson.Building = field(repr=False)
    state: str | None = None
    recording: bool | None = None
    tags: tuple[str, ...] = ()
    staff_only: bool = False
    shown: bool = True

    def as_data(self) -> dict[str, Any]:
        """What scripts get."""
        return {
            "id": self.id,
            "name": self.name,
            "building_id": self.building.id,
            "building": self.building.name,
            "state": self.state,
            "recording": self.recording,
            "tags": self.tags,
            "staff_only": self.staff_only,
            "shown": self.shown,
        }


class Run:
    """What a command works with.

    Attributes:
        options: As given.
        out: Where to tell.
        code: Exit code if nothing goes wrong from here on.
        email: Who signs in, if that is known.
    """

    def __init__(self, options: Options, stack: AsyncExitStack) -> None:
        self.options = options
        self.out = Output(as_json=options.as_json)
        self.code = ExitCode.OK
        self._stack = stack
        self.email: str | None = None
        self._carson: aiocarson.Carson | None = None

    @property
    def token_file(self) -> TokenFile:
        """Where the token of this cloud is kept."""
        folder = self.options.config.parent if self.options.config else config_folder(os.environ)
        return TokenFile(folder / TOKEN_FILE, self.options.api_url)

    def credentials(self, *, use_token: bool = True) -> Credentials:
        """Put together who signs in, asking for what is missing.

        Args:
            use_token: Whether a token will do; otherwise e-mail address and password are needed.

        Raises:
            CommandError: Something is missing, and nobody can be asked.
        """
        options = self.options
        if options.demo:
            return RESIDENT
        path = options.config or config_folder(os.environ) / "carson.ini"
        sources = [options.given, from_environment(os.environ), from_ini(path, wanted=options.config is not None)]
        if use_token:
            sources.append(self.token_file.read())
        found = merge(*sources)
        if found.complete and (use_token or found.password is not None):
            return found
        if not sys.stdin.isatty():
            raise CommandError(
                "Nobody can be asked who signs in: set CARSON_EMAIL and CARSON_PASSWORD, or CARSON_TOKEN, "
                "or do `carson login` first",
                ExitCode.SIGN_IN,
            )
        email = found.email or ask("E-mail")
        return Credentials(email=email, password=found.password or ask("Password", secret=True), token=found.token)

    async def carson(self, *, use_token: bool = True) -> aiocarson.Carson:
        """Hand out the client; nothing has been sent yet when it is made."""
        if self._carson is None:
            options = self.options
            api_url, eagle_eye_url = options.api_url, options.eagle_eye_url
            found = self.credentials(use_token=use_token)
            self.email = found.email
            if options.demo:
                world = await self._stack.enter_async_context(demo_world())
                api_url, eagle_eye_url = world.api_url, world.eagle_eye_url
            self._carson = await self._stack.enter_async_context(
                aiocarson.Carson(
                    email=found.email,
                    password=found.password,
                    token=found.token if use_token else None,
                    api_url=api_url,
                    eagle_eye_url=eagle_eye_url,
                    on_token=self._renewed(found.email) if use_token else None,
                    timeouts=TIMEOUTS,
                )
            )
        return self._carson

    def _renewed(self, email: str | None) -> Any:
        """Keep a token that was renewed, if one is kept already."""

        def keep(token: str) -> None:
            saved = self.token_file.read()
            if not self.options.demo and saved.token is not None and saved.email == email:
                self.token_file.write(email, token)

        return keep

    async def buildings(self, name: str | None = None) -> tuple[aiocarson.Building, ...]:
        """Read the account and choose its buildings.

        Raises:
            CarsonError: It cannot be read, or none has this name.
        """
        account = await (await self.carson()).get_account()
        return aiocarson.find_buildings(account, name=name)

    async def cameras(self, buildings: tuple[aiocarson.Building, ...], *, everything: bool = False) -> list[SeenCamera]:
        """List the cameras of Eagle Eye; a building that cannot be asked is noted, and its cameras have no state."""
        found: list[SeenCamera] = []
        for building in buildings:
            if building.has_eagle_eye:
                found += _seen(building, await self.devices(building), everything=everything)
        return found

    async def devices(self, building: aiocarson.Building) -> tuple[aiocarson.Device, ...]:
        """List the devices of a building; if it cannot be asked, that is noted, and there are none."""
        try:
            return await (await self.carson()).eagle_eye(building.id).get_devices()
        except (aiocarson.CannotConnectError, aiocarson.RateLimitError, aiocarson.ApiError) as err:
            self.out.note(f"{building.name}: what its cameras do is not known. {err}.")
            self.code = ExitCode.NO_CONNECTION
            return ()

    async def camera(self, name: str, building: str | None) -> SeenCamera:
        """Find one camera by its name, among all that Eagle Eye has if Carson shows none so called.

        Raises:
            CarsonError: None or several have it.
        """
        cameras = [one for one in await self.cameras(await self.buildings(building), everything=True) if one.id]
        shown = [one for one in cameras if one.shown]
        try:
            return choose(shown, name, "camera")
        except aiocarson.NotFoundByNameError as err:
            if err.ambiguous:
                raise
        try:
            return choose(cameras, name, "camera")
        except aiocarson.NotFoundByNameError as err:
            if err.ambiguous:
                raise
        return choose(shown, name, "camera")


def _seen(building: aiocarson.Building, devices: tuple[aiocarson.Device, ...], *, everything: bool) -> list[SeenCamera]:
    known = {device.id: device for device in devices}
    found: dict[str, SeenCamera] = {}
    for camera in building.eagle_eye_cameras:
        key = camera.live_view_id or ""
        device = known.get(key)
        found[key or camera.id] = SeenCamera(
            id=key,
            name=camera.name,
            building=building,
            state=None if device is None else device.status.state,
            recording=None if device is None or device.status.state is None else device.status.is_recording,
            tags=() if device is None else device.tags,
            staff_only=camera.staff_only,
        )
    if everything:
        for device in devices:
            if device.is_camera and device.id not in found:
                found[device.id] = SeenCamera(
                    id=device.id,
                    name=device.name,
                    building=building,
                    state=device.status.state,
                    recording=None if device.status.state is None else device.status.is_recording,
                    tags=device.tags,
                    shown=False,
                )
    return list(found.values())


def choose[T: SeenCamera | SeenDoor](items: list[T], name: str, what: str) -> T:
    """Choose one by its name, which may be preceded by that of its building: `harbor/front`.

    Raises:
        NotFoundByNameError: None or several have it; lists the candidates with their buildings.
    """

    def label(item: T) -> str:
        return f"{item.building.name} / {item.name} ({item.id})"

    home, slash, rest = name.partition("/")
    if slash and not any(item.name == name for item in items):
        buildings = {item.building.id: item.building for item in items}
        chosen = aiocarson.pick(buildings.values(), home, what="building")
        return aiocarson.pick([item for item in items if item.building.id == chosen.id], rest, what=what, label=label)
    return aiocarson.pick(items, name, what=what, label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDoor:
    """A door, with its building."""

    door: aiocarson.Door
    building: aiocarson.Building

    @property
    def id(self) -> str:
        """Its id."""
        return self.door.id

    @property
    def name(self) -> str:
        """Its name."""
        return self.door.name


def doors_of(buildings: tuple[aiocarson.Building, ...]) -> list[SeenDoor]:
    """All doors."""
    return [SeenDoor(door=door, building=building) for building in buildings for door in building.doors]


def zone(building: aiocarson.Building) -> tzinfo:
    """The building's time zone."""
    return zone_of(building.time_zone)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@asynccontextmanager
async def opened(options: Options) -> AsyncGenerator[Run]:
    """Make a run, and close what it opened."""
    async with AsyncExitStack() as stack:
        yield Run(options, stack)
