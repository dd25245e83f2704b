"""A tunnel that works: from the click to the address, and what it lives through."""

import pytest
from units.tunnel.stage import ADDRESS, GUARDED, Stage, is_running

from comfycontrol_pack.comfycontrol.gateway.guarded_port import PortStatus
from comfycontrol_pack.comfycontrol.tunnel.agents import AGENTS
from comfycontrol_pack.comfycontrol.tunnel.life import (
    CLOSE_LOOK_SECONDS,
    LOOK_SECONDS,
    LOOKS_UNTIL_PROOF,
    PROOF_SECONDS,
    Proof,
)
from comfycontrol_pack.comfycontrol.tunnel.states import EndedError, StoppedError, seconds_until_next

PAUSE = AGENTS["cloudflared"].pause
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


def test_a_service_that_is_away_for_a_while_is_said_and_found_again(stage: Stage) -> None:
    def at_wait(number: int) -> None:
        stage.play(ready=int(number not in {2, 3}))

    stage.at_wait = at_wait
    stop_after(stage, 5)
    stage.live()
    assert stage.told == [*OPENING, ("not_connected", ADDRESS), ("not_connected", ADDRESS), ("open", ADDRESS)]
    assert stage.waits == [PAUSE, LOOK_SECONDS, CLOSE_LOOK_SECONDS, CLOSE_LOOK_SECONDS, LOOK_SECONDS]
    # Proven anew before it is called open again.
    assert len(stage.asked) == 2


def test_an_address_that_has_changed_is_proven_like_a_new_one(stage: Stage) -> None:
    other = "other-words.trycloudflare.com"
    stage.at_wait = lambda number: stage.play(host=other) if number == 2 else None
    stop_after(stage, 4)
    stage.live()
    assert stage.told == [*OPENING, *((state, f"https://{other}") for state in ("waiting", "checking", "open"))]
    assert stage.waits == [PAUSE, LOOK_SECONDS, PAUSE, LOOK_SECONDS]


def test_after_hours_of_sleep_it_is_proven_at_once_and_otherwise_now_and_then(stage: Stage) -> None:
    def at_wait(number: int) -> None:
        stage.asleep = 6 * 3600 if number >= 3 else 0

    stage.at_wait = at_wait
    stop_after(stage, 4)
    stage.live()
    assert len(stage.asked) == 2
    stage.asked.clear()
    stage.waits.clear()
    stage.at_wait = lambda _: None
    stop_after(stage, 2 + LOOKS_UNTIL_PROOF)
    stage.live()
    assert len(stage.asked) == 2


def test_a_doubt_is_looked_into_soon_and_one_answer_that_is_lost_ends_nothing(stage: Stage) -> None:
    def at_wait(number: int) -> None:
        stage.asleep = 6 * 3600 if number >= 2 else 0
        answers: dict[int, list[Proof]] = {2: ["unproven"], 3: ["proven"]}
        stage.proofs = answers.get(number, stage.proofs)

    stage.at_wait = at_wait
    stop_after(stage, 4)
    assert isinstance(stage.live(), StoppedError)
    assert stage.waits == [PAUSE, LOOK_SECONDS, CLOSE_LOOK_SECONDS, LOOK_SECONDS]


def test_pauses_grow_to_a_limit_and_a_service_that_counts_is_left_alone_much_longer() -> None:
    assert [seconds_until_next("gone", failures) for failures in (1, 2, 3, 20, 2000)] == [5, 10, 20, 600, 600]
    assert [seconds_until_next("agent_refused", failures) for failures in (1, 2, 20)] == [600, 1200, 7200]
