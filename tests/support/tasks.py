"""Finds the tasks and timers of a package by the modules of their code, never by the text of a path."""

import asyncio
from collections.abc import Iterator
from functools import partial
from types import AsyncGeneratorType, CellType, CoroutineType, FunctionType, MethodType


def running_tasks(package: str) -> list[asyncio.Task[object]]:
    """Return the unfinished tasks that run, or wait for, a coroutine defined in a package."""
    return [task for task in asyncio.all_tasks() if _any_in(package, _modules_of_coroutine(task.get_coro()))]


def pending_timers(package: str) -> list[asyncio.TimerHandle]:
    """Return the timers of the running loop that call code of a package."""
    handles: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return [
        handle
        for handle in handles
        if not handle.cancelled() and _any_in(package, _modules_of_callback(*_parts(handle)))
    ]


def _any_in(package: str, modules: Iterator[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for module in modules)


def _modules_of_coroutine(coroutine: object) -> Iterator[str]:
    """Yield the modules of a coroutine and of the coroutines that it awaits."""
    while True:
        match coroutine:
            case CoroutineType():
                frame, awaited = coroutine.cr_frame, coroutine.cr_await
            case AsyncGeneratorType():
                frame, awaited = coroutine.ag_frame, coroutine.ag_await
            case _:
                return
        if frame is not None:  # not finished yet
            yield str(frame.f_globals["__name__"])
        coroutine = awaited


def _modules_of_callback(*callbacks: object) -> Iterator[str]:
    """Yield the modules of callbacks, of the objects they are bound to, and of the callbacks they wrap."""
    waiting, seen = list(callbacks), set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        waiting += _parts(one)
        yield str(one.__module__ if isinstance(one, FunctionType) else type(one).__module__)


def _parts(one: object) -> tuple[object, ...]:
    """Return what a callback consists of."""
    match one:
        case asyncio.TimerHandle():
            return (one._callback, *(one._args or ()))  # type: ignore[attr-defined]
        case partial():
            return (one.func, *one.args)
        case MethodType():
            return (one.__self__, one.__func__)
        case FunctionType():
            return tuple(_contents(cell) for cell in one.__closure__ or ())
        case _ if hasattr(one, "target"):  # Home Assistant's HassJob
            return (one.target,)
        case _:
            return ()


def _contents(cell: CellType) -> object:
    """Return the callback in a variable of a closure; anything else there does not count."""
    try:
        contents = cell.cell_contents
    except ValueError:
        return None
    return contents if callable(contents) or hasattr(contents, "target") else None
