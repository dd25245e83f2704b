import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comfycontrol_pack.comfycontrol.models.endpoint import normalise_endpoint

PARTS = st.tuples(
    st.sampled_from(["http://", "https://", "HTTPS://", "ftp://", "//", "x:", ""]),
    st.sampled_from(["", "user@", "user:password@"]),
    st.text(max_size=8)
    | st.sampled_from(["Example.COM.", "[::1]", "[FE80::1%25eth0]", "a\u3002", "m\u00fcnchen.example", "\u0130", "."]),
    st.sampled_from(["", ":", ":80", ":443", ":0080", ":8188", ":70000", ":x"]),
    st.text(max_size=6) | st.sampled_from(["/", "//", "/a//", "/a/?", "/a/#", "?", "#", "/?q=/#f"]),
).map("".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://comfy.example.com", "https://comfy.example.com/"),
        ("https://comfy.example.com", "https://comfy.example.com:443"),
        ("http://comfy.example.com", "http://comfy.example.com:80/"),
        ("https://comfy.example.com", "HTTPS://Comfy.EXAMPLE.com"),
        ("https://comfy.example.com", " https://comfy.example.com "),
        ("https://comfy.example.com", "https://comfy.example.com#top"),
        ("https://comfy.example.com", "https://comfy.example.com/?"),
        ("https://comfy.example.com", "https://comfy.example.com."),
        ("https://comfy.example.com/sub", "https://comfy.example.com/sub//"),
        ("https://m\u00fcnchen.example", "https://xn--mnchen-3ya.example"),
        ("https://comfy.example.com", "https://comfy\u3002example\u3002com"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]"),
    ],
)
def test_two_spellings_of_one_address_are_recognised(one: str, other: str) -> None:
    assert normalise_endpoint(one) == normalise_endpoint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://comfy.example.com", "http://comfy.example.com"),
        ("https://comfy.example.com", "https://comfy.example.com:8188"),
        ("http://comfy.example.com", "http://comfy.example.com:443"),
        ("https://comfy.example.com", "https://comfy.example.com/sub"),
        ("https://comfy.example.com/Sub", "https://comfy.example.com/sub"),
        ("https://comfy.example.com", "https://comfy.example.com?a=1"),
        ("https://comfy.example.com", "https://other.example.com"),
    ],
)
def test_two_addresses_stay_two(one: str, other: str) -> None:
    assert normalise_endpoint(one) != normalise_endpoint(other)


@given(st.text() | PARTS)
@example("http://a\u3002/")
@example("http://[::1]\\/x")
def test_normalising_takes_any_text_and_twice_is_once(text: str) -> None:
    once = normalise_endpoint(text)
    assert normalise_endpoint(once) == once


@pytest.mark.parametrize("text", ["", "no address", "https://[::1", "https://a b", "https://a:99999"])
def test_what_the_service_holds_is_compared_even_if_it_is_no_address(text: str) -> None:
    assert normalise_endpoint(f" {text} ") == text
