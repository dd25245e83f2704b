"""The rate limit, by a clock of the test's own."""

from collections.abc import Callable, Iterator

import pytest
import requests

from service_double import Fault, ServiceDouble

Ask = Callable[..., requests.Response]
NEW = {"name": "Mine", "endpoint": "https://comfy.example.com"}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def double(clock: Clock) -> Iterator[ServiceDouble]:
    with ServiceDouble(clock=clock) as running:
        yield running


def create(ask: Ask) -> requests.Response:
    return ask("POST", "/v1/runner", json=NEW)


def user(ask: Ask) -> requests.Response:
    return ask("GET", "/v1/user")


def test_too_many_requests_bring_a_cooldown_in_which_nothing_is_done(
    double: ServiceDouble, ask: Ask, clock: Clock
) -> None:
    double.enforce_rate_limit = True
    assert {user(ask).status_code for _ in range(40)} == {200}
    clock.now = 9.9
    refused = create(ask)
    assert (refused.status_code, refused.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert refused.text.startswith("<!DOCTYPE html>")
    assert "Retry-After" not in refused.headers
    double.plan(Fault.answer(500))
    clock.now = 19.8
    assert create(ask).status_code == 429
    assert double.runners() == []
    clock.now = 19.9
    assert [create(ask).status_code for _ in range(2)] == [500, 201]


def test_requests_spread_over_time_stay_under_the_rate_limit(double: ServiceDouble, ask: Ask, clock: Clock) -> None:
    double.enforce_rate_limit = True
    statuses = set()
    for _ in range(100):
        statuses.add(user(ask).status_code)
        clock.now += 0.25
    assert statuses == {200}


def test_the_rate_limit_is_off_until_asked_for(double: ServiceDouble, ask: Ask) -> None:
    assert {user(ask).status_code for _ in range(41)} == {200}
