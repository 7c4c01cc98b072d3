"""`probe`."""

import json
from pathlib import Path
import sys
from typing import Annotated, Any

from aiocarson.probe.beliefs import AS_BELIEVED, DIFFERENT, NOT_SEEN
import typer

from ..context import Context
from ..exit_codes import ExitCode
from ..output_files import check_target, is_standard_output, write_target
from ..version import version

_TITLES = {DIFFERENT: "different", NOT_SEEN: "not seen", AS_BELIEVED: "as believed"}


async def probe(
    context: Context,
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File for the report; `-` is standard output.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Watch a camera for five seconds, too; it uploads video meanwhile.")
    ] = False,
    recorded: Annotated[bool, typer.Option("--recorded", help="Ask for two seconds of a recording, too.")] = False,
    v3: Annotated[bool, typer.Option("--v3", help="Ask Eagle Eye's later API, too.")] = False,
) -> None:
    """Check what both clouds answer, and compare it with what this program believes.

    It takes up to 90 seconds, changes nothing, and opens no door. The report holds forms instead of values: no name,
    address, ID, token, or picture.
    """
    if output is not None:
        check_target(output)
    from aiocarson.probe.check import SelfCheckOptions

    client = await context.client()
    credentials = context.credentials() if not context.options.demo else None
    options = SelfCheckOptions(
        live=live,
        recorded=recorded,
        v3=v3,
        on_step=lambda step: context.output.status(f"Checking {step.replace('_', ' ')} …"),
        secrets=() if credentials is None else (credentials.email, credentials.password, credentials.token),
    )
    report = {"version": version(), **await client.self_check(options)}
    if output is None or not is_standard_output(output):
        _print(context, report)
    if output is not None:
        await _save(context, output, report)


def _print(context: Context, report: dict[str, Any]) -> None:
    beliefs: dict[str, str] = report["beliefs"]
    order = list(_TITLES)
    rows = sorted(beliefs.items(), key=lambda row: (order.index(row[1]), row[0]))
    context.output.table(report, ["belief", "result"], [(name, _TITLES[result]) for name, result in rows], empty="")
    if not context.output.as_json:
        counts = ", ".join(f"{list(beliefs.values()).count(result)} {title}" for result, title in _TITLES.items())
        context.output.print(f"\n{counts} ({report['requests']} requests in {report['seconds']} s)")


async def _save(context: Context, target: Path, report: dict[str, Any]) -> None:
    """Save the report; if that fails, print it: it took a minute to make."""
    content = json.dumps(report, indent=2) + "\n"
    try:
        await write_target(target, content.encode())
    except OSError as err:
        context.output.status(f"{target}: {err.strerror or type(err).__name__}. This is the report:")
        sys.stdout.write(content)
        context.exit_code = ExitCode.CANNOT_WRITE
        return
    if not is_standard_output(target):
        context.output.status(f"Saved {target}")
