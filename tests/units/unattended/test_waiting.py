"""How long a machine waits: as the service says, spread by chance, and never without bounds."""

import random

import pytest

from comfycontrol_pack.comfycontrol.unattended.backoff import (
    OTHERS_SECONDS,
    REFUSED_SECONDS,
    START_SECONDS,
    Backoff,
)

MACHINES = 300


def backoffs() -> list[Backoff]:
    return [Backoff(random.Random(number)) for number in range(MACHINES)]  # noqa: S311 - chance, not a secret


@pytest.mark.parametrize(
    ("retry_after", "after_others", "least"),
    [(None, False, 10), (None, True, 10 + OTHERS_SECONDS), (7, False, 7), (7, True, 7 + OTHERS_SECONDS)],
)
def test_after_a_refusal_the_machines_come_back_when_they_may_and_not_all_at_once(
    retry_after: int | None, least: float, *, after_others: bool
) -> None:
    waits = [one.refused(retry_after, after_others=after_others) for one in backoffs()]
    assert min(waits) >= least
    assert max(waits) <= least + REFUSED_SECONDS
    assert max(waits) - min(waits) > 0.9 * REFUSED_SECONDS


def test_machines_that_start_at_once_do_not_ask_at_once() -> None:
    waits = [one.start() for one in backoffs()]
    assert min(waits) >= 0
    assert max(waits) <= START_SECONDS
    assert max(waits) - min(waits) > 0.9 * START_SECONDS


def test_who_is_refused_for_ever_asks_ever_more_rarely_and_still_within_minutes() -> None:
    backoff = backoffs()[0]
    waits = [backoff.refused(None) for _ in range(2000)]
    assert max(waits[:40]) <= 10 + REFUSED_SECONDS
    assert 60 < max(waits) <= 10 + 300


def test_an_answer_ends_the_long_waits_but_not_the_knowledge_of_others() -> None:
    backoff = backoffs()[0]
    assert not backoff.is_crowded
    for _ in range(100):
        backoff.refused(None)
        backoff.failed()
    backoff.well()
    assert backoff.is_crowded
    assert backoff.refused(None) <= 10 + REFUSED_SECONDS
    assert backoff.failed() <= 11


def test_who_has_listed_lets_those_behind_the_same_address_list_before_it_makes_a_runner() -> None:
    waits = [one.turn() for one in backoffs()]
    assert min(waits) >= 10 + OTHERS_SECONDS
    assert max(waits) <= 10 + OTHERS_SECONDS + REFUSED_SECONDS
