"""An account as the media code sees it. The integration provides the accounts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ..aiocarson import Building, BuildingCamera, Carson, EagleEye, Still
from .timeouts import MediaTimeouts


@dataclass(slots=True, kw_only=True, eq=False)
class MediaAccount:
    """An account: its config entry, its client, and its present buildings and cameras.

    Attributes:
        has_newer_still: Returns whether a camera has a newer picture than a still; None if that is unknown.
    """

    entry: ConfigEntry[Any]
    client: Carson
    list_buildings: Callable[[], Iterable[Building]]
    list_cameras: Callable[[], Mapping[str, BuildingCamera]]
    timeouts: MediaTimeouts
    has_newer_still: Callable[[str, Still], bool | None] = lambda *_: None

    @property
    def id(self) -> str:
        """The id of the config entry."""
        return self.entry.entry_id

    @property
    def title(self) -> str:
        """The title of the config entry."""
        return self.entry.title

    def buildings(self) -> list[Building]:
        """Return the buildings that have cameras."""
        building_ids = {camera.building_id for camera in self.list_cameras().values()}
        return [building for building in self.list_buildings() if building.id in building_ids]

    def cameras(self, building_id: str) -> list[BuildingCamera]:
        """Return the cameras of a building."""
        return [camera for camera in self.list_cameras().values() if camera.building_id == building_id]

    def find_camera(self, camera_id: str) -> BuildingCamera | None:
        """Return the camera with an id, None when the account has no such camera."""
        return self.list_cameras().get(camera_id)

    def eagle_eye(self, building_id: str) -> EagleEye:
        """Return the Eagle Eye client of a building."""
        return self.client.eagle_eye(building_id)


type Accounts = Callable[[], list[MediaAccount]]
"""Returns the accounts that are loaded."""


def find_camera(accounts: Accounts, entry_id: str, camera_id: str) -> tuple[MediaAccount, BuildingCamera] | None:
    """Return a camera of a loaded account, and the account; None when there is no such camera."""
    account = next((account for account in accounts() if account.id == entry_id), None)
    camera = None if account is None else account.find_camera(camera_id)
    return None if account is None or camera is None else (account, camera)
