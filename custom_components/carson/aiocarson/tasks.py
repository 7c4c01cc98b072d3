"""How the media code starts background tasks."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
"""Starts a background task under a name. The task ends with its account."""
