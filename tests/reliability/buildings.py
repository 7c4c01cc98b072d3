"""Adds buildings to the account of two buildings."""

from simulator import Simulator
from simulator.state.model import Building, CarsonCamera, Device, Door

EMAIL = "two@example.com"


def add_buildings(sim: Simulator, number: int) -> None:
    """Add buildings to the account until there are as many, each with two doors and two cameras."""
    account = sim.state.accounts[EMAIL]
    for index in range(len(account.buildings), number):
        key = f"6{index:02}"
        eagle_eye = f"0000{key}00"
        esns = [f"3{key}00a1", f"3{key}00a2"]
        sim.state.buildings[key] = Building(
            id=key,
            name=f"House {key}",
            eagle_eye_account=eagle_eye,
            subdomain="c000",
            doors=[Door(id=f"{key}{side}", name=f"{side} door {key}") for side in ("North", "South")],
            cameras=[
                CarsonCamera(id=f"c{esn}", name=f"Camera {esn}", live_view_id=esn, provider="eagle_eye_v2")
                for esn in esns
            ],
        )
        sim.state.devices += [
            Device(esn=esn, name=esn, account=eagle_eye, exists_since=sim.clock.time() - 86400) for esn in esns
        ]
        account.buildings.append(key)
