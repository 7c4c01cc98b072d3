"""Base URLs, and where session keys may be sent (Protocol B.1, D.21)."""

from aiocarson import InvalidInputError, InvalidResponseError
from aiocarson.defaults import DEFAULT_EAGLE_EYE_URL
from aiocarson.http.urls import EagleEyeAddress
import pytest
from yarl import URL

REAL = EagleEyeAddress(DEFAULT_EAGLE_EYE_URL)
SIMULATED = EagleEyeAddress("http://127.0.0.1:8770/eagle_eye/{subdomain}")


@pytest.mark.parametrize("label", ["c000", "C012", "a", "brand-name", "x" * 63, "0"])
def test_dns_label_is_the_subdomain(label: str) -> None:
    assert REAL.base(label).host == f"{label.lower()}.eagleeyenetworks.com"


@pytest.mark.parametrize(
    "label",
    [
        "",
        "evil.example.com",
        "evil.com/",
        "evil.com#",
        "evil.com?",
        "a@b",
        "a:b",
        "-a",
        "a-",
        "x" * 64,
        "c000\n",
        "\uff43000",
        "c_0",
        " c0",
        "a%2eb",
    ],
)
@pytest.mark.parametrize("address", [REAL, SIMULATED])
def test_invalid_subdomains(address: EagleEyeAddress, label: str) -> None:
    with pytest.raises(InvalidResponseError, match=r"invalid Eagle Eye subdomain|not one of Eagle Eye"):
        address.base(label)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://c099.eagleeyenetworks.com/asset", True),
        ("https://c000.eagleeyenetworks.com/asset", True),
        ("https://C099.EagleEyeNetworks.com/asset", True),
        ("https://a.b.eagleeyenetworks.com/asset", True),
        ("http://c099.eagleeyenetworks.com/asset", False),
        ("https://c099.eagleeyenetworks.com:8443/asset", False),
        ("https://user@c099.eagleeyenetworks.com/asset", False),
        ("https://:pw@c099.eagleeyenetworks.com/asset", False),
        ("https://eagleeyenetworks.com/asset", False),
        ("https://evileagleeyenetworks.com/asset", False),
        ("https://eagleeyenetworks.com.example.com/asset", False),
        ("https://example.com/eagleeyenetworks.com", False),
        ("https://127.0.0.1/asset", False),
        ("ftp://c099.eagleeyenetworks.com/asset", False),
    ],
)
def test_key_stays_in_the_domain(url: str, allowed: bool) -> None:
    assert REAL.may_receive_key(URL(url), REAL.base("c000")) is allowed


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8770/eagle_eye/c099/asset", True),
        ("http://127.0.0.1:8771/eagle_eye/c099/asset", False),
        ("https://127.0.0.1:8770/eagle_eye/c099/asset", False),
        ("http://127.0.0.2:8770/eagle_eye/c099/asset", False),
        ("https://c000.eagleeyenetworks.com/asset", False),
    ],
)
def test_key_stays_at_the_origin_without_placeholder(url: str, allowed: bool) -> None:
    assert SIMULATED.may_receive_key(URL(url), SIMULATED.base("c000")) is allowed


def test_placeholder_within_a_label_allows_that_host_only() -> None:
    address = EagleEyeAddress("https://ee-{subdomain}.example.com")
    assert address.may_receive_key(URL("https://ee-c000.example.com/x"), address.base("c000"))
    assert not address.may_receive_key(URL("https://ee-c001.example.com/x"), address.base("c000"))


def test_placeholder_before_a_top_level_domain_allows_that_host_only() -> None:
    address = EagleEyeAddress("https://{subdomain}.test")
    assert not address.may_receive_key(URL("https://other.test/x"), address.base("c000"))


@pytest.mark.parametrize(
    "template",
    [
        "",
        "c000.example.com",
        "ftp://{subdomain}.example.com",
        "https://u:p@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://[bad",
    ],
)
def test_invalid_base_urls(template: str) -> None:
    with pytest.raises(InvalidInputError, match="base URL"):
        EagleEyeAddress(template)


def test_default_address() -> None:
    assert REAL.base("c000") / "g/device/list" == URL("https://c000.eagleeyenetworks.com/g/device/list")
