"""The command `carson`: the options that apply to every command."""

from pathlib import Path
import sys
from typing import Annotated

import typer

from .command_list import (
    CONTEXT_SETTINGS,
    FORMAT_HELP,
    CommandGroup,
    FieldsOption,
    Form,
    JsonOption,
    VerboseOption,
)
from .credentials import Credentials
from .exit_codes import ExitCode
from .options import Options
from .version import version

app = typer.Typer(
    name="carson",
    cls=CommandGroup,
    help="Doors, cameras and reservations in buildings run by Carson Living.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=CONTEXT_SETTINGS,
)


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
    timeout: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="How long each request may take at most.")
    ] = None,
    as_json: JsonOption = False,
    form: Annotated[Form | None, typer.Option("--format", envvar="CARSON_FORMAT", help=FORMAT_HELP)] = None,
    fields: FieldsOption = None,
    verbose: VerboseOption = False,
    api_url: Annotated[str | None, typer.Option(envvar="CARSON_API_URL", hidden=True)] = None,
    eagle_eye_url: Annotated[str | None, typer.Option(envvar="CARSON_EAGLE_EYE_URL", hidden=True)] = None,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    typer_context.obj = Options(
        credentials=Credentials(email=email, password=password, token=token),
        config=config,
        api_url=api_url,
        eagle_eye_url=eagle_eye_url,
        demo=demo,
        form="json" if as_json else form,
        fields=fields,
        verbose=verbose,
        timeout_seconds=timeout,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        # In this mode, typer prints its errors itself.
        code = app(args=given, prog_name="carson", standalone_mode=not as_json)
    except SystemExit as err:
        return err.code if isinstance(err.code, int) else 1
    except typer.TyperException as err:
        from .runner import fail

        return fail(err.format_message(), ExitCode.BAD_INPUT, as_json=True)
    except OSError as err:
        from .runner import cannot_print

        return cannot_print(err)
    return code if isinstance(code, int) else 0
