import threading
from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.address_check.monitor import AddressMonitor
from comfycontrol_pack.comfycontrol.address_check.verdicts import Verdict, verdict
from comfycontrol_pack.comfycontrol.errors import ComfyControlError, TooManyTriesError

ENDPOINT = "https://comfy.example.com"


class World:
    """What there is to be found, and how often anybody looked."""

    def __init__(self) -> None:
        self.best: str | None = ENDPOINT
        self.found = "proven"
        self.error: ComfyControlError | None = None
        self.checked: list[str] = []
        self.changes = 0
        self.now = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.address = AddressMonitor(lambda: self.best, self._check, self._changed, lambda: self.now)

    def _check(self, endpoint: str, _headers: Mapping[str, SecretStr]) -> Verdict:
        self.checked.append(endpoint)
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        return verdict(self.found, port=8188)

    def _changed(self) -> None:
        self.changes += 1

    def check(self, endpoint: str = ENDPOINT) -> str | None:
        self.address.check_soon(endpoint)
        self.address.wait()
        found = self.address.verdict_of(endpoint)
        return found.verdict if found else None


def test_nothing_is_known_before_anybody_looked() -> None:
    address = World().address
    assert (address.best, address.verdict_of(ENDPOINT), address.verdict_of(None)) == (None, None, None)


def test_the_best_address_is_the_one_found_last() -> None:
    world = World()
    assert world.address.look() == ENDPOINT
    world.best = None
    assert world.address.best == ENDPOINT
    assert world.address.look() is None
    assert world.address.best is None


def test_a_verdict_is_about_one_address_however_it_is_spelt() -> None:
    world = World()
    world.found = "timed_out"
    assert world.check() == "timed_out"
    found = world.address.verdict_of("HTTPS://comfy.example.com:443/")
    assert found is not None
    assert found.verdict == "timed_out"
    assert world.address.verdict_of("https://other.example.com") is None


def test_nobody_waits_for_a_check_and_two_make_one() -> None:
    world = World()
    world.gate.clear()
    world.address.check_soon(ENDPOINT)
    world.address.check_soon(ENDPOINT)
    assert world.address.verdict_of(ENDPOINT) is None
    world.gate.set()
    world.address.wait()
    assert world.checked == [ENDPOINT]
    assert world.address.verdict_of(ENDPOINT) is not None


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        (["proven", "proven"], 0),
        (["timed_out", "timed_out"], 1),
        (["timed_out", "proven"], 2),
        (["proven", "tunnel_offline"], 1),
    ],
)
def test_pages_are_told_only_of_what_is_new(found: list[str], changes: int) -> None:
    world = World()
    for one in found:
        world.found = one
        assert world.check() == one
        world.now += 61
    assert world.changes == changes


def test_a_check_that_cannot_be_made_leaves_what_was_known_and_the_next_one_works() -> None:
    world = World()
    world.found = "timed_out"
    assert world.check() == "timed_out"
    world.now += 61
    world.error = TooManyTriesError("too_many_checks", retry_after=5)
    assert world.check() == "timed_out"
    world.error, world.found = None, "proven"
    assert world.check() == "proven"


def test_of_many_addresses_the_last_few_are_known_and_each_for_a_minute() -> None:
    world = World()
    endpoints = [f"https://comfy{number}.example.com" for number in range(12)]
    for endpoint in endpoints:
        world.address.check(endpoint)
    known = [endpoint for endpoint in endpoints if world.address.verdict_of(endpoint)]
    assert known == endpoints[-len(known) :]
    assert 2 <= len(known) < len(endpoints)
    assert world.address.recent(endpoints[-1]) is not None
    world.now += 61
    assert world.address.recent(endpoints[-1]) is None
    assert world.address.verdict_of(endpoints[-1]) is not None
