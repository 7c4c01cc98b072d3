"""The state that a new simulator starts with."""

from simulator.state.amenity_seed import build_amenities, build_reservations
from simulator.state.model import Account, Building, CarsonCamera, Device, Door, State, Status, Unit

HARBOR_ACCOUNT = "00005001"
MILL_ACCOUNT = "00005002"

_AGE = 90 * 86400.0
_STOPPED_BEFORE = 3 * 3600.0


def build_state(now: float) -> State:
    """Return a new state: four accounts, three buildings, and cameras with every status.

    Args:
        now: Seconds since the epoch. Cameras are 90 days old; some have been off or offline
            for three hours.
    """
    buildings = [_harbor_house(), _mill_lofts(), _old_dairy()]
    devices = [*_harbor_devices(), *_mill_devices()]
    for device in devices:
        device.exists_since = now - _AGE
        if device.is_camera and not device.is_streaming:
            device.frames_stop_at = now - _STOPPED_BEFORE
    return State(
        accounts={account.email: account for account in _accounts()},
        buildings={building.key: building for building in buildings},
        devices=devices,
        amenities=build_amenities(now),
        reservations=build_reservations(now),
    )


def _accounts() -> list[Account]:
    return [
        Account(
            id=1001,
            email="resident@example.com",
            password="correct horse",  # noqa: S106
            username="RS01",
            first_name="Robin",
            last_name="Sample",
            phone="+15550100001",
            photo_url="https://photos.example.com/1001.jpg",
            buildings=["501"],
        ),
        Account(
            id=1002,
            email="federated@example.com",
            username="FD02",
            first_name="Flo",
            last_name=None,
            buildings=["501"],
        ),
        Account(
            id=1003,
            email="two@example.com",
            password="two buildings",  # noqa: S106
            username="TW03",
            first_name="Toni",
            last_name="Example",
            phone="+15550100003",
            buildings=["501", "502"],
            other_properties=[{"id": 90, "name": "Harbor and Mill Group", "propertyLevel": "portfolio", "type": None}],
        ),
        Account(
            id=1004,
            email="noeye@example.com",
            password="no cameras",  # noqa: S106
            username="NE04",
            first_name=None,
            last_name=None,
            buildings=["503"],
        ),
    ]


def _harbor_house() -> Building:
    return Building(
        id=501,
        name="Harbor House",
        latitude=40.7003,
        longitude=-74.0122,
        eagle_eye_account=HARBOR_ACCOUNT,
        subdomain="c000",
        units=[Unit(id=601, name="12B")],
        doors=[
            Door(id=7001, name="Front Door", external_id="4001", default_in_building=True, order=1),
            Door(id=7002, name="Garage Gate", external_id="4002", order=2),
            Door(id=7003, name="Roof Deck", external_id="4003", order=3),
            Door(id=7004, name="Staff Entrance", external_id="4004", staff_only=True, order=4),
            Door(id=7005, name="Unit 12B", external_id="4005", is_unit_door=True, order=5),
        ],
        cameras=[
            CarsonCamera(
                id=8001,
                name="Lobby",
                provider="eagle_eye_v2",
                live_view_id="1000a001",
                external_id="e-8001",
                default_in_building=True,
                doors=[7001],
                order=1,
            ),
            CarsonCamera(
                id=8002,
                name="Garage",
                provider="eagle_eye_v2",
                live_view_id="1000a002",
                external_id="e-8002",
                doors=[7002],
                order=2,
            ),
            CarsonCamera(id=8003, name="Loading Dock", provider="eagle_eye_v2", live_view_id="1000a0ff", order=3),
            CarsonCamera(id=8004, name="Intercom", provider="doorbird", live_view_id="db-17", order=4),
        ],
    )


def _mill_lofts() -> Building:
    return Building(
        id="502",
        name="Mill Lofts",
        time_zone="America/Los_Angeles",
        state="OR",
        eagle_eye_account=MILL_ACCOUNT,
        subdomain="c012",
        units=[Unit(id="602", name="Loft 3")],
        doors=[
            Door(id="7101", name="Main Entrance", external_id="5001", default_in_building=True, order=1),
            Door(id="7102", name="Bike Room", external_id="5002", order=2),
        ],
        cameras=[
            CarsonCamera(
                id="8101",
                name="Courtyard",
                live_view_id="2000a001",
                external_id="e-8101",
                default_in_building=True,
                doors=["7101"],
                order=1,
            ),
            CarsonCamera(id="8102", name="Bike Room", live_view_id="2000a002", doors=["7102"], order=2),
        ],
    )


def _old_dairy() -> Building:
    return Building(
        id=503,
        name="Old Dairy",
        time_zone=None,
        country=None,
        state=None,
        radius=None,
        doors=[
            Door(id=7201, name="Front Door", external_id="6001", default_in_building=True, order=1),
            Door(id=7202, name="Back Door", external_id="6002", order=2),
        ],
        cameras=None,
    )


def _harbor_devices() -> list[Device]:
    bridge = "1000b001"

    def camera(
        number: int, name: str, status: int = Status.ONLINE, row_length: int = 28, **attributes: object
    ) -> Device:
        device = Device(
            esn=f"1000a00{number}",
            name=name,
            account=HARBOR_ACCOUNT,
            bridges=[bridge],
            status=status,
            row_length=row_length,
        )
        for key, value in attributes.items():
            setattr(device, key, value)
        return device

    return [
        camera(1, "Lobby", tags=["lobby"]),
        camera(2, "Garage", row_length=29, discovered_state={"created_at": "20240110120000.000", "connect": "NONE"}),
        camera(3, "Roof", Status.ONLINE_NOT_RECORDING, 27, discovered_state="20240110120000.000"),
        camera(4, "Mail Room", row_length=26),
        camera(5, "Gym", Status.OFF),
        camera(6, "Stairs", Status.OFFLINE),
        camera(7, "Boiler Room", Status.PASSWORD_NEEDED),
        camera(8, "Bins", Status.INTERNET_OFFLINE),
        Device(
            esn="1000a009",
            name="Overview",
            account=HARBOR_ACCOUNT,
            type="multiview_camera",
            bridges=[bridge],
        ),
        Device(esn=None, name="", account=HARBOR_ACCOUNT, service_status="IGND", status=Status.EMPTY, row_length=27),
        Device(esn=None, name="", account=None, service_status="IGND", status=Status.EMPTY),
        Device(esn="1000c001", name="", account=HARBOR_ACCOUNT, type="switches", status=Status.EMPTY, row_length=26),
        Device(esn=bridge, name="Bridge", account=HARBOR_ACCOUNT, type="bridge", status=Status.BRIDGE, blanked=True),
    ]


def _mill_devices() -> list[Device]:
    bridge = "2000b001"
    zone = "America/Los_Angeles"
    common = {"account": MILL_ACCOUNT, "account_name": "Mill Lofts", "time_zone": zone}
    return [
        Device(esn="2000a001", name="Courtyard", bridges=[bridge], **common),  # type: ignore[arg-type]
        Device(esn="2000a002", name="Bike Room", bridges=[bridge], row_length=27, **common),  # type: ignore[arg-type]
        Device(esn="2000a003", name="Laundry", bridges=[bridge], **common),  # type: ignore[arg-type]
        Device(esn=bridge, name="Bridge", type="bridge", status=Status.BRIDGE, **common),  # type: ignore[arg-type]
    ]
