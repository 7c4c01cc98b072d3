"""A value that a test expects to be there."""


def not_none[T](value: T | None) -> T:
    """Return the value.

    Raises:
        AssertionError: There is none.
    """
    assert value is not None
    return value
