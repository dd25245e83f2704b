"""The hook at ComfyUI's start: what it starts, and that whatever goes wrong in it is only said."""

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

from comfycontrol_pack.comfycontrol import bootstrap, comfyui
from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.unattended import assembly, shutdown, start

SECRET = "cfc_0123456789abcdef"
ASKED = {"COMFYCONTROL_TOKEN": SECRET, "COMFYCONTROL_REGISTER": "on"}


class ComfyUI:
    """As much of it as the hook sees; `started` are the modes of the tasks that were begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hooks: list[Any] = []
        self.server = SimpleNamespace(app=SimpleNamespace(on_startup=self.hooks))
        self.listens = False
        self.keeps_address = False
        self.started: list[str] = []
        self.handles_ends = 0
        self.failure: Exception | None = None
        self.tried = 0
        self.looked = 0
        # How the guarded port stands each time that it is started; None where nobody wants one.
        self.port_problems: list[MachineError | None] = []
        self.port_started = 0
        monkeypatch.setattr(start, "_tasks", [])
        monkeypatch.setattr(start, "_said", [])
        monkeypatch.setattr(start, "_LISTENING_SECONDS", 0.001)
        monkeypatch.setattr(start, "_SETTING_SECONDS", 0.001)
        monkeypatch.setattr(comfyui, "is_listening", lambda: self.listens)
        self.really_keeps_address = start._keeps_address
        monkeypatch.setattr(start, "_keeps_address", self._looked_at)
        # What is in the way of the tunnel each time that it is started.
        self.tunnel_problems: list[MachineError] = []
        self.tunnel_started = 0
        parts = SimpleNamespace(
            guarded_port=SimpleNamespace(start=self._start_port), tunnels=SimpleNamespace(start=self._start_tunnel)
        )
        monkeypatch.setattr(bootstrap, "instance", lambda: parts)
        monkeypatch.setattr(assembly, "reconciler_task", self._task)
        monkeypatch.setattr(shutdown.Shutdown, "set_up", lambda _leaving: self._set_up())

    async def start(self) -> None:
        start.at_startup(self.server)
        for hook in self.hooks:
            await hook(None)

    async def until(self, is_so: Any) -> None:
        async def wait() -> None:
            while not is_so():  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.001)

        await asyncio.wait_for(wait(), 10)

    def _looked_at(self) -> bool:
        self.looked += 1
        return self.keeps_address

    def _start_port(self) -> Any:
        self.port_started += 1
        return SimpleNamespace(problem=self.port_problems.pop(0) if self.port_problems else None)

    def _start_tunnel(self) -> None:
        self.tunnel_started += 1
        if self.tunnel_problems:
            raise self.tunnel_problems.pop(0)

    def _task(self, mode: str) -> Any:
        self.tried += 1
        if self.failure:
            raise self.failure
        return SimpleNamespace(start=lambda: self.started.append(mode), end=lambda: True)

    def _set_up(self) -> None:
        self.handles_ends += 1


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> ComfyUI:
    caplog.set_level(logging.INFO, "comfycontrol")
    return ComfyUI(monkeypatch)


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


class Frozen:
    def append(self, _hook: object) -> NoReturn:
        raise RuntimeError(SECRET)


@pytest.mark.parametrize(
    "server",
    [
        None,
        SimpleNamespace(),
        SimpleNamespace(app=None),
        SimpleNamespace(app=SimpleNamespace()),
        SimpleNamespace(app=SimpleNamespace(on_startup=Frozen())),
        SimpleNamespace(app=SimpleNamespace(on_startup=3)),
    ],
)
def test_a_host_without_such_hooks_loads_the_pack_all_the_same(server: Any) -> None:
    start.at_startup(server)


async def test_nothing_begins_before_comfyui_listens(host: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, ASKED)
    await host.start()
    await asyncio.sleep(0.02)
    assert host.started == []
    host.listens = True
    await host.until(lambda: host.started)
    assert host.started == ["on"]
    assert host.handles_ends == 0


@pytest.mark.parametrize(("register", "mode"), [("on", "on"), ("update", "update")])
async def test_the_task_does_what_the_environment_asks_for(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, register: str, mode: str
) -> None:
    host.listens = True
    set_variables(monkeypatch, {**ASKED, "COMFYCONTROL_REGISTER": register, "COMFYCONTROL_ON_EXIT": "disable"})
    await host.start()
    await host.until(lambda: host.handles_ends)
    assert host.started == [mode]
    assert host.looked == 0


NOTHING_ASKED: list[tuple[dict[str, str], str]] = [
    ({}, ""),
    ({"COMFYCONTROL_API_URL": "http://127.0.0.1:9"}, ""),
    ({"COMFYCONTROL_TOKEN": SECRET, "COMFYCONTROL_REGISTER": "off"}, "COMFYCONTROL_REGISTER is off"),
    ({**ASKED, "COMFYCONTROL_TAGS": "${TAG}"}, "COMFYCONTROL_TAGS: must be 10 tags at most"),
    ({**ASKED, "COMFYCONTROL_REGISTER": "maybe"}, "COMFYCONTROL_REGISTER"),
]


@pytest.mark.parametrize(("variables", "told"), NOTHING_ASKED)
async def test_where_nothing_is_asked_for_the_owners_decide_and_may_switch_it_on_later(
    host: ComfyUI,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: dict[str, str],
    told: str,
) -> None:
    host.listens = True
    set_variables(monkeypatch, variables)
    await host.start()
    await host.until(lambda: host.looked > 2)
    assert host.started == []
    assert told in caplog.text
    assert len(caplog.records) == bool(told)
    host.keeps_address = True
    await host.until(lambda: host.started)
    assert host.started == ["address"]
    looked = host.looked
    await asyncio.sleep(0.02)
    assert host.looked == looked
    assert host.handles_ends == 0


@pytest.mark.parametrize("variables", [ASKED, {}])
async def test_a_failure_of_ours_is_said_by_its_kind_and_stops_nothing(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variables: dict[str, str]
) -> None:
    host.listens = True
    host.keeps_address = True
    host.failure = RuntimeError(SECRET)
    set_variables(monkeypatch, variables)
    await host.start()
    await host.until(lambda: caplog.records)
    assert caplog.messages == ["ComfyControl could not start its task: RuntimeError."]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("variables", [{**ASKED, "COMFYCONTROL_ON_EXIT": "disable"}, {}])
async def test_a_folder_that_cannot_be_written_is_said_once_and_tried_again_until_it_can(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variables: dict[str, str]
) -> None:
    host.listens = True
    host.keeps_address = True
    host.failure = MachineError("storage_failed", reason="Read-only file system")
    set_variables(monkeypatch, variables)
    await host.start()
    await host.until(lambda: host.tried > 2)
    assert host.started == []
    host.failure = None
    await host.until(lambda: host.started)
    assert host.started == ["on" if variables else "address"]
    await host.until(lambda: host.handles_ends == bool(variables))
    (said,) = caplog.messages
    assert said.startswith("ComfyControl: ComfyUI's user folder cannot be read or written: Read-only file system. ")
    assert said.endswith(" Retrying automatically. The log will say when it works.")


async def test_a_folder_that_cannot_be_looked_into_is_said_and_looked_at_again(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    host.listens = True
    monkeypatch.setattr(start, "_keeps_address", host.really_keeps_address)
    folder = tmp_path / "user"
    folder.write_text("a file", encoding="ascii")
    monkeypatch.setattr(start, "instance_folder", lambda: folder)
    await host.start()
    await host.until(lambda: caplog.records)
    await asyncio.sleep(0.02)
    assert len(caplog.records) == 1
    assert "ComfyUI's user folder cannot be read or written" in caplog.text
    assert str(tmp_path) not in caplog.text


@pytest.mark.parametrize("is_configured", [True, False])
async def test_the_guarded_port_is_started_where_somebody_may_have_asked_for_it(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_configured: bool
) -> None:
    host.listens = True
    monkeypatch.setattr(start, "instance_folder", lambda: tmp_path)
    if is_configured:
        set_variables(monkeypatch, {"COMFYCONTROL_GATEWAY": "on"})
    else:
        # Of an instance that was connected by hand.
        for name in ("API_URL", "TUNNEL_PROGRAM"):
            monkeypatch.delenv(f"COMFYCONTROL_{name}")
        (tmp_path / "memory.json").write_text("{}", encoding="ascii")
    await host.start()
    await host.until(lambda: host.port_started and host.tunnel_started)
    assert (host.port_started, host.tunnel_started) == (1, 1)


async def test_an_instance_that_was_never_connected_loads_nothing_for_a_guarded_port(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host.listens = True
    for name in ("API_URL", "TUNNEL_PROGRAM"):
        monkeypatch.delenv(f"COMFYCONTROL_{name}")
    looks: list[Path] = []

    def folder() -> Path:
        looks.append(tmp_path)
        return tmp_path

    monkeypatch.setattr(start, "instance_folder", folder)
    await host.start()
    await host.until(lambda: looks and host.looked > 1)
    assert (host.port_started, host.tunnel_started) == (0, 0)


async def test_what_is_in_the_way_of_the_guarded_port_is_said_once_and_it_is_tried_again(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.listens = True
    set_variables(monkeypatch, {"COMFYCONTROL_GATEWAY": "on"})
    host.port_problems = [MachineError("guarded_port_taken", port=9000)] * 3
    await host.start()
    await host.until(lambda: host.port_started == 4)
    (said,) = caplog.messages
    assert said.startswith("ComfyControl: The guarded port could not be opened: another program is using port 9000. ")


async def test_a_folder_that_keeps_nothing_of_the_tunnel_is_said_once_and_tried_again(
    host: ComfyUI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host.listens = True
    set_variables(monkeypatch, {"COMFYCONTROL_TUNNEL": "cloudflared"})
    host.tunnel_problems = [MachineError("storage_failed", reason="Read-only file system")] * 3
    await host.start()
    await host.until(lambda: host.tunnel_started == 4)
    (said,) = caplog.messages
    assert "Read-only file system" in said
