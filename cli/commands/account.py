"""`login`, `whoami`, `buildings`."""

import sys
from typing import Annotated

import typer

from ..context import Context
from ..exit_codes import CommandError, ExitCode
from ..lookup import get_buildings
from ..name_cache import forget_names
from ..output import format_time


async def login(
    context: Context,
    *,
    token_only: Annotated[bool, typer.Option("--token-only", help="Print the token instead of saving it.")] = False,
    with_token: Annotated[
        bool,
        typer.Option("--with-token", help="Read a token from standard input, for accounts that use Google or Apple."),
    ] = False,
) -> None:
    """Sign in, and save the token for later commands."""
    output = context.output
    if with_token:
        await _save_token(context, token_only=token_only)
        return
    client = await context.client(use_token=False)
    token = await client.login()
    expires_at = client.token_expires_at
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


async def _save_token(context: Context, *, token_only: bool) -> None:
    """Save a token from standard input, once Carson has accepted it."""
    if token_only:
        raise CommandError("--with-token and --token-only cannot be combined")
    from aiocarson.carson.token import clean_token

    token = clean_token(context.prompt("Token", secret=True) if sys.stdin.isatty() else sys.stdin.readline())
    if not token:
        raise CommandError("Token is required", ExitCode.SIGN_IN)
    client = await context.client_with(token)
    account = await client.get_account()
    if not context.options.demo:
        context.token_file.write(None, token)
    expires_at = client.token_expires_at
    until = f" It expires on {format_time(expires_at)}." if expires_at else ""
    context.output.print(f"Signed in as {account.first_name or account.id}. The token is saved.{until}")
    context.output.json({"saved": str(context.token_file.path), "expires_at": expires_at})


async def logout(context: Context) -> None:
    """Delete the saved token from this computer."""
    forget_names(context.options)
    path = context.token_file.path
    existed = path.exists()
    path.unlink(missing_ok=True)
    context.output.print("Signed out. The saved token was deleted." if existed else "No token is saved.")
    context.output.json({"deleted": existed})


async def whoami(context: Context) -> None:
    """Show the account that is signed in."""
    account = await context.get_account()
    client = await context.client()
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
            "Email": account.email,
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
        [
            {
                "id": building.id,
                "name": building.name,
                "doors": len(building.doors),
                "cameras": len(building.cameras),
                "units": [unit.name for unit in building.units],
                "time_zone": building.time_zone,
            }
            for building in found
        ],
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
