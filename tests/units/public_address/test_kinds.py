from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from units.locale_files import english

from comfycontrol_pack.comfycontrol.public_address.kinds import SEVERITIES, kind_of

CASES = [
    # names
    ("https://comfy.example.com", "public_name"),
    ("https://comfy.example.com.", "public_name"),
    ("https://comfy.example.com:8443/", "public_name"),
    ("http://comfy.example.com", "public_name plain_http"),
    ("https://under_score.example.com", "public_name"),
    ("https://localhost:8188", "loopback"),
    ("https://comfy.localhost:8188", "loopback"),
    ("http://nas.local:8188", "local_name"),
    ("http://nas:8188", "single_label"),
    ("http://comfy.fritz.box:8188", "private_name"),
    ("http://host.docker.internal:8188", "private_name"),
    ("http://comfy.home.arpa:8188", "private_name"),
    ("https://b\u00fccher.example.com", "public_name international_name"),
    ("https://xn--bcher-kva.example.com", "public_name international_name"),
    # IPv4
    ("https://8.8.8.8:8188", "public_ip"),
    ("http://8.8.8.8:8188", "public_ip plain_http_ip"),
    ("http://127.0.0.1:8188", "loopback"),
    ("http://127.255.0.9:8188", "loopback"),
    ("http://0.0.0.0:8188", "unspecified"),
    ("http://10.0.0.1:8188", "private"),
    ("http://172.17.0.2:8188", "private"),
    ("http://192.168.1.2:8188", "private"),
    ("http://100.64.0.1:8188", "carrier_grade"),
    ("http://100.127.255.254:8188", "carrier_grade"),
    ("https://100.128.0.1:8188", "public_ip"),
    ("http://169.254.169.254:8188", "link_local"),
    ("http://192.0.2.1:8188", "reserved"),
    ("http://198.18.0.1:8188", "reserved"),
    ("http://224.0.0.1:8188", "reserved"),
    ("http://255.255.255.255:8188", "reserved"),
    ("http://0.1.2.3:8188", "reserved"),
    # other spellings of IPv4
    ("http://2130706433:8188", "loopback unusual_ipv4"),
    ("http://0177.0.0.1:8188", "loopback unusual_ipv4"),
    ("http://0x7f.1:8188", "loopback unusual_ipv4"),
    ("http://0x7F000001:8188", "loopback unusual_ipv4"),
    ("http://127.1:8188", "loopback unusual_ipv4"),
    ("http://0:8188", "unspecified unusual_ipv4"),
    ("http://0x:8188", "unspecified unusual_ipv4"),
    ("http://127.0.0.1.:8188", "loopback"),
    ("http://192.168.257:8188", "private unusual_ipv4"),
    ("http://0xa9fea9fe:8188", "link_local unusual_ipv4"),
    ("http://0000000000000000000177.0.0.1:8188", "loopback unusual_ipv4"),
    ("http://%31%32%37.0.0.1:8188", "loopback unusual_ipv4"),
    ("http://\uff11\uff12\uff17.0.0.1:8188", "loopback unusual_ipv4"),
    ("http://127\u30020\uff0e0\uff611:8188", "loopback unusual_ipv4"),
    ("http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:8188", "loopback"),
    # numbers that are no IPv4 address
    ("http://256.0.0.1", "not_an_address"),
    ("http://1.2.3.4.5", "not_an_address"),
    ("http://08.0.0.1", "not_an_address"),
    ("http://4294967296", "not_an_address"),
    ("http://127.0.0.0x:8188", "loopback unusual_ipv4"),
    # IPv6
    ("https://[2606:4700::1111]:8188", "public_ip ipv6"),
    ("http://[::1]:8188", "loopback ipv6"),
    ("http://[::]:8188", "unspecified ipv6"),
    ("http://[fe80::1%25eth0]:8188", "link_local ipv6"),
    ("http://[fd00::1]:8188", "unique_local ipv6"),
    ("http://[fec0::1]:8188", "reserved ipv6"),
    ("http://[ff02::1]:8188", "reserved ipv6"),
    ("http://[2001:db8::1]:8188", "reserved ipv6"),
    ("http://[3fff::1]:8188", "reserved ipv6"),
    ("http://[4000::1]:8188", "reserved ipv6"),
    # IPv4 inside IPv6
    ("http://[::ffff:127.0.0.1]:8188", "loopback ipv6 ipv4_in_ipv6"),
    ("http://[::ffff:7f00:1]:8188", "loopback ipv6 ipv4_in_ipv6"),
    ("http://[::127.0.0.1]:8188", "loopback ipv6 ipv4_in_ipv6"),
    ("http://[::ffff:0:10.0.0.1]:8188", "private ipv6 ipv4_in_ipv6"),
    ("http://[64:ff9b::a9fe:a9fe]:8188", "link_local ipv6 ipv4_in_ipv6"),
    ("http://[64:ff9b:1::a00:1]:8188", "reserved ipv6"),
    ("http://[2002:c0a8:102::1]:8188", "private ipv6 ipv4_in_ipv6"),
    ("https://[2002:808:808::1]:8188", "public_ip ipv6 ipv4_in_ipv6"),
    # ports
    ("http://192.168.1.2", "private missing_port"),
    ("http://localhost", "loopback missing_port"),
    ("https://192.168.1.2", "private other_port"),
    ("http://8.8.8.8", "public_ip plain_http_ip other_port"),
    ("http://192.168.1.2:80", "private other_port"),
    ("http://nas.local:3000", "local_name other_port"),
    ("https://8.8.8.8:40123", "public_ip other_port"),
    # the rest
    ("https://example.com/comfy/", "public_name path"),
    ("https://example.com?a=1", "public_name query"),
    ("https://example.com/#x", "public_name query"),
    ("https://me:pw@example.com", "public_name user_info"),
    ("http://evil.example.com@127.0.0.1:8188", "loopback user_info"),
    ("example.com", "public_name no_scheme"),
    ("192.168.1.2:8188", "private no_scheme"),
    ("  https://example.com  ", "public_name"),
    ("ftp://example.com", "public_name other_scheme"),
    ("http://nas:8188/comfy", "single_label path"),
    # no address at all
    *(
        (text, "not_an_address")
        for text in ("", "   ", "https://", "http:///path", "://x", "hello world", "https://a..b")
    ),
    *((text, "not_an_address") for text in ("https://[::1", "https://a:99999", "https://a:b", "https://*.example.com")),
    *(
        (text, "not_an_address")
        for text in ("javascript:alert(1)", "http:\\\\127.0.0.1", "https://[nonsense]", "https://[127.0.0.1]", "\x00")
    ),
    *(
        (text, "not_an_address")
        for text in ("https://a\u200bb.example.com", "https://exam\nple.com", "https://a%2fb.com")
    ),
]


@pytest.mark.parametrize(("url", "expected"), CASES, ids=[ascii(url) for url, _ in CASES])
def test_kinds(url: str, expected: str) -> None:
    assert " ".join(kind_of(url, 8188).codes) == expected


def test_the_table_has_every_kind() -> None:
    assert {code for _, codes in CASES for code in codes.split()} == set(SEVERITIES)


@pytest.mark.parametrize("own_port", [80, 443, None])
def test_a_missing_port_is_right_for_the_default_ones(own_port: int | None) -> None:
    assert kind_of("http://192.168.1.2", own_port).codes == ("private",)


def test_the_sentence_names_our_port() -> None:
    (_, missing) = kind_of("http://192.168.1.2", 8000).kinds
    assert "port 8000" in missing.sentence_in()


@pytest.mark.parametrize(
    ("url", "severity", "is_public"),
    [
        ("https://example.com", "ok", True),
        ("https://example.com/comfy", "note", True),
        ("http://example.com", "warning", True),
        ("https://8.8.8.8", "note", True),
        ("https://10.0.0.1", "warning", False),
        ("nonsense here", "warning", False),
    ],
)
def test_the_worst_of_all(url: str, severity: str, is_public: bool) -> None:  # noqa: FBT001 - a column of the table
    kinds = kind_of(url, 8188)
    worst = max((kind.severity for kind in kinds.kinds), key=("ok", "note", "warning").index)
    assert (worst, kinds.is_public) == (severity, is_public)


def test_sentences_are_sentences() -> None:
    sentences: dict[str, str] = english()["kinds"]
    assert sentences.keys() == SEVERITIES.keys()
    for sentence in sentences.values():
        assert sentence.endswith(".")
        assert sentence.isascii()


URL_PIECES = st.sampled_from(
    ["http://", "https://", "[", "]", ":", "@", ".", "/", "%", "0x", "xn--", "::ffff:", "9" * 5000]
)


@settings(deadline=None)
@given(
    url=st.text() | st.lists(URL_PIECES | st.text(max_size=4), max_size=8).map("".join),
    own_port=st.none() | st.integers(),
)
def test_any_text_gets_an_answer(url: str, own_port: int | None) -> None:
    kinds = kind_of(url, own_port)
    assert kinds.kinds
    assert all(kind.sentence_in() for kind in kinds.kinds)


@settings(deadline=None)
@given(st.ip_addresses())
def test_every_spelling_of_an_ipv4_address_is_of_one_kind(ip: object) -> None:
    if not isinstance(ip, IPv4Address):
        return
    number = int(ip)
    high, low = divmod(number, 1 << 24)
    spellings = [f"{number}", f"{number:#x}", f"0{number:o}", f"{high}.{low}", f"{high:#x}.0{low:o}"]
    wrapped = [f"[::ffff:{ip}]", f"[64:ff9b::{ip}]", f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]"]
    plain = kind_of(f"https://{ip}", None).codes[0]
    assert {kind_of(f"https://{host}", None).codes[0] for host in [*spellings, *wrapped]} == {plain}
