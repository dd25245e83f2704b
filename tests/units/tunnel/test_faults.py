"""What can go wrong with a tunnel, a row each: its state and code then, and how long until it is tried again."""

import os
import signal
from collections.abc import Callable
from typing import NamedTuple

import pytest
from units.tunnel.stage import Stage, is_running, parent_of, until

from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.gateway.guarded_port import PortStatus
from comfycontrol_pack.comfycontrol.tunnel.life import LOOKS_UNTIL_PROOF
from comfycontrol_pack.comfycontrol.tunnel.states import EndedError, TunnelStatus, seconds_until_next

OPENING = ["starting", "connecting", "waiting", "checking", "open"]


class Fault(NamedTuple):
    """`play` sets it up, `at_wait` does something after the n-th long wait; then how it ended, and the first pause."""

    name: str
    code: str
    seconds: float | None
    play: Callable[[Stage], None] = lambda _: None
    at_wait: Callable[[Stage, int], None] = lambda _stage, _number: None
    state: str = "failed"
    told: list[str] = OPENING
    said: str | None = None


def missing(stage: Stage) -> None:
    stage.program.unlink()


def not_executable(stage: Stage) -> None:
    stage.program.chmod(0o644)


def not_a_program(stage: Stage) -> None:
    stage.program.write_bytes(b"\x7fELF nothing that this machine could run")


def never(stage: Stage, **plan: object) -> None:
    stage.play(**plan)
    stage.pace = 5.0


def port_taken(stage: Stage) -> None:
    stage.port = PortStatus("failed", "127.0.0.1", problem=MachineError("guarded_port_taken", port=9000))


def ends(stage: Stage, number: int) -> None:
    if number == 2:
        agent = stage.started["pid"]
        guardian = parent_of(agent)
        os.kill(agent, signal.SIGKILL)
        until(lambda: not is_running(guardian))


def is_removed(stage: Stage, number: int) -> None:
    """As a virus scanner does it: the file first, then whatever runs of it."""
    if number == 2:
        stage.program.unlink()
        ends(stage, number)


def loses_service(stage: Stage, number: int) -> None:
    if number == 2:
        stage.play(ready=0)


def loses_service_in_its_sleep(stage: Stage, number: int) -> None:
    loses_service(stage, number)
    if number == 2:
        stage.now += 6 * 3600.0


def loses_its_name_in_its_sleep(stage: Stage, number: int) -> None:
    if number == 2:
        stage.asleep = 6 * 3600.0
        stage.proofs = ["unproven"]


def is_pointed_elsewhere(stage: Stage, number: int) -> None:
    if number == 2:
        stage.play(service="http://127.0.0.1:8188")


def port_is_closed(stage: Stage, number: int) -> None:
    if number == 2:
        stage.port = PortStatus("off", "127.0.0.1")


def port_moves(stage: Stage, number: int) -> None:
    if number == 2:
        stage.port = stage.port._replace(port=19188)


def opens_to_strangers(stage: Stage, number: int) -> None:
    if number == 2 + LOOKS_UNTIL_PROOF - 1:
        stage.proofs = ["open"]


def dies_in_silence(stage: Stage, number: int) -> None:
    if number == 2:
        stage.proofs = ["unproven"]


NO_NETWORK = (
    'ERR failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup: no such host'
)
TOO_MANY = 'ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"'
INTERFACE_TAKEN = "Error opening metrics server listener error=listen tcp 127.0.0.1:4000: bind: address already in use"
FAULTS = [
    Fault("not found", "agent_missing", None, missing, told=[]),
    Fault("not executable", "agent_not_executable", None, not_executable, told=[]),
    Fault("no program at all", "agent_not_executable", None, not_a_program, told=["starting"]),
    Fault(
        "another program of that name",
        *("agent_unknown", None),
        lambda stage: stage.play(version="GNU cloudflared 1.0", exits=0),
        told=OPENING[:2],
    ),
    Fault(
        "another program of that name, which runs on",
        *("agent_unknown", None),
        lambda stage: never(stage, version="Usage: cloudflared FILE", host=""),
        told=OPENING[:2],
    ),
    Fault(
        "exits at once",
        *("agent_ended", 5.0),
        lambda stage: stage.play(says=["ERR cannot do this"], exits=1),
        told=OPENING[:2],
        said="ERR cannot do this",
    ),
    Fault(
        "prints rubbish and exits",
        *("agent_ended", 5.0),
        lambda stage: stage.play(floods=3_000_000, says=["", "\x1b[31m\x00bad\x07"], exits=1),
        told=OPENING[:2],
        said="?[31m?bad?",
    ),
    Fault(
        "the port of its own interface is taken",
        *("agent_ended", 5.0),
        lambda stage: stage.play(says=[INTERFACE_TAKEN], exits=1),
        told=OPENING[:2],
        said="Error opening metrics server listener error=listen tcp ...: bind: address already in use",
    ),
    Fault("never has a name", "agent_silent", 5.0, lambda stage: never(stage, host=""), told=OPENING[:2]),
    Fault("never ready", "agent_silent", 5.0, lambda stage: never(stage, ready=0), told=OPENING[:2]),
    Fault("the name is no name", "agent_silent", 5.0, lambda stage: never(stage, host="x y/../"), told=OPENING[:2]),
    Fault(
        "too many tunnels", "agent_refused", 600.0, lambda stage: stage.play(says=[TOO_MANY], exits=1), told=OPENING[:2]
    ),
    Fault(
        "no network at the start",
        "agent_offline",
        5.0,
        lambda stage: stage.play(says=[NO_NETWORK], exits=1),
        told=OPENING[:2],
    ),
    Fault(
        "leads elsewhere",
        "leads_elsewhere",
        None,
        lambda stage: stage.play(service="http://127.0.0.1:22"),
        told=OPENING[:2],
    ),
    Fault("leads elsewhere later", "leads_elsewhere", None, at_wait=is_pointed_elsewhere),
    Fault("ready and dead", "not_proven", 5.0, lambda stage: stage.proofs.append("unproven"), told=OPENING[:4]),
    Fault("ready and dead, later", "not_proven", 5.0, at_wait=dies_in_silence),
    Fault("open to strangers", "not_closed", None, lambda stage: stage.proofs.append("open"), told=OPENING[:4]),
    Fault("open to strangers later", "not_closed", None, at_wait=opens_to_strangers),
    Fault("ended while it ran", "gone", 5.0, at_wait=ends, state="gone"),
    Fault("removed by a virus scanner while it ran", "gone", 5.0, at_wait=is_removed, state="gone"),
    *(
        Fault(
            name,
            *("tunnel_not_connected", 5.0),
            at_wait=loses,
            state="not_connected",
            told=[*OPENING, "not_connected"],
        )
        for name, loses in (
            ("its service, or the whole network, is away", loses_service),
            ("the same after hours of sleep", loses_service_in_its_sleep),
        )
    ),
    Fault("its name leads nowhere after hours of sleep", "not_proven", 5.0, at_wait=loses_its_name_in_its_sleep),
    Fault("the guarded port is taken", "guarded_port_taken", 5.0, port_taken, told=[]),
    Fault("the guarded port is closed", "guarded_port_off", None, at_wait=port_is_closed),
    Fault("the guarded port is another one", "gone", 5.0, at_wait=port_moves, state="gone"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_has_its_state_its_words_and_its_pause(stage: Stage, fault: Fault) -> None:
    fault.play(stage)
    stage.at_wait = lambda number: fault.at_wait(stage, number)
    ended = stage.live()
    assert isinstance(ended, EndedError)
    assert (ended.code, ended.state) == (fault.code, fault.state)
    assert seconds_until_next(ended.code, 1) == fault.seconds
    # What happened, and what to do.
    status = TunnelStatus(ended.state, ended.code, "cloudflared", values=ended.values)
    assert status.message
    assert status.next_step
    assert list(dict.fromkeys(stage.states)) == fault.told
    assert fault.said is None or ended.said == fault.said
    # Nothing is left running, and nothing is remembered that could be taken for it.
    if stage.marks:
        assert not is_running(stage.started["pid"])
        assert stage.marks[-1] is None
