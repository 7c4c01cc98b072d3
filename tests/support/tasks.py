"""Which tasks run whose code: judged by the module of the coroutine, never by a path."""

import asyncio
from inspect import CORO_CLOSED, getcoroutinestate
from types import CoroutineType


def running_tasks(package: str) -> list[asyncio.Task[object]]:
    """Return the unfinished tasks whose coroutine is defined in a package or below it."""
    return [task for task in asyncio.all_tasks() if _is_defined_in(task.get_coro(), package)]


def _is_defined_in(coroutine: object, package: str) -> bool:
    if not isinstance(coroutine, CoroutineType) or getcoroutinestate(coroutine) == CORO_CLOSED:
        return False
    module = str(coroutine.cr_frame.f_globals["__name__"])
    return module == package or module.startswith(f"{package}.")
