"""A tunnel that works: from the click to the address, and what it lives through."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from units.tunnel.stage import ADDRESS, GUARDED, HOST, Stage, is_running

from comfycontrol_pack.comfycontrol.gateway.guarded_port import PortStatus
from comfycontrol_pack.comfycontrol.tunnel.agents import AGENTS
from comfycontrol_pack.comfycontrol.tunnel.life import (
    CLOSE_LOOK_SECONDS,
    LOOK_SECONDS,
    LOOKS_UNTIL_PROOF,
    PROOF_SECONDS,
)
from comfycontrol_pack.comfycontrol.tunnel.states import EndedError, StoppedError, seconds_until_next

PAUSE = AGENTS["cloudflared"].pause
OTHER = "https://other-words.trycloudflare.com"
HOURS = 6 * 3600.0
OPENING = [("starting", None), ("connecting", None), ("waiting", ADDRESS), ("checking", ADDRESS), ("open", ADDRESS)]


def stop_after(stage: Stage, waits: int) -> None:
    before = stage.at_wait

    def at_wait(number: int) -> None:
        before(number)
        if number == waits:
            raise StoppedError

    stage.at_wait = at_wait


def test_a_tunnel_is_opened_step_by_step_and_ended_when_nobody_wants_it_any_more(stage: Stage) -> None:
    stop_after(stage, 3)
    assert isinstance(stage.live(), StoppedError)
    assert stage.told == OPENING
    assert stage.opened == 1
    # The name is not looked up before it can be known, and a tunnel that is open costs one look a minute.
    assert stage.waits == [PAUSE, LOOK_SECONDS, LOOK_SECONDS]
    assert stage.asked == [ADDRESS]
    assert stage.marks[0] is not None
    assert stage.marks[0].pid == stage.started["pid"]
    assert stage.marks[-1] is None
    assert not is_running(stage.started["pid"])


def test_it_leads_to_the_guarded_port_with_an_empty_configuration(stage: Stage) -> None:
    stop_after(stage, 1)
    stage.live()
    arguments = stage.started["arguments"]
    assert arguments[arguments.index("--url") + 1] == f"http://127.0.0.1:{GUARDED}"
    assert arguments[arguments.index("--config") + 1] == str(stage.empty)


@pytest.mark.parametrize(
    ("listens_on", "target"),
    [
        ("0.0.0.0", f"http://127.0.0.1:{GUARDED}"),
        ("::", f"http://[::1]:{GUARDED}"),
        ("192.168.1.5", f"http://192.168.1.5:{GUARDED}"),
    ],
)
def test_it_leads_where_the_guarded_port_listens(stage: Stage, listens_on: str, target: str) -> None:
    stage.port = stage.port._replace(address=listens_on)
    stop_after(stage, 1)
    stage.live()
    assert target in stage.started["arguments"]


@pytest.mark.parametrize("port", [PortStatus("off", "127.0.0.1"), PortStatus("open", "127.0.0.1", 8188)])
def test_there_is_none_without_a_guarded_port_and_none_to_comfyuis_own(stage: Stage, port: PortStatus) -> None:
    stage.port = port
    ended = stage.live()
    assert isinstance(ended, EndedError)
    assert ended.code == "guarded_port_off"
    assert stage.marks == []


def test_a_port_that_an_owner_closed_is_not_opened_again_by_a_tunnel_that_comes_back(stage: Stage) -> None:
    stage.port = PortStatus("off", "127.0.0.1")
    stage.live(failures=1)
    assert stage.opened == 0


def test_a_name_that_is_not_known_yet_is_asked_for_again_and_has_a_longer_pause_the_next_time(stage: Stage) -> None:
    stage.proofs = ["unproven", "unproven", "proven"]
    stop_after(stage, 4)
    stage.live()
    assert stage.waits == [PAUSE, PROOF_SECONDS, PROOF_SECONDS, LOOK_SECONDS]
    assert stage.told == OPENING
    stage.waits.clear()
    stop_after(stage, 1)
    stage.live(failures=2)
    assert stage.waits == [4 * PAUSE]


class Story(NamedTuple):
    """What `at_wait` does after the n-th long wait; the waits from the second look on, what it told, and its proofs."""

    name: str
    at_wait: Callable[[Stage, int], None]
    waits: list[float]
    told: list[tuple[str, str | None]] = []  # noqa: RUF012 - never changed
    asked: int = 2


def is_away(stage: Stage, number: int) -> None:
    stage.play(ready=int(number not in {2, 3}))


def is_renamed(stage: Stage, number: int) -> None:
    stage.play(host=OTHER.partition("://")[2] if number >= 2 else HOST)


def sleeps(stage: Stage, number: int) -> None:
    if number == 2:
        stage.asleep += HOURS


def sleeps_by_every_clock(stage: Stage, number: int) -> None:
    # As on Windows, where the monotonic clock goes on.
    if number == 2:
        stage.now += HOURS


def comes_back_after_sleep(stage: Stage, number: int) -> None:
    sleeps_by_every_clock(stage, number)
    is_away(stage, number)


def is_doubted_after_sleep(stage: Stage, number: int) -> None:
    sleeps(stage, number)
    stage.proofs = ["unproven"] if number == 2 else ["proven"]


def has_its_clock_put_back(stage: Stage, number: int) -> None:
    if number == 2:
        stage.asleep -= HOURS


SOON = CLOSE_LOOK_SECONDS
NOT_CONNECTED: tuple[str, str | None] = ("not_connected", ADDRESS)
OPEN_AGAIN: tuple[str, str | None] = ("open", ADDRESS)
STORIES = [
    Story("its service is away for a while", is_away, [SOON, SOON, LOOK_SECONDS], [NOT_CONNECTED] * 2 + [OPEN_AGAIN]),
    Story(
        "its address is another one",
        is_renamed,
        [PAUSE, LOOK_SECONDS],
        [(state, OTHER) for state in ("waiting", "checking", "open")],
    ),
    Story("the machine sleeps for hours", sleeps, [LOOK_SECONDS], [OPEN_AGAIN]),
    Story("it sleeps for hours by every clock", sleeps_by_every_clock, [LOOK_SECONDS], [OPEN_AGAIN]),
    Story(
        "its agent has lost its service in its sleep and finds it again",
        comes_back_after_sleep,
        [SOON, SOON, LOOK_SECONDS],
        [NOT_CONNECTED] * 2 + [OPEN_AGAIN],
    ),
    Story("an answer is lost after its sleep", is_doubted_after_sleep, [SOON, LOOK_SECONDS], [OPEN_AGAIN], asked=3),
    Story("its clock is put back", has_its_clock_put_back, [LOOK_SECONDS], asked=1),
]


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_it_lives_through_what_passes_and_is_proven_before_it_is_called_open_again(stage: Stage, story: Story) -> None:
    stage.at_wait = lambda number: story.at_wait(stage, number)
    stop_after(stage, 2 + len(story.waits))
    assert isinstance(stage.live(), StoppedError)
    assert stage.waits == [PAUSE, LOOK_SECONDS, *story.waits]
    assert stage.told == [*OPENING, *story.told]
    assert len(stage.asked) == story.asked


def test_it_is_proven_now_and_then(stage: Stage) -> None:
    stop_after(stage, 2 + LOOKS_UNTIL_PROOF)
    stage.live()
    assert len(stage.asked) == 2


def test_pauses_grow_to_a_limit_and_a_service_that_counts_is_left_alone_much_longer() -> None:
    assert [seconds_until_next("gone", failures) for failures in (1, 2, 3, 20, 2000)] == [5, 10, 20, 600, 600]
    assert [seconds_until_next("agent_refused", failures) for failures in (1, 2, 20)] == [600, 1200, 7200]
