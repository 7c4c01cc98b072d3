"""Entry point of the command `carson`, and of `python -m cli` in the checkout."""

import sys


def run() -> None:
    """Run the command line, and exit with its exit code."""
    try:
        from .app import main  # the message below must not need the packages of the extra
    except ModuleNotFoundError as err:
        print(f"carson: The package {err.name} is missing: pip install 'aiocarson[cli]'", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(main())


if __name__ == "__main__":
    run()
