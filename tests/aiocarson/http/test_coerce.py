"""Conversion of single JSON values."""

from typing import Any

from aiocarson.http.coerce import (
    MAX_TEXT,
    as_bool,
    as_float,
    as_id,
    as_int,
    as_list,
    as_mapping,
    clean_reason,
    clean_text,
)
from hypothesis import given, strategies as st
import pytest

ANYTHING: list[Any] = [None, True, 3, 2.5, "x", "", [], {}, [1], {"a": 1}, float("nan"), float("inf"), b"bytes"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("No such door", "No such door"),
        ("No account robin@example.com here", "No account … here"),
        ("Bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "Bad token …!"),
        ("GET /asset?id=1&A=c000~0123456789abcdef&b=2", "GET /asset?id=1&…&b=2"),
        ("c000~0123456789abcdef is over", "… is over"),
        ("correct horse is wrong", "… is wrong"),
        ("x" * 250 + "correct horse", "x" * 250 + "…"),
        (None, None),
        (5, None),
        ("", None),
    ],
)
def test_reason_holds_no_secret(value: object, expected: str | None) -> None:
    assert clean_reason(value, "correct horse", "") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Front Door", "Front Door"),
        ("  Front\x00\r\n Door\t", "Front  Door"),
        ("\u202eevil\u2066", "evil"),
        ("\ud800lone", "lone"),
        ("Tür 🚪 \u200dlinks", "Tür 🚪 \u200dlinks"),
        ("", None),
        (" \n", None),
        (None, None),
        (7, None),
        (["x"], None),
    ],
)
def test_texts_are_cleaned(value: object, expected: str | None) -> None:
    assert clean_text(value) == expected


def test_texts_are_cut_to_length() -> None:
    assert clean_text("x" * 10_000) == "x" * MAX_TEXT
    assert clean_text("abc", 2) == "ab"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7001, "7001"),
        ("7001", "7001"),
        (" 7001 ", "7001"),
        (0, "0"),
        (True, None),
        (None, None),
        ("", None),
        ("a\nb", None),
        ("x" * 65, None),
        ({}, None),
    ],
)
def test_ids_are_sent_as_number_or_text(value: object, expected: str | None) -> None:
    assert as_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), ("1441831", 1441831), (" -5 ", -5), (3.0, 3), (3.5, None), (True, None), ("x", None), (None, None)],
)
def test_integers(value: object, expected: int | None) -> None:
    assert as_int(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        ("2.5", 2.5),
        (float("nan"), None),
        ("inf", None),
        (10**400, None),
        (True, None),
        ("x", None),
        (None, None),
        ([], None),
    ],
)
def test_numbers_are_finite(value: object, expected: float | None) -> None:
    assert as_float(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (1, True), (0, False), ("true", True), ("No", False)],
)
def test_booleans(value: object, expected: bool) -> None:
    assert as_bool(value, default=not expected) is expected


@pytest.mark.parametrize("value", [None, "perhaps", 7, [], {}, 1.5])
def test_invalid_booleans_are_the_default(value: object) -> None:
    assert as_bool(value, default=True) is True
    assert as_bool(value, default=False) is False


@pytest.mark.parametrize("value", ANYTHING)
def test_invalid_objects_and_lists_are_empty(value: object) -> None:
    assert as_mapping(value) == (value if isinstance(value, dict) else {})
    assert as_list(value) == (value if isinstance(value, list) else [])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_parsing_never_raises(value: Any) -> None:
    for read in (clean_text, as_id, as_int, as_float, as_bool, as_mapping, as_list):
        read(value)
    assert clean_text(value) is None or len(str(clean_text(value))) <= MAX_TEXT
