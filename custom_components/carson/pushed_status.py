"""The status of cameras that live events have reported, beside that of the device lists."""

from dataclasses import replace

from .aiocarson.eagle_eye.models import DeviceList, DeviceStatus


class PushedStatus:
    """What live events have reported since the list of each building was requested last.

    The response to a request that was under way may be older than the event.
    """

    def __init__(self) -> None:
        """Initialize without any."""
        self._since_request: dict[str, dict[str, DeviceStatus]] = {}

    def begin_request(self, building_id: str) -> None:
        """Forget what was reported before the list of a building is requested."""
        self._since_request[building_id] = {}

    def record(self, building_id: str, camera_id: str, status: DeviceStatus) -> None:
        """Record the status of a camera."""
        self._since_request.setdefault(building_id, {})[camera_id] = status

    def apply(self, building_id: str, devices: DeviceList) -> DeviceList:
        """Return the devices of a building with the statuses that are newer than the request."""
        newer = self._since_request.get(building_id)
        if not newer:
            return devices
        items = (replace(item, status=newer[item.id]) if item.id in newer else item for item in devices.items)
        return replace(devices, items=tuple(items))
