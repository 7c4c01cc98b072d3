"""The ways in which Eagle Eye reports events, tried one after the other (Protocol B.9, B.10).

Whether a resident's session may use them is unknown. A way that was refused is not tried again with the same session
key.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
import copy
from dataclasses import dataclass, field
from enum import StrEnum
import logging

from ..errors import ApiError, NoEagleEyeError
from .events import CameraEvent

_LOGGER = logging.getLogger(__name__)


class EventWay(StrEnum):
    """A way in which events arrive."""

    WEBSOCKET = "websocket"
    POLL = "poll"


@dataclass(slots=True)
class EventWays:
    """What is known about the ways of one building.

    Attributes:
        in_use: The way on which the last events were requested; None if none is in use.
        refused: Why a way is not used, with the current session key.
        denied: The ids of the cameras whose events Eagle Eye denies over the websocket, with the current session key.
    """

    in_use: EventWay | None = None
    refused: dict[EventWay, ApiError] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Forget refusals, with a new session key."""
        self.refused.clear()
        self.denied.clear()


type Open = Callable[[], AsyncGenerator[CameraEvent]]


async def events_by_any_way(known: EventWays, ways: Mapping[EventWay, Open]) -> AsyncGenerator[CameraEvent]:
    """Yield events by the first way that is not refused.

    Raises:
        ApiError: All ways are refused; this is the refusal of the last one.
        CarsonError: As for `EagleEye.events`.
    """
    for way, open_way in ways.items():
        if way in known.refused:
            continue
        known.in_use = way
        try:
            async with aclosing(open_way()) as events:
                async for event in events:
                    yield event
        except NoEagleEyeError:
            raise
        except ApiError as err:
            _LOGGER.debug("Eagle Eye refuses events by %s: %s", way, err)
            known.refused[way] = err
        finally:
            known.in_use = None
    raise copy.copy(known.refused[list(ways)[-1]])
