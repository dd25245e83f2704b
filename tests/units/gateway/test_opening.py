"""The guarded port of one ComfyUI: opened, remembered, closed, and told about; with a socket that is only played."""

import asyncio
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comfycontrol_pack.comfycontrol import comfyui
from comfycontrol_pack.comfycontrol.configuration.environment import Environment
from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.gateway import guarded_port as module
from comfycontrol_pack.comfycontrol.gateway.decision import Decision, Facts
from comfycontrol_pack.comfycontrol.gateway.gate import Gate
from comfycontrol_pack.comfycontrol.gateway.gateway_file import GatewayFile
from comfycontrol_pack.comfycontrol.gateway.guarded_port import GuardedPort, PortStatus
from comfycontrol_pack.comfycontrol.gateway.ports import ports_to_try

OWN, USUAL = 8188, 18188


class Machine:
    """Which ports are open and in use here, and what the system says when another one is asked for."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.open: dict[tuple[str, int], Gate] = {}
        self.refused: dict[int, Exception] = {}
        self.tried: list[int] = []
        self.closed = threading.Event()

    def take(self, *ports: int) -> None:
        self.refused.update({port: OSError(errno.EADDRINUSE, "in use") for port in ports})

    async def listen(self, _application: Any, gate: Gate, address: str, port: int) -> "Socket":
        self.tried.append(port)
        if port in self.refused:
            raise self.refused[port]
        self.open[address, port] = gate
        return Socket(self, (address, port))

    def comfyui(self, **variables: str) -> GuardedPort:
        """A ComfyUI that starts anew with these variables: what it opened before is closed."""
        self.open.clear()
        environment = Environment({f"COMFYCONTROL_{name}": value for name, value in variables.items()})
        return GuardedPort(GatewayFile(self.file), environment)


class Socket:
    def __init__(self, machine: Machine, place: tuple[str, int]) -> None:
        self._machine, self._place = machine, place

    async def close(self) -> None:
        del self._machine.open[self._place]
        self._machine.closed.set()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """ComfyUI's, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def machine(tmp_path: Path, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "__comfycontrol" / "gateway-8188.json")
    monkeypatch.setattr(comfyui, "prompt_server", lambda: SimpleNamespace(app=object(), loop=loop, port=OWN))
    monkeypatch.setattr(module, "provided", lambda: machine.listen)
    return machine


def problem_of(status: PortStatus) -> str | None:
    return status.problem.code if status.problem else None


def test_nothing_is_opened_that_nobody_asked_for(machine: Machine) -> None:
    port = machine.comfyui()
    assert port.start() == port.status() == PortStatus("off", "127.0.0.1")
    assert machine.tried == []
    assert not machine.file.exists()


def test_what_an_owner_opened_is_open_again_after_a_restart_until_they_close_it(machine: Machine) -> None:
    port = machine.comfyui()
    assert port.open() == port.open() == port.status() == PortStatus("open", "127.0.0.1", USUAL)
    assert machine.open.keys() == {("127.0.0.1", USUAL)}
    assert machine.tried == [USUAL]
    again = machine.comfyui()
    assert again.start().state == "open"
    assert again.current_key() == port.current_key()
    assert again.close() == PortStatus("off", "127.0.0.1")
    assert machine.open == {}
    assert machine.comfyui().start().state == "off"
    assert again.open().state == "open"


def test_the_operators_word_counts_more_than_the_panels(machine: Machine) -> None:
    assert machine.comfyui(GATEWAY="on").start().state == "open"
    # Theirs is not the owners' choice.
    assert machine.comfyui().start().state == "off"
    machine.comfyui().open()
    assert machine.comfyui(GATEWAY="off").start().state == "off"
    status = machine.comfyui(GATEWAY="on", GATEWAY_PORT="9000", GATEWAY_LISTEN="0.0.0.0").start()
    assert status == PortStatus("open", "0.0.0.0", 9000)
    assert machine.open.keys() == {("0.0.0.0", 9000)}


def test_a_port_that_is_taken_is_said_and_another_one_chosen_and_kept(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.take(USUAL, USUAL + 1000)
    assert machine.comfyui().open() == PortStatus("open", "127.0.0.1", USUAL + 2000, instead_of=USUAL)
    assert f"port {USUAL} is in use" in caplog.text
    # A tunnel may lead there by now.
    machine.refused.clear()
    assert machine.comfyui().start() == PortStatus("open", "127.0.0.1", USUAL + 2000)


def test_the_port_that_the_operator_named_is_never_another_one(machine: Machine) -> None:
    machine.take(9000)
    port = machine.comfyui(GATEWAY="on", GATEWAY_PORT="9000")
    assert problem_of(port.start()) == "guarded_port_taken"
    assert port.status().state == "failed"
    assert machine.tried == [9000]
    assert "9000" in str(port.status().problem)
    # Asked again a minute later.
    machine.refused.clear()
    assert port.start() == PortStatus("open", "127.0.0.1", 9000)


def test_comfyuis_own_port_is_never_tried(machine: Machine) -> None:
    assert problem_of(machine.comfyui(GATEWAY="on", GATEWAY_PORT=str(OWN)).start()) == "guarded_port_taken"
    assert machine.tried == []


# What the system says, whether the operator named the port, and what becomes of it.
REFUSALS = [
    (errno.EADDRINUSE, False, "guarded_port_taken"),
    (errno.EACCES, False, "guarded_port_taken"),
    (errno.EACCES, True, "guarded_port_refused"),
    (errno.EADDRNOTAVAIL, False, "guarded_port_refused"),
    (errno.EADDRNOTAVAIL, True, "guarded_port_refused"),
    (errno.EMFILE, False, "guarded_port_refused"),
]


@pytest.mark.parametrize(("number", "named", "code"), REFUSALS)
def test_where_the_system_refuses_every_port_that_is_the_state(
    machine: Machine, *, number: int, named: bool, code: str
) -> None:
    wanted = ports_to_try(OWN, 80 if named else None, None)
    machine.refused.update({port: OSError(number, "at ('127.0.0.1', 80): asyncio's own words") for port in wanted})
    status = machine.comfyui(GATEWAY="on", **({"GATEWAY_PORT": "80"} if named else {})).start()
    assert (status.state, problem_of(status)) == ("failed", code)
    if code == "guarded_port_refused":
        assert os.strerror(number) in str(status.problem)
        assert "asyncio" not in str(status.problem)


@pytest.mark.parametrize(
    ("server", "listen"),
    [
        (None, True),
        (SimpleNamespace(), True),
        (SimpleNamespace(app=object()), True),
        (SimpleNamespace(app=object(), loop="no loop"), True),
        ("this one", False),
    ],
)
def test_where_comfyui_offers_no_way_that_is_the_state(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, *, server: Any, listen: bool
) -> None:
    if server != "this one":
        monkeypatch.setattr(comfyui, "prompt_server", lambda: server)
    if not listen:
        monkeypatch.setattr(module, "provided", lambda: None)
    status = machine.comfyui(GATEWAY="on").start()
    assert (status.state, problem_of(status), status.port) == ("failed", "guarded_port_unsupported", None)


@pytest.mark.parametrize("error", [NotImplementedError(), AttributeError("_make_request"), ImportError(), TypeError()])
def test_where_aiohttp_offers_no_way_that_is_the_state(machine: Machine, error: Exception) -> None:
    machine.refused[USUAL] = error
    assert problem_of(machine.comfyui().open()) == "guarded_port_unsupported"
    assert machine.tried == [USUAL]


def test_a_loop_that_never_comes_to_it_is_not_waited_for_for_ever(
    machine: Machine, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.05)
    held = threading.Event()
    loop.call_soon_threadsafe(held.wait)
    try:
        assert problem_of(machine.comfyui().open()) == "guarded_port_refused"
    finally:
        held.set()
    assert machine.closed.wait(10)
    assert machine.open == {}


def test_nothing_is_opened_while_a_variable_is_wrong(machine: Machine) -> None:
    port = machine.comfyui(GATEWAY_PORT="http")
    assert problem_of(port.open()) == "environment_invalid"
    assert machine.tried == []


def test_nothing_is_opened_where_nothing_can_be_kept(machine: Machine) -> None:
    machine.file.parent.write_text("a file in its place", encoding="utf-8")
    assert problem_of(machine.comfyui(GATEWAY="on").start()) == "storage_failed"
    port = machine.comfyui()
    for method in (port.open, port.start):
        with pytest.raises(MachineError) as raised:
            method()
        assert raised.value.code == "storage_failed"
    assert machine.tried == []


def test_the_gate_knows_the_key_and_the_whole_api_as_they_were_chosen(machine: Machine) -> None:
    port = machine.comfyui()
    port.whole_api = True
    port = machine.comfyui()
    port.open()
    (gate,) = machine.open.values()
    assert gate.key_in([port.current_key()]) == "right"
    asked = Facts("GET", "/settings", "right")
    assert (port.whole_api, gate.admit(asked, "/settings")) == (True, Decision.ALLOWED)
    port.whole_api = False
    assert (port.whole_api, gate.admit(asked, "/settings")) == (False, Decision.FORBIDDEN)
    gate.admit(asked._replace(key="wrong"), "/settings")
    gate.admit(asked._replace(key="several"), "/settings")
    gate.admit(asked._replace(key="missing"), "/settings")
    refused = port.refused()
    assert [(one.method, one.path, one.times) for one in refused.paths] == [("GET", "/settings", 1)]
    assert (refused.wrong_keys, refused.without_key) == (2, 1)
    old, new = port.current_key(), port.new_key()
    assert {gate.key_in([key]) for key in (old, new)} == {"right"}
    port.settle_key()
    assert [gate.key_in([key]) for key in (old, new)] == ["wrong", "right"]
    port.forget_keys()
    assert gate.key_in([new]) == "wrong"


@pytest.mark.parametrize("own", [1, 80, 8188, 18188, 45_000, 55_536, 65_535])
def test_the_ports_that_are_tried_are_ten_that_anybody_may_open(own: int) -> None:
    tried = ports_to_try(own, None, None)
    assert len(tried) == len(set(tried)) == 10
    assert all(1024 <= port <= 65_535 for port in tried)
    assert own not in tried


def test_neighbours_on_one_machine_try_no_port_of_each_other() -> None:
    tried = [port for own in range(8188, 8196) for port in ports_to_try(own, None, None)]
    assert len(tried) == len(set(tried))
    assert ports_to_try(8188, None, 20000)[:2] == [20000, 18188]
