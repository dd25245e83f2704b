"""The tunnel of an instance: wanted, kept, started anew, stopped, and told about."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from units.tunnel.stage import ADDRESS, Stage, is_running, until
from units.tunnel.test_faults import NO_NETWORK, TOO_MANY

from comfycontrol_pack.comfycontrol.tunnel.agents import AgentName
from comfycontrol_pack.comfycontrol.tunnel.child import Child
from comfycontrol_pack.comfycontrol.tunnel.life import LOOK_SECONDS, QUICK_LOOKS_SECONDS
from comfycontrol_pack.comfycontrol.tunnel.tunnel_file import TunnelFile
from comfycontrol_pack.comfycontrol.tunnel.tunnels import Tunnels


class Instance:
    """A ComfyUI with a tunnel, whose long waits are over as soon as a test lets them be."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.file = folder / "__comfycontrol" / "tunnel-8188.json"
        self.changes = 0
        self.waits: list[float] = []
        self.go_on = threading.Semaphore(0)
        self.running: list[Tunnels] = []

    def comfyui(self, chosen: AgentName | None = None) -> Tunnels:
        """A ComfyUI that starts."""
        tunnels = Tunnels(
            TunnelFile(self.file), self.stage.ground(), chosen, self._changed, lambda: self.stage.now, self._wait
        )
        self.running.append(tunnels)
        return tunnels

    def state(self) -> str:
        return self.running[-1].status().state

    def until(self, state: str) -> None:
        until(lambda: self.state() == state)

    def until_waits(self, number: int) -> None:
        until(lambda: len(self.waits) == number)

    def _changed(self) -> None:
        self.changes += 1

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        self.stage.now += seconds
        if seconds <= QUICK_LOOKS_SECONDS[1]:
            return stop.wait(0.01)
        self.waits.append(seconds)
        is_long = seconds == LOOK_SECONDS or self.running[-1].status().again_at
        while not stop.wait(0.005):
            if not is_long or self.go_on.acquire(blocking=False):
                return False
        return True


@pytest.fixture
def instance(stage: Stage, tmp_path: Path) -> Any:
    instance = Instance(stage, tmp_path)
    yield instance
    for tunnels in instance.running:
        tunnels.stop()


def remembered(instance: Instance) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(instance.file.read_text())
    return content


def test_nothing_is_started_that_nobody_asked_for(instance: Instance) -> None:
    tunnels = instance.comfyui()
    assert tunnels.start().state == "off"
    assert tunnels.address is None
    assert not instance.file.exists()
    assert instance.stage.opened == 0


def test_what_an_owner_opened_comes_back_with_comfyui_until_they_stop_it(instance: Instance) -> None:
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("open")
    assert tunnels.address == ADDRESS
    assert instance.changes >= len(("starting", "connecting", "waiting", "checking", "open"))
    pid = instance.stage.started["pid"]
    assert remembered(instance)["child"]["pid"] == pid
    # A ComfyUI that ended without a word; the agent of this test is ended by hand.
    tunnels._end()
    assert not is_running(pid)
    again = instance.comfyui()
    again.start()
    instance.until("open")
    assert again.stop().state == "off"
    assert again.address is None
    assert not is_running(instance.stage.started["pid"])
    assert instance.comfyui().start().state == "off"


def test_the_operators_agent_is_started_with_comfyui_every_time(instance: Instance) -> None:
    for _ in range(2):
        tunnels = instance.comfyui("cloudflared")
        tunnels.start()
        instance.until("open")
        tunnels._end()


def test_a_second_click_is_the_same_tunnel(instance: Instance) -> None:
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("open")
    pid = instance.stage.started["pid"]
    assert tunnels.open().state == "open"
    assert tunnels.open("cloudflared").state == "open"
    assert instance.stage.started["pid"] == pid
    assert is_running(pid)


@pytest.mark.parametrize(
    ("line", "code", "pauses"),
    [
        ("ERR cannot do this", "agent_ended", [5.0, 10.0, 20.0]),
        (NO_NETWORK, "agent_offline", [5.0, 10.0, 20.0]),
        # The service counts, and would count each further try.
        (TOO_MANY, "agent_refused", [600.0, 1200.0, 2400.0]),
    ],
)
def test_a_tunnel_that_has_ended_is_started_anew_after_pauses_that_grow_and_opens_when_it_can(
    instance: Instance, line: str, code: str, pauses: list[float]
) -> None:
    instance.stage.play(says=[line], exits=1)
    tunnels = instance.comfyui()
    tunnels.open()
    for number in range(1, 1 + len(pauses)):
        instance.until_waits(number)
        status = tunnels.status()
        assert (status.state, status.code) == ("failed", code)
        assert status.again_at
        assert status.said
        if number == len(pauses):
            instance.stage.play()
        instance.go_on.release()
    instance.until("open")
    assert instance.waits[: len(pauses)] == pauses


def test_a_click_does_not_wait_for_the_pause_to_be_over(instance: Instance) -> None:
    instance.stage.play(exits=1)
    tunnels = instance.comfyui()
    tunnels.open()
    until(lambda: tunnels.status().again_at)
    instance.stage.play()
    tunnels.open()
    instance.until("open")


def test_what_a_person_has_to_do_is_not_tried_again_before_they_ask(instance: Instance) -> None:
    program = instance.stage.program.rename(instance.stage.bin / "away")
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("failed")
    status = tunnels.status()
    assert (status.code, status.again_at) == ("agent_missing", None)
    assert not any(offer.is_installed for offer in tunnels.agents() if offer.name == "cloudflared")
    program.rename(instance.stage.program)
    assert tunnels.agents()[0].is_installed
    tunnels.open()
    instance.until("open")


def test_a_program_that_was_removed_while_it_ran_is_missed_when_it_is_started_anew(instance: Instance) -> None:
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("open")
    instance.stage.program.unlink()
    os.kill(instance.stage.started["pid"], signal.SIGKILL)
    instance.go_on.release(2)
    until(lambda: tunnels.status().code == "agent_missing")


def test_what_outlived_a_crash_is_ended_when_comfyui_starts_whether_it_is_wanted_or_not(instance: Instance) -> None:
    stage = instance.stage
    child = Child(stage.program, ["sleep"], {})
    mark = child.mark()
    assert mark is not None
    file = TunnelFile(instance.file)
    file.update(lambda was: was.model_copy(update={"child": mark}))
    instance.comfyui().start()
    # It was killed; on a busy machine the system takes a moment to end it.
    until(lambda: not is_running(mark.pid))
    assert file.load().child is None
    child.end()


def test_stopping_is_done_when_the_agent_is_gone_in_whatever_state(instance: Instance) -> None:
    instance.stage.play(ready=0)
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("connecting")
    until((instance.stage.bin / "cloudflared.started").exists)
    assert tunnels.stop().state == "off"
    assert not is_running(instance.stage.started["pid"])
    assert tunnels.stop().state == "off"


def test_the_log_names_no_address_and_says_a_trouble_once(instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "comfycontrol")
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("open")
    assert ADDRESS.partition("://")[2] not in caplog.text
    assert "the tunnel is open" in caplog.text
    tunnels.stop()
    caplog.clear()
    instance.stage.play(says=[f"ERR {ADDRESS} ada@example.com"], exits=1)
    tunnels.open()
    until(lambda: tunnels.status().again_at)
    instance.go_on.release()
    until(lambda: len(instance.waits) > 3)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "trycloudflare" not in warnings[0]
    assert "ada@" not in warnings[0]


def test_a_mistake_of_ours_ends_in_words_and_comes_back(instance: Instance) -> None:
    instance.stage.proofs = [None]  # type: ignore[list-item]
    broken: Any = instance.stage
    broken.prove = lambda _address: 1 / 0
    tunnels = instance.comfyui()
    tunnels.open()
    instance.until("failed")
    assert tunnels.status().code == "internal"
    assert tunnels.status().again_at
