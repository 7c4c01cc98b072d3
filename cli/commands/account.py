"""Who am I: `login`, `whoami`, `buildings`."""

from typing import Annotated

import typer

from ..app import command
from ..context import Run
from ..output import clock


@command("login")
async def login(
    run: Run,
    *,
    token_only: Annotated[bool, typer.Option("--token-only", help="Print the token, and save nothing.")] = False,
) -> None:
    """Sign in with e-mail address and password, and save the token (mode 600) for the commands to come."""
    carson = await run.carson(use_token=False)
    token = await carson.login()
    expires = carson.token_expires_at
    if token_only:
        if run.out.as_json:
            run.out.data({"token": token, "expires_at": expires})
        else:
            run.out.say(token)
        return
    if run.options.demo:
        run.out.say("Signed in to the demo; nothing is saved.")
        run.out.data({"saved": None, "expires_at": expires})
        return
    run.token_file.write(run.email, token)
    run.out.say(f"Signed in. The token is saved in {run.token_file.path}, and expires {clock(expires) or 'some day'}.")
    run.out.data({"saved": str(run.token_file.path), "expires_at": expires})


@command("whoami")
async def whoami(run: Run) -> None:
    """Tell who is signed in."""
    carson = await run.carson()
    account = await carson.get_account()
    name = " ".join(part for part in (account.first_name, account.last_name) if part)
    facts = {
        "name": name or None,
        "username": account.username,
        "email": account.email,
        "phone": account.phone,
        "id": account.id,
        "buildings": [building.name for building in account.buildings],
        "token_expires_at": carson.token_expires_at,
    }
    rows = {
        "Name": facts["name"],
        "User name": account.username,
        "E-mail": account.email,
        "Phone": account.phone,
        "Id": account.id,
        "Buildings": ", ".join(building.name for building in account.buildings) or None,
        "Token expires": clock(carson.token_expires_at),
    }
    run.out.facts(facts, rows)


@command("buildings")
async def buildings(run: Run) -> None:
    """List your buildings."""
    found = await run.buildings()
    run.out.show(
        found,
        ("Name", "Id", "Doors", "Cameras", "Units", "Time zone"),
        [
            (
                one.name,
                one.id,
                len(one.doors),
                len(one.cameras),
                ", ".join(unit.name for unit in one.units) or None,
                one.time_zone,
            )
            for one in found
        ],
        none="You belong to no building.",
    )
