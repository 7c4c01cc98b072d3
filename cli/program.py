"""A program of the user that is told about changes."""

import asyncio
import shlex

from .exit_codes import CommandError
from .output import Output, as_json_text

_SECONDS = 60.0


class Program:
    """Runs a program for each change, one after the other, with the change as a line of JSON on its standard input.

    Raises:
        CommandError: The command line cannot be parsed.
    """

    def __init__(self, command: str, output: Output) -> None:
        """Initialize the program; nothing is run yet."""
        try:
            self._arguments = shlex.split(command)
        except ValueError as err:
            raise CommandError(f"--exec: {err}") from None
        if not self._arguments:
            raise CommandError("--exec needs a program")
        self._output = output
        self._one_at_a_time = asyncio.Lock()

    async def tell(self, value: object) -> None:
        """Run the program; if it fails, say so and go on."""
        async with self._one_at_a_time:
            problem = await self._run(f"{as_json_text(value)}\n".encode())
        if problem is not None:
            self._output.status(f"{self._arguments[0]}: {problem}. Watching goes on.")

    async def _run(self, line: bytes) -> str | None:
        """Return why the program failed, if it did."""
        try:
            process = await asyncio.create_subprocess_exec(*self._arguments, stdin=asyncio.subprocess.PIPE)
        except OSError as err:
            return f"cannot be run ({err.strerror})"
        try:
            async with asyncio.timeout(_SECONDS):
                await process.communicate(line)
        except TimeoutError:
            return f"did not end within {_SECONDS:g} s"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return f"ended with exit code {process.returncode}" if process.returncode else None
