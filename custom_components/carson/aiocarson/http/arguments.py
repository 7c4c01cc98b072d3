"""What callers may pass: objects or their ids, numbers of seconds or timedeltas."""

from datetime import timedelta
from typing import Protocol, runtime_checkable

from ..errors import UsageError


@runtime_checkable
class WithId(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The id."""


@runtime_checkable
class _EagleEyeCamera(WithId, Protocol):
    """A device of Eagle Eye, or a camera that is joined with one: its id is that of Eagle Eye."""

    @property
    def status(self) -> object:
        """The status."""


@runtime_checkable
class _CarsonCamera(WithId, Protocol):
    """A camera as Carson lists it."""

    @property
    def live_view_id(self) -> str | None:
        """The id of Eagle Eye."""


type CameraLike = WithId | str | int
"""A camera or device, or its id: that of Eagle Eye, or that of Carson."""
type Seconds = timedelta | float
"""A duration."""


def id_of(value: object, kind: str, model: type[WithId]) -> str:
    """Return the id of an object, or an id as a text.

    Args:
        value: An object, or its id.
        kind: What the object is, for the error.
        model: The class of the object. Anything else with an id is something else.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(value, model):
        return value.id
    return _plain_id(value, kind)


def camera_id_of(value: object) -> str:
    """Return the id of a camera. A camera as Carson lists it has that of Eagle Eye under another name.

    Raises:
        UsageError: It is neither a camera nor an id, or Carson lists the camera without an id of Eagle Eye.
    """
    if isinstance(value, _EagleEyeCamera):
        return value.id
    if not isinstance(value, _CarsonCamera):
        return _plain_id(value, "camera")
    if value.live_view_id is None:
        raise UsageError("Carson lists this camera without an id of Eagle Eye, so there are no pictures of it")
    return value.live_view_id


def as_timedelta(value: Seconds) -> timedelta:
    """Return a duration, which may be a number of seconds.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(value, timedelta):
        return value
    try:
        return timedelta(seconds=value)
    except (OverflowError, TypeError, ValueError):
        pass
    raise UsageError("Pass a timedelta or a number of seconds")


def _plain_id(value: object, kind: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UsageError(f"Pass a {kind} or its id, not a {type(value).__name__}")
