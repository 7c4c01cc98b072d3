"""Forms and shapes: what they tell, and what they do not."""

from aiocarson.eagle_eye.session_key import key_form
from aiocarson.http.cleaning import Cleaner
from aiocarson.http.record import AnswerRecord, KeyRecord, body_form, path_template
from aiocarson.probe.carson_steps import subdomain_form
from aiocarson.probe.media import flv_facts, jpeg_size
from aiocarson.probe.shapes import MAX_DEPTH, count_words, field_names, form_of, rows_of, shape_of
import pytest


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (None, "null"),
        (True, "bool"),
        (12345, "int5"),
        (10**30, "int"),
        (1.5, "float"),
        ([], "list"),
        ({}, "object"),
        ("", "empty"),
        ("Robin", "str(5)"),
        ("00005001", "digits8"),
        ("1000a001", "hex8"),
        ("7f0b7a1c-0c5e-4d27-9b6e-0a2f4f6f1e11", "uuid"),
        ("preview-20180917213405.700", "eagle_eye_time"),
        ("2026-11-27", "date"),
        ("2026-11-27T10:00:00Z", "iso_time"),
        ("10:30", "time_of_day"),
        ("https://example.com/x", "url"),
        ("a@example.com", "email"),
        ("+1 555 0100", "phone"),
        ("America/New_York", "time_zone"),
        (f"c000~{'a' * 32}", "cNNN~32"),
    ],
)
def test_forms(value: object, form: str) -> None:
    assert form_of(value) == form


def test_shape_of_objects() -> None:
    shape = shape_of({"id": 1, "name": "x"}, {"id": "12", "1000a001": 1, "abcdef01": 2})
    assert shape == {
        "fields": {
            "id": {"types": {"digits2": 1, "int1": 1}},
            "name": {"types": {"str(1)": 1}, "missing": 1},
        },
        "other_fields": 2,
    }
    assert shape_of([[1], [1, 2]]) == {"lengths": [2], "items": {"lengths": [1, 2], "items": {"types": {"int1": 3}}}}
    assert shape_of([]) == {"lengths": [0]}


def test_shape_has_an_end() -> None:
    value: object = 1
    for _ in range(10_000):
        value = [value]
    shape = shape_of(value)
    for _ in range(MAX_DEPTH - 1):
        shape = shape["items"]
    assert "items" in shape
    assert shape["items"] == {}


def test_words() -> None:
    assert count_words(["rental", "rental", "Harbor House", "1000a001", None, 7]) == {
        "(hex8)": 1,
        "(int1)": 1,
        "(null)": 1,
        "(str(12))": 1,
        "rental": 2,
    }
    assert field_names({"id": 1, "12": 2}) == ["id"]
    assert field_names([1]) == []
    assert rows_of([{}, 1]) == [{}]
    assert rows_of({"a": [{"x": 1}]}, "a") == [{"x": 1}]
    assert rows_of("text") == rows_of({}, "a") == rows_of(None, "a") == []


@pytest.mark.parametrize(
    ("key", "form"),
    [("c000~abcd", "cNNN~4"), ("eyJhbGciOiJIUzI1NiJ9.e30.x", "jwt"), ("ffff", "other"), ("brand~abcd", "other")],
)
def test_forms_of_keys(key: str, form: str) -> None:
    assert key_form(key) == form


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("c000", "cNNN"),
        ("brand-1", "label"),
        ("a b", "other"),
        ("media.c001", "dotted"),
        ("c001.eagleeyenetworks.com", "known_host"),
        ("https://c001", "url"),
        ("", "empty"),
        (None, "null"),
        (7, "int1"),
    ],
)
def test_forms_of_subdomains(value: object, form: str) -> None:
    assert subdomain_form(value) == form


def test_cleaner_removes_what_it_learned() -> None:
    cleaner = Cleaner(["Robin Sample", None])
    cleaner.learn({"a": ["Harbor House", 7001, 1.25, True, None], "door": "camera"})
    assert cleaner.clean("robin of harbor house opens 7001, the camera door") == "… of … opens …, the camera door"
    assert cleaner.clean_name("Robin") == "…"
    assert cleaner.clean_name("camera") == "camera"


@pytest.mark.parametrize(
    "text",
    [
        "a@example.com",
        "eyJhbGciOiJ.e30.x",
        "c000~abcdefgh",
        "https://x.example/y",
        "+1 555 010 0001",
        "1000a001",
        "12345",
    ],
)
def test_cleaner_removes_what_looks_like_a_secret(text: str) -> None:
    assert Cleaner().clean(f"<{text}>") == "<…>"


def test_excerpt_has_no_names() -> None:
    body = b"<style>x{}</style><b>Not Found</b> NotFound: Robin has no PermissionDenied key \xff in Zimmer"
    assert Cleaner().excerpt(body) == "Not Found NotFound: … has no PermissionDenied key in …"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b" " * 100 + b"x", "other"),
        (b'{"a"', "json"),
        (b" [1]", "json"),
        (b"true", "json"),
        (b"null", "json"),
        (b"<html>", "html"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG", "png"),
        (b"FLV\x01", "flv"),
        (b"\0\0\0\x20ftypisom", "mp4"),
        (b"no matching asset", "text"),
        (b"\x00\xff\xfe", "other"),
    ],
)
def test_forms_of_bodies(body: bytes, form: str) -> None:
    assert body_form(body) == form


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/v1.4.4/doors/7001/open/", "/api/v1.4.4/doors/{id}/open/"),
        ("/api/v2.0.0/amenities/x/allowed-hours/", "/api/v2.0.0/amenities/{id}/allowed-hours/"),
        ("/asset/prev/image.jpeg", "/asset/prev/image.jpeg"),
        ("/api/v2/media/1000a001/Snapshot", "/api/v2/media/{id}/Snapshot"),
        (
            "/api/v1.4.4/properties/buildings/Robin/eagleeye/session/",
            "/api/v1.4.4/properties/buildings/{id}/eagleeye/session/",
        ),
    ],
)
def test_templates_of_paths(path: str, template: str) -> None:
    assert path_template(path) == template


def test_record_of_answers_is_bounded() -> None:
    record = AnswerRecord()
    for number in range(300):
        record.record("GET", "/" + "x/" * number, 200, {}, b"{}")
    assert len(record.as_dict()) == 100
    record = AnswerRecord()
    record.record("GET", "/me/", 503, {"Content-Type": "text/html; x"}, b"<p>Service Unavailable for Robin")
    record.record("GET", "/me/", 200, {"Content-Type": "application/json"}, b"{}")
    record.record("GET", "/me/", 200, {}, None)
    assert record.as_dict() == {
        "GET /me/": {
            "count": 3,
            "status": 200,
            "content_type": "",
            "body": None,
            "unexpected": "Service Unavailable for …",
        }
    }


def test_record_of_keys() -> None:
    record = KeyRecord()
    record.record_life(60.4)
    record.record_life(5)
    record.record_life(900)
    assert (record.shortest_seconds, record.longest_seconds) == (5, 900)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00\x04ab", b"\x89PNG", b"\xff\xd8\xff\xe0\x00\x00" * 9]
)
def test_picture_without_size(body: bytes) -> None:
    assert jpeg_size(body) is None


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (b"", {}),
        (b"FLV\x01\x01\x00\x00\x00", {}),
        (b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00", {"flags": 5}),
        (
            b"FLV\x01\x01\x00\x00\x00\x09" + b"\0\0\0\0" + b"\x12\0\0\x03\0\0\0\0\0\0\0abc\0\0\0\x0e",
            {"flags": 1, "metadata": []},
        ),
    ],
)
def test_video_that_says_little(body: bytes, facts: dict[str, object]) -> None:
    assert flv_facts(body) == facts
