import pytest

from comfycontrol_pack.comfycontrol.errors import TooManyTriesError
from comfycontrol_pack.comfycontrol.rate_limiter import AT_ONCE, SECONDS, TRIES, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def one_after_another(limit: RateLimiter, count: int) -> None:
    for _ in range(count):
        with limit.one_try():
            pass


def refused_for(limit: RateLimiter) -> int | None:
    with pytest.raises(TooManyTriesError) as raised, limit.one_try():
        pass
    assert raised.value.code == "too_many_tries"
    return raised.value.retry_after


def test_ten_tries_a_minute_and_the_eleventh_is_told_how_long_to_wait() -> None:
    clock = Clock()
    limit = RateLimiter(clock)
    one_after_another(limit, TRIES)
    clock.now += 12.5
    assert refused_for(limit) == 48

    clock.now += 47.5
    one_after_another(limit, TRIES)
    assert refused_for(limit) == 60


def test_the_minute_moves_along() -> None:
    clock = Clock()
    limit = RateLimiter(clock)
    one_after_another(limit, 4)
    clock.now += 30
    one_after_another(limit, 6)
    clock.now += 30
    one_after_another(limit, 4)
    assert refused_for(limit) == 30


def test_a_refused_try_does_not_count() -> None:
    clock = Clock()
    limit = RateLimiter(clock)
    one_after_another(limit, TRIES)
    for _ in range(5):
        refused_for(limit)
    clock.now += SECONDS
    one_after_another(limit, TRIES)


def test_only_three_at_once_and_the_fourth_gets_in_when_one_has_ended() -> None:
    limit = RateLimiter(Clock())
    held = [limit.one_try() for _ in range(AT_ONCE)]
    for each in held:
        each.__enter__()
    assert refused_for(limit) == 1

    held[0].__exit__(None, None, None)
    one_after_another(limit, 1)


def test_a_try_that_fails_ends_as_well() -> None:
    limit = RateLimiter(Clock())
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ValueError, match="broken"), limit.one_try():
            raise ValueError("broken")
