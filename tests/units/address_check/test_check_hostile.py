"""Addresses that a check must not call. None of them is fetched."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st
from units.address_check.check_stage import HERE, NAME, PUBLIC, Request, Stage, always, answer, instance

from comfycontrol_pack.comfycontrol.address_check.check import OwnPlace
from comfycontrol_pack.comfycontrol.address_check.target import may_be_called
from comfycontrol_pack.comfycontrol.errors import InvalidInputError
from comfycontrol_pack.comfycontrol.models.endpoint import check_endpoint
from comfycontrol_pack.comfycontrol.public_address.ip_addresses import innermost

NEVER_LOOKED_UP = [
    # metadata services of clouds
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00:ec2::254]/latest",
    "http://[fd20:ce::254]/",
    "http://metadata.google.internal/computeMetadata/v1",
    "http://metadata/",
    "http://100.100.100.200/latest/meta-data",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/",
    # loopback in every spelling, and other ports of this machine
    "http://127.0.0.1",
    "http://127.0.0.1:22",
    "http://127.0.0.1:6379",
    "https://localhost",
    "http://localhost:8189",
    "http://comfy.localhost:8188",
    "http://127.0.0.53:8188",
    "http://127.255.255.254:8188",
    "http://2130706433:6379",
    "http://017700000001:6379",
    "http://0177.0.0.1",
    "http://0x7f000001",
    "http://0x7f.1",
    "http://127.1",
    "http://0",
    "http://0.0.0.0:8188",
    "http://[::1]",
    "http://[::]:8188",
    "http://%31%32%37.0.0.1",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    # addresses that carry others
    "http://[::ffff:127.0.0.1]:6379",
    "http://[::ffff:a9fe:a9fe]",
    "http://[::127.0.0.1]:6379",
    "http://[::ffff:0:10.0.0.1]",
    "http://[64:ff9b::7f00:1]",
    "http://[64:ff9b::a9fe:a9fe]",
    "http://[64:ff9b:1::a00:1]",
    "http://[2002:7f00:1::]",
    "http://[2002:c0a8:101::1]",
    "http://[2002:a9fe:a9fe::]",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "http://[2001::1]",
    # private, link-local, carrier-grade, multicast, reserved
    "http://10.0.0.1",
    "http://172.17.0.1",
    "http://192.168.1.1/admin",
    "http://100.64.0.1",
    "http://169.254.1.1",
    "http://224.0.0.1",
    "http://239.255.255.250:1900",
    "http://240.0.0.1",
    "http://255.255.255.255",
    "http://192.0.2.1",
    "http://198.18.0.1",
    "http://192.88.99.1",
    "http://[fe80::1]",
    "http://[fe80::1%25eth0]",
    "http://[fec0::1]",
    "http://[fc00::1]",
    "http://[ff02::1]",
    "http://[2001:db8::1]",
    "http://[3fff::1]",
    "http://[100::1]",
    # names that are known inside only
    "http://nas",
    "http://nas.local",
    "http://router.lan",
    "http://comfy.fritz.box",
    "http://kubernetes.default.svc.cluster.local",
    "http://host.docker.internal",
    "http://comfy.home.arpa",
    # no addresses
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://exam%70le.com",
    "http://a..example.com",
    "http://exa*mple.com",
    "http://[v1.x]",
    "http://" + "a" * 64 + "." + "b." * 120 + "example.com",
]


@pytest.mark.parametrize("endpoint", NEVER_LOOKED_UP)
def test_an_address_that_is_not_public_is_judged_and_not_called(stage: Stage, endpoint: str) -> None:
    found = stage.check(endpoint, {"X-Key": "s3cret"})
    assert found.verdict in {"not_public", "not_an_address", "only_here"}
    assert found.message
    assert (stage.looked_up, stage.called) == ([], [])


LEADS_INSIDE = [
    ["127.0.0.1"],
    ["::1"],
    ["169.254.169.254"],
    ["fd00:ec2::254"],
    ["fe80::1%eth0"],
    ["10.1.2.3"],
    ["::ffff:192.168.0.1"],
    ["64:ff9b::7f00:1"],
    ["2002:a00:1::1"],
    ["0.0.0.0"],
    ["224.0.0.1"],
    ["168.63.129.16"],
    # one address that is public does not make up for another that is not
    [PUBLIC, "127.0.0.1"],
    ["2606:4700::1111", PUBLIC, "10.0.0.1"],
    ["::1", PUBLIC],
]


@pytest.mark.parametrize("addresses", LEADS_INSIDE, ids=" ".join)
def test_a_name_that_leads_inside_is_not_called(stage: Stage, addresses: list[str]) -> None:
    stage.names[NAME] = [addresses]
    assert stage.check(f"http://{NAME}:8188").verdict == "name_not_public"
    assert (stage.looked_up, stage.called) == ([NAME], [])


def test_a_name_that_turns_inside_at_the_second_look_is_looked_at_once(stage: Stage) -> None:
    stage.serve(always(answer(404)), 80)
    stage.names[NAME] = [[PUBLIC], [HERE]]
    assert stage.check(f"http://{NAME}").verdict == "other_server"
    assert stage.looked_up == [NAME]
    assert set(stage.called) == {(PUBLIC, 80)}


def test_a_name_whose_answer_is_no_address(stage: Stage) -> None:
    stage.names[NAME] = [["not an address"]]
    assert stage.check(f"http://{NAME}").verdict == "name_not_found"
    assert stage.called == []


@pytest.mark.parametrize("really", [False, True])
@pytest.mark.parametrize("host", [HERE, "localhost", "2130706433", "0x7f.1", "[::ffff:7f00:1]", "0.0.0.0"])
def test_another_service_of_this_machine_is_not_called(stage: Stage, host: str, really: bool) -> None:  # noqa: FBT001
    victim = stage.act(lambda _, visitor: visitor.sendall(answer()))
    assert stage.check(f"http://{host}:{victim.port}", really=really).verdict in {"not_public", "only_here"}
    assert victim.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(stage: Stage, status: int) -> None:
    victim = stage.act(lambda _, visitor: visitor.sendall(stage.ours()(_)))
    stage.own = OwnPlace(victim.port)
    location = f"http://{HERE}:{victim.port}/comfycontrol/identity"
    stage.serve(always(answer(status, "", {"Location": location})), 80)
    assert stage.check(f"http://{NAME}").verdict == "redirected"
    assert victim.connections == 0
    assert stage.called == [(PUBLIC, 80)]


def test_no_proxy_of_the_environment_is_used(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = stage.act(lambda _, visitor: visitor.sendall(answer()))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HERE}:{proxy.port}")
    stage.serve(stage.ours(), 80)
    assert stage.check(f"http://{NAME}").verdict == "proven"
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://example.com",
        "file:///etc/passwd",
        "gopher://example.com:70/_x",
        "unix:///var/run/docker.sock",
        "dict://example.com:11211/",
        "http://me:pw@example.com",
        "http://example.com@127.0.0.1:8188",
        "http://example.com\r\nX-Evil: 1",
        "http://exa mple.com",
        "http://example.com:99999",
        "//example.com",
        "http:127.0.0.1",
    ],
)
def test_what_the_service_does_not_take_never_comes_to_a_check(endpoint: str) -> None:
    with pytest.raises(InvalidInputError):
        check_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["ftp://example.com", "file:///etc/passwd", "ws://example.com", "http:\\\\127.0.0.1:8188", "x" * 9000]
)
def test_and_would_not_be_called_if_it_did(stage: Stage, endpoint: str) -> None:
    assert stage.check(endpoint).verdict in {"not_an_address", "not_public", "only_here"}
    assert (stage.looked_up, stage.called) == ([], [])


def test_a_path_cannot_break_out_of_the_request_line(stage: Stage) -> None:
    actor = stage.serve(always(answer(404)), 80)
    stage.check(f'http://{NAME}/a\u00e4 b"<>\\^`{{|}}'.replace(" ", ""))
    asked = actor.requests[0].target.partition("?")[0]
    assert asked == "/a%C3%A4b%22%3C%3E%5C%5E%60%7B%7C%7D/comfycontrol/identity"


IPV4 = st.ip_addresses(v=4).map(lambda ip: IPv4Address(int(ip)))
WRAPPINGS = st.sampled_from(
    [
        lambda number: IPv6Address(0xFFFF << 32 | number),
        lambda number: IPv6Address(0xFFFF << 48 | number),
        lambda number: IPv6Address(0x64FF9B << 96 | number),
        lambda number: IPv6Address(0x2002 << 112 | number << 80),
    ]
)


@given(IPV4, WRAPPINGS)
def test_an_address_is_judged_as_the_one_it_carries(ip: IPv4Address, wrapping: object) -> None:
    assert callable(wrapping)
    assert may_be_called(wrapping(int(ip))) == may_be_called(ip)


@given(st.ip_addresses())
def test_what_may_be_called_is_global(ip: IPv4Address | IPv6Address) -> None:
    if may_be_called(ip):
        carried = innermost(ip)
        special = [carried.is_loopback, carried.is_link_local, carried.is_multicast, carried.is_unspecified]
        assert not any([*special, carried.is_private, carried.is_reserved])
        assert carried.is_global


def test_public_addresses_may_be_called() -> None:
    for text in (PUBLIC, "1.1.1.1", "2606:4700::1111", "2002:808:808::1", "64:ff9b::808:808", "::ffff:8.8.8.8"):
        assert may_be_called(ip_address(text))


def test_a_relay_that_leads_here_is_proven(stage: Stage) -> None:
    """Who passes our question on to us and our answer back does lead here: that is what a proxy is."""
    ours = instance(stage.identity)

    def relay(request: Request) -> bytes:
        return ours(request)

    stage.serve(relay, 80)
    assert stage.check(f"http://{NAME}").verdict == "proven"


def test_header_values_are_in_no_text_of_the_check(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    stage.serve(lambda request: answer(403, request.headers["x-key"], {"X-Seen": request.headers["x-key"]}), 80)
    checker = stage.checker()
    found = stage.check(f"http://{NAME}", {"X-Key": "s3cret-value"})
    assert found.verdict == "needs_header"
    assert "s3cret-value" not in repr((found, checker, vars(checker), ANY)) + caplog.text
