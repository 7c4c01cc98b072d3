"""`python -m cli` in the checkout does what the installed command `carson` does."""

import sys


def run() -> None:
    """Run the command line, and leave with its exit code."""
    try:
        from .app import main  # noqa: PLC0415  # it needs what the extra brings
    except ModuleNotFoundError as err:
        print(f"carson: The package {err.name} is missing: pip install 'aiocarson[cli]'", file=sys.stderr)
        sys.exit(2)
    sys.exit(main())


if __name__ == "__main__":
    run()
