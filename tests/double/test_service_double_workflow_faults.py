"""What may befall a workflow, as an ordinary client sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from double.comfyui_stub import PROMPT_ID, ComfyuiStub, comfyui_stub

from service_double import Account, Fault, ServiceDouble, workflow_faults

Ask = Callable[..., requests.Response]
ELSEWHERE = "d2a6b4f0-1111-4222-8333-444455556666"


@pytest.fixture
def comfyui() -> Iterator[ComfyuiStub]:
    with comfyui_stub() as stub:
        yield stub


@pytest.fixture
def runner(double: ServiceDouble, account: Account, comfyui: ComfyuiStub) -> dict[str, Any]:
    return double.add_runner(account, endpoint=comfyui.url, tags=["here"])


def send(ask: Ask) -> None:
    workflow = ("w.json", b'{"1": {}}', "application/json")
    ask("POST", "/v1/workflow", files={"name": (None, "Run"), "tags": (None, "here"), "workflow_json": workflow})


@pytest.mark.parametrize(
    ("fault", "status", "prompt_id", "message", "called"),
    [
        (workflow_faults.refused(), "failed", None, "cannot reach runner: connection refused", False),
        (workflow_faults.timed_out(), "failed", None, "cannot reach runner: timed out", False),
        (workflow_faults.bad_certificate(), "failed", None, "cannot reach runner: certificate verify failed", False),
        (workflow_faults.gateway_answers(401), "failed", None, "runner answered 401 to /ws", False),
        (workflow_faults.gateway_answers(403), "failed", None, "runner answered 403 to /ws", False),
        (workflow_faults.elsewhere(ELSEWHERE), "completed", ELSEWHERE, None, False),
        (workflow_faults.fails_here("2", "RuntimeError", "no memory"), "failed", PROMPT_ID, "no memory", True),
        (
            workflow_faults.invalid("2"),
            "invalid",
            None,
            "Prompt outputs failed validation: Required input is missing: images",
            True,
        ),
        (workflow_faults.cancelled(), "cancelled", None, None, False),
        (workflow_faults.cancelled(after="queued"), "cancelled", PROMPT_ID, None, True),
    ],
)
def test_a_fault_befalls_the_next_workflow(
    double: ServiceDouble,
    ask: Ask,
    comfyui: ComfyuiStub,
    runner: dict[str, Any],
    *,
    fault: Any,
    status: str,
    prompt_id: str | None,
    message: str | None,
    called: bool,
) -> None:
    double.add_workflow_fault(fault)
    send(ask)
    ended = double.wait_for_workflow(status)
    assert (ended["user_runner_id"], ended["prompt_id"], ended.get("exception_message")) == (
        runner["id"],
        prompt_id,
        message,
    )
    assert bool(comfyui.seen) == called
    send(ask)
    assert double.wait_for_workflow("completed")["prompt_id"] == PROMPT_ID


@pytest.mark.parametrize("after", ["accepted", "uploaded", "queued", "running"])
def test_a_service_that_goes_quiet_changes_nothing_any_more(
    double: ServiceDouble, ask: Ask, runner: dict[str, Any], after: str
) -> None:
    double.add_workflow_fault(workflow_faults.goes_quiet(after))
    double.hold_workflows()
    send(ask)
    double.go_on()
    while double.workflows()[0]["status"] != after:
        double.go_on()
    with pytest.raises(TimeoutError, match="no workflow waited"):
        double.go_on(seconds=0.5)
    assert (double.workflows()[0]["status"], double.workflows()[0]["user_runner_id"]) == (after, runner["id"])


def test_a_workflow_that_is_never_assigned_stays_accepted(
    double: ServiceDouble, ask: Ask, runner: dict[str, Any]
) -> None:
    double.add_workflow_fault(workflow_faults.never_assigned())
    double.hold_workflows()
    send(ask)
    with pytest.raises(TimeoutError, match="no workflow waited"):
        double.go_on(seconds=0.3)
    assert (double.workflows()[0]["status"], double.workflows()[0]["user_runner_id"]) == ("accepted", None)


def test_another_runner_takes_it_whether_it_fits_or_not(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub, runner: dict[str, Any]
) -> None:
    other = double.add_runner(account, endpoint=comfyui.url, tags=["other"])
    double.add_workflow_fault(workflow_faults.assigned_to(other["id"]))
    send(ask)
    assert double.wait_for_workflow("completed")["user_runner_id"] == other["id"]


def test_a_managed_runner_takes_it_whatever_it_asks_for(
    double: ServiceDouble, ask: Ask, comfyui: ComfyuiStub, runner: dict[str, Any]
) -> None:
    double.add_workflow_fault(workflow_faults.managed())
    send(ask)
    done = double.wait_for_workflow("completed")
    assert (done["user_runner_id"], done["managed_runner_id"] is not None) == (None, True)
    assert comfyui.seen == []


def test_faults_come_in_the_order_planned_until_called_off(
    double: ServiceDouble, ask: Ask, runner: dict[str, Any]
) -> None:
    for fault in (workflow_faults.refused(), workflow_faults.cancelled(), workflow_faults.timed_out()):
        double.add_workflow_fault(fault)
    double.plan(Fault.answer(500, method="GET"))
    send(ask)
    double.wait_for_workflow("failed")
    send(ask)
    double.wait_for_workflow("cancelled")
    double.no_faults()
    send(ask)
    double.wait_for_workflow("completed")
    assert ask("GET", "/v1/workflow").status_code == 200


def test_a_fault_of_http_befalls_the_calls_of_workflows_too(
    double: ServiceDouble, ask: Ask, runner: dict[str, Any]
) -> None:
    double.plan(Fault.answer_after_work(502, method="POST", path="/v1/workflow"))
    send(ask)
    assert [call.status for call in double.calls] == [502]
    double.wait_for_workflow("completed")
