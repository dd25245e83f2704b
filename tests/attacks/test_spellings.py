"""However an address is written, and whatever a name turns out to be: nothing that is not public is ever called."""

import itertools
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from routes.checked_addresses import PUBLIC, pack_module
from routes.comfyui_with_pack import Browser, ComfyUI

from comfycontrol_pack.comfycontrol.address_check.check import EndpointCheck, OwnPlace
from comfycontrol_pack.comfycontrol.address_check.network import Ways
from comfycontrol_pack.comfycontrol.errors import InvalidInputError
from comfycontrol_pack.comfycontrol.models.endpoint import check_endpoint
from comfycontrol_pack.comfycontrol.rate_limiter import RateLimiter
from comfycontrol_pack.comfycontrol.storage.identity import Identity

# One of each part of the address space that is not the open internet.
INSIDE_4 = [
    "0.0.0.0",
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
INSIDE_6 = [
    "::",
    "::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
HERE = 8188


def spelt_4(address: str) -> Iterator[str]:
    number = int(IPv4Address(address))
    parts = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    rest = number & 0xFFFFFF, number & 0xFFFF
    yield from (str(number), hex(number), f"0X{number:X}", f"0{number:o}", f"{number}.", f"0x{number:016x}")
    for form in ("{}", "0x{:x}", "0{:o}", "0x{:08x}", "000{:o}"):
        yield ".".join(form.format(part) for part in parts)
        yield f"{form.format(parts[0])}.{form.format(rest[0])}"
        yield f"{form.format(parts[0])}.{form.format(parts[1])}.{form.format(rest[1])}"
    yield from (f"{address}.", f"{address}..", f".{address}", address.replace(".", "\u3002"))
    yield from (address.replace(".", "\uff0e"), address.replace(".", "%2e"), address.replace(".", "\uff61"))
    # Digits of other scripts, which IDNA makes ASCII ones.
    yield address.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    yield address.translate({ord("1"): 0x2460, ord("2"): 0x2461})
    yield address.translate({ord("1"): 0x0661})
    for prefix in (0, 0xFFFF << 32, 0xFFFF << 48, 0x0064FF9B << 96):
        yield from _bracketed(IPv6Address(prefix | number))
    yield from _bracketed(IPv6Address(0x2002 << 112 | number << 80 | 1))
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"


def _bracketed(address: IPv6Address) -> Iterator[str]:
    yield f"[{address}]"
    yield f"[{address.exploded.upper()}]"
    yield f"[{address}%25eth0]"
    yield f"[{address}%lo]"


def around(host: str) -> Iterator[str]:
    yield from (f"http://{host}", f"https://{host}/", f"HTTP://{host}:{HERE + 1}/comfy", f"http://{host}:80#@8.8.8.8/")
    yield from (f"http://8.8.8.8@{host}/", f"http://comfy.example.com:x@{host}", f"http://@{host}", f"http://{host}:")
    yield from (f"http://8.8.8.8\\@{host}", f"http:{host}", f"http:///{host}", f"http:\\\\{host}", f"//{host}")
    yield from (f"http://{host}\t", f"ht\ntp://{host}", f"http://{host}\x00.example.com", f" http://{host}?x=@8.8.8.8")
    yield from (f"http://{host}:0080", f"http://{host}:+80", f"http://{host}:65536", f"http://{host}:\uff18\uff10")
    yield from (f"http://{host}:-1", f"http://{host}:80:80", f"http://{host};8.8.8.8/", f"http://{host},8.8.8.8/")


NAMES = [
    "localhost",
    "LOCALHOST.",
    "localhost.localdomain",
    "x.localhost",
    "ip6-localhost",
    "metadata.google.internal",
    "nas.local",
    "printer",
    "a.b.home.arpa",
    "x.lan",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
]
HOSTS = [
    *itertools.chain.from_iterable(spelt_4(address) for address in INSIDE_4),
    *itertools.chain.from_iterable(_bracketed(IPv6Address(address)) for address in INSIDE_6),
    *NAMES,
]


class World:
    """What a check does to the world. A system's resolver reads numbers as inet_aton does, so this one does, too."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.answer: list[str] | None = None

    def resolve(self, name: str, _port: int) -> list[str]:
        if self.answer is not None:
            return self.answer
        try:
            return [socket.inet_ntoa(socket.inet_aton(name.rstrip(".")))]
        except OSError:
            return ["127.0.0.1"] if "localhost" in name else ["192.168.0.9"]

    def connect(self, ip: str, port: int, seconds: float) -> socket.socket:
        self.called.append(ip)
        raise ConnectionRefusedError

    def check(self, identity: Identity, endpoint: str) -> str | None:
        """The verdict; None where the address is refused before there is a check."""
        ways = Ways(self.resolve, self.connect)
        checker = EndpointCheck(identity, lambda: OwnPlace(HERE), RateLimiter(code="too_many_checks"), ways)
        try:
            accepted = check_endpoint(endpoint)
        except InvalidInputError:
            return None
        return checker.check(accepted, {}).verdict


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return Identity(tmp_path_factory.mktemp("identity") / "identity.key")


def test_no_spelling_of_an_address_inside_is_called(identity: Identity) -> None:
    world = World()
    judged: set[str | None] = set()
    for host in HOSTS:
        for endpoint in around(host):
            judged.add(world.check(identity, endpoint))
            assert world.called == [], endpoint
    # The attack is none unless most of it gets as far as the check.
    assert judged == {None, "not_an_address", "not_public", "name_not_public", "only_here"}


@pytest.mark.parametrize("inside", [*INSIDE_4, *INSIDE_6, "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::1"])
def test_a_name_that_leads_inside_is_not_called_whatever_else_it_leads_to(identity: Identity, inside: str) -> None:
    world = World()
    for answer in ([inside], [PUBLIC, inside], [inside, PUBLIC], [f"{inside}%eth0"] if ":" in inside else [inside]):
        world.answer = answer
        assert world.check(identity, "https://comfy.example.com") in {"name_not_public", "name_not_found"}
        assert world.called == []


def test_a_name_that_turns_inside_after_the_look_is_called_where_it_was(identity: Identity) -> None:
    world = World()
    answers = itertools.chain([[PUBLIC]], itertools.repeat(["127.0.0.1"]))
    ways = Ways(lambda _name, _port: next(answers), world.connect)
    checker = EndpointCheck(identity, lambda: OwnPlace(HERE), RateLimiter(), ways)
    checker.check("https://comfy.example.com", {})
    assert world.called
    assert set(world.called) == {PUBLIC}


@settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    number=st.integers(0, 2**32 - 1),
    forms=st.tuples(*[st.sampled_from(["{}", "0x{:x}", "0{:o}", "0X{:05X}"])] * 4),
    count=st.integers(1, 4),
    more=st.sampled_from(["", ".", ":80", ":8189", "/x", "?y=1", "#z"]),
)
def test_a_number_in_any_form_is_the_address_that_the_system_makes_of_it(
    identity: Identity, number: int, forms: tuple[str, ...], count: int, more: str
) -> None:
    heads = [number >> 8 * (3 - place) & 255 for place in range(count - 1)]
    parts = [*heads, number & 2 ** (8 * (5 - count)) - 1]
    host = ".".join(form.format(part) for form, part in zip(forms, parts, strict=False))
    assert socket.inet_ntoa(socket.inet_aton(host)) == str(IPv4Address(number))
    world = World()
    world.check(identity, f"http://{host}{more}")
    address = ip_address(number)
    assert set(world.called) <= {str(address)}
    assert not world.called or (address.is_global and not address.is_multicast)


async def test_the_running_host_calls_none_of_them(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    ways: Any = pack_module(comfyui, "comfycontrol.address_check.network").Ways
    check = pack_module(comfyui, "comfycontrol.address_check.check")
    monkeypatch.setattr(check, "Ways", lambda: ways(resolve=world.resolve, connect=world.connect))
    monkeypatch.setattr(comfyui.module("comfycontrol.rate_limiter"), "TRIES", 100_000)
    for host in HOSTS[:: len(HOSTS) // 100]:
        answer = await owner.ask("POST", "/endpoint-check", {"endpoint": f"http://{host}", "headers": {"X-Key": "v"}})
        assert (answer.status, answer.content.get("verdict", "")) in {
            (200, "not_public"),
            (200, "only_here"),
            (200, "name_not_public"),
            (200, "not_an_address"),
            (400, ""),
        }, host
        assert world.called == [], host
