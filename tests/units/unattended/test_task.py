"""The thread of a reconciler: it starts, is cut short, survives its own faults, and leaves in good order."""

import threading
import time
from collections.abc import Callable

import pytest

from comfycontrol_pack.comfycontrol.errors import AnswerLostError
from comfycontrol_pack.comfycontrol.unattended import task as task_module
from comfycontrol_pack.comfycontrol.unattended.task import Task

SECRET = "cfc_0123456789abcdef"


class Reconciler:
    """Stands in for the real one: it does what a test says, and counts."""

    def __init__(self, step: Callable[[], float] = lambda: 3600.0, leave: Callable[[], None] = lambda: None) -> None:
        self.settled = True
        self.steps = 0
        self.left = 0
        self.stepped = threading.Event()
        self._step = step
        self._leave = leave

    def step(self) -> float:
        self.steps += 1
        try:
            return self._step()
        finally:
            self.stepped.set()

    def leave(self) -> None:
        self.left += 1
        self._leave()


def started(reconciler: Reconciler, *, leaves: bool = True, network: Callable[[], object] = lambda: "") -> Task:
    task = Task(reconciler, leaves=leaves, network=network)  # type: ignore[arg-type]
    task.start()
    assert reconciler.stepped.wait(10)
    return task


def test_it_ends_at_once_however_long_it_was_to_wait() -> None:
    reconciler = Reconciler()
    task = started(reconciler)
    began = time.monotonic()
    assert task.end()
    assert time.monotonic() - began < 3
    assert (reconciler.steps, reconciler.left) == (1, 1)


def test_leaving_is_done_only_where_it_was_asked_for() -> None:
    reconciler = Reconciler()
    assert started(reconciler, leaves=False).end()
    assert reconciler.left == 0


def test_a_call_that_hangs_does_not_keep_comfyui_from_ending() -> None:
    release = threading.Event()
    reconciler = Reconciler(leave=lambda: (release.wait(30), None)[1])
    task = started(reconciler)
    assert not task.end(seconds=0.2)
    release.set()
    assert task.end(10)


def test_a_fault_of_ours_ends_nothing_and_leaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> float:
        raise RuntimeError(SECRET)

    reconciler = Reconciler(step=fails)
    task = started(reconciler)
    assert task.end()
    assert reconciler.left == 1
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


FAILURES = [(AnswerLostError("service_unreachable"), "the runner stays active"), (ValueError(SECRET), "ValueError")]


@pytest.mark.parametrize(("failure", "told"), FAILURES)
def test_leaving_that_fails_is_said_and_no_more(
    caplog: pytest.LogCaptureFixture, failure: Exception, told: str
) -> None:
    def fails() -> None:
        raise failure

    assert started(Reconciler(leave=fails)).end()
    assert told in caplog.text
    assert SECRET not in caplog.text


def test_another_network_cuts_the_waiting_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "NETWORK_SECONDS", 0.01)
    networks = ["at home"]
    reconciler = Reconciler()
    task = started(reconciler, network=lambda: networks[0])
    reconciler.stepped.clear()
    networks[0] = "at work"
    assert reconciler.stepped.wait(10)
    assert reconciler.steps == 2
    assert task.end()


@pytest.mark.parametrize(("settled", "network"), [(False, "at home"), (True, None)])
def test_where_no_network_matters_it_wakes_for_its_steps_alone(
    monkeypatch: pytest.MonkeyPatch, *, settled: bool, network: object
) -> None:
    monkeypatch.setattr(task_module, "NETWORK_SECONDS", 0.01)
    waits: list[float] = []

    class Counted(threading.Event):
        def wait(self, timeout: "float | None" = None) -> bool:
            waits.append(timeout or 0.0)
            return super().wait(timeout)

    reconciler = Reconciler(step=lambda: 0.2 if reconciler.steps == 1 else 3600.0)
    reconciler.settled = settled
    task = Task(reconciler, network=lambda: network)  # type: ignore[arg-type]
    task._ending = Counted()
    task.start()
    until = time.monotonic() + 10
    while reconciler.steps < 2:
        assert time.monotonic() < until
        task._ended.wait(0.01)
    assert len([seconds for seconds in waits if seconds < 1]) == 1
    assert task.end()


def test_a_network_that_ceases_to_matter_cuts_the_waiting_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_module, "NETWORK_SECONDS", 0.01)
    networks: list[object] = ["at home"]
    reconciler = Reconciler()
    task = started(reconciler, network=lambda: networks[0])
    reconciler.stepped.clear()
    networks[0] = None
    assert reconciler.stepped.wait(10)
    assert task.end()


def test_one_that_was_never_started_has_nothing_to_end() -> None:
    reconciler = Reconciler()
    Task(reconciler).end(0.1)  # type: ignore[arg-type]
    assert (reconciler.steps, reconciler.left) == (0, 0)
