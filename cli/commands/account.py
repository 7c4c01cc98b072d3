"""`login`, `whoami`, `buildings`."""

from typing import Annotated

import typer

from ..context import Context
from ..lookup import get_buildings
from ..output import format_time


async def login(
    context: Context,
    *,
    token_only: Annotated[bool, typer.Option("--token-only", help="Print the token instead of saving it.")] = False,
) -> None:
    """Sign in, and save the token for later commands."""
    client = await context.client(use_token=False)
    token = await client.login()
    expires_at = client.token_expires_at
    output = context.output
    if token_only:
        output.print(token)
        output.json({"token": token, "expires_at": expires_at})
        return
    if context.options.demo:
        output.print("Signed in to the demo. No token is saved.")
        output.json({"saved": None, "expires_at": expires_at})
        return
    context.token_file.write(context.email, token)
    until = f" It expires on {format_time(expires_at)}." if expires_at else ""
    output.print(f"Signed in. The token is saved in {context.token_file.path}.{until}")
    output.json({"saved": str(context.token_file.path), "expires_at": expires_at})


async def whoami(context: Context) -> None:
    """Show the account that is signed in."""
    client = await context.client()
    account = await client.get_account()
    name = " ".join(part for part in (account.first_name, account.last_name) if part) or None
    buildings = [building.name for building in account.buildings]
    context.output.details(
        {
            "name": name,
            "username": account.username,
            "email": account.email,
            "phone": account.phone,
            "id": account.id,
            "buildings": buildings,
            "token_expires_at": client.token_expires_at,
        },
        {
            "Name": name,
            "Username": account.username,
            "E-mail": account.email,
            "Phone": account.phone,
            "Id": account.id,
            "Buildings": ", ".join(buildings) or None,
            "Token expires": format_time(client.token_expires_at),
        },
    )


async def buildings(context: Context) -> None:
    """List your buildings."""
    found = await get_buildings(context)
    context.output.table(
        found,
        ("Name", "Id", "Doors", "Cameras", "Units", "Time zone"),
        [
            (
                building.name,
                building.id,
                len(building.doors),
                len(building.cameras),
                ", ".join(unit.name for unit in building.units) or None,
                building.time_zone,
            )
            for building in found
        ],
        empty="No buildings.",
    )
