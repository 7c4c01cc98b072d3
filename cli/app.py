"""The command `carson`: its options and its commands."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
import inspect
from pathlib import Path
from typing import Annotated, Any

from aiocarson.carson.api import DEFAULT_API_URL
from aiocarson.eagle_eye.client import DEFAULT_EAGLE_EYE_URL
import typer

from .commands import account, amenities, cameras, changes, doors, probe, raw, recordings, status, watch
from .credentials import Credentials
from .options import Options
from .runner import cannot_print, run
from .version import version

app = typer.Typer(
    name="carson",
    help="Doors, cameras and reservations in buildings run by Carson Living.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

type CommandFunction = Callable[..., Awaitable[None]]

COMMANDS: dict[str, CommandFunction] = {
    "login": account.login,
    "logout": account.logout,
    "whoami": account.whoami,
    "buildings": account.buildings,
    "doors": doors.doors,
    "open": doors.open_door,
    "cameras": cameras.cameras,
    "still": cameras.still,
    "live": cameras.live,
    "recordings": recordings.recordings,
    "download": recordings.download,
    "amenities": amenities.amenities,
    "free": amenities.free,
    "book": amenities.book,
    "reservations": amenities.reservations,
    "cancel": amenities.cancel,
    "changes": changes.changes,
    "watch": watch.watch,
    "status": status.status,
    "probe": probe.probe,
    "raw": raw.raw,
}

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Print each request to standard error.")]


def _print_version(requested: bool) -> None:
    if requested:
        print(f"carson {version()}")
        raise typer.Exit


@app.callback()
def _root(
    typer_context: typer.Context,
    *,
    email: Annotated[str | None, typer.Option(help="Email address or phone number of the account.")] = None,
    password: Annotated[
        str | None,
        typer.Option(help="Password. Other users can see it in the list of processes; prefer CARSON_PASSWORD."),
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Token to use instead of a password; prefer CARSON_TOKEN, as above.")
    ] = None,
    config: Annotated[Path | None, typer.Option(envvar="CARSON_CONFIG", help="Path of the ini file.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Use a simulated account; no real account is needed.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
    api_url: Annotated[str, typer.Option(envvar="CARSON_API_URL", hidden=True)] = DEFAULT_API_URL,
    eagle_eye_url: Annotated[str, typer.Option(envvar="CARSON_EAGLE_EYE_URL", hidden=True)] = DEFAULT_EAGLE_EYE_URL,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    typer_context.obj = Options(
        credentials=Credentials(email=email, password=password, token=token),
        config=config,
        api_url=api_url.rstrip("/"),
        eagle_eye_url=eagle_eye_url,
        demo=demo,
        as_json=as_json,
        verbose=verbose,
    )


def _add_command(name: str, function: CommandFunction) -> None:
    """Add a coroutine function, which receives a `Context` before its own parameters, as a command.

    Every command also accepts `--json` and `-v`, so that they can be placed before or after its name.
    """

    def execute(typer_context: typer.Context, *, as_json: bool, verbose: bool, **arguments: Any) -> None:
        options: Options = typer_context.obj
        options = replace(options, as_json=options.as_json or as_json, verbose=options.verbose or verbose)
        raise typer.Exit(run(options, lambda context: function(context, **arguments)))

    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("typer_context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(parameter.replace(kind=keyword) for parameter in own),
        inspect.Parameter("as_json", keyword, default=False, annotation=JsonOption),
        inspect.Parameter("verbose", keyword, default=False, annotation=VerboseOption),
    ]
    execute.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    execute.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.command(name, help=inspect.getdoc(function))(execute)


for _name, _function in COMMANDS.items():
    _add_command(_name, _function)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit code."""
    try:
        app(args=arguments, prog_name="carson")
    except SystemExit as err:
        return err.code if isinstance(err.code, int) else 1
    except OSError as err:
        return cannot_print(err)
    raise AssertionError  # pragma: no cover  # typer always exits
