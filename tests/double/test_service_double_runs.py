"""How the service has workflows run: on which runner, in which steps, and what becomes of them."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from double.comfyui_stub import INVALID, PICTURE, PROMPT_ID, ComfyuiStub, comfyui_stub, ended_in_error
from units.loopback_servers import closed_port, recording_server, self_signed

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
WORKFLOW = b'{"1": {"class_type": "EmptyImage", "inputs": {}}}'


@pytest.fixture
def comfyui() -> Iterator[ComfyuiStub]:
    with comfyui_stub() as stub:
        yield stub


def send(ask: Ask, tags: str = "here") -> str:
    parts = {
        "name": (None, "Test run"),
        "tags": (None, tags),
        "workflow_json": ("w.json", WORKFLOW, "application/json"),
    }
    return str(ask("POST", "/v1/workflow", files=parts).json()["id"])


def test_a_workflow_is_run_by_the_comfyui_of_its_runner(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    secrets = {"X-Key": "secret", "Authorization": "Basic YTpi"}
    runner = double.add_runner(account, endpoint=comfyui.url, headers=secrets, tags=["here"])
    workflow_id = send(ask)
    done = double.wait_for_workflow("completed")
    assert done == ask("GET", f"/v1/workflow/{workflow_id}").json()
    assert (done["user_runner_id"], done["managed_runner_id"]) == (runner["id"], None)
    assert (done["prompt_id"], done["queue_number"]) == (PROMPT_ID, 3)
    assert done["created_at"] <= done["started_at"] <= done["completed_at"] <= done["updated_at"]
    assert comfyui.paths() == ["/ws", "/prompt", f"/history/{PROMPT_ID}", "/view"]
    assert comfyui.seen[1][2]["prompt"] == {"1": {"class_type": "EmptyImage", "inputs": {}}}
    for _, headers, _ in comfyui.seen:
        assert secrets.items() <= dict(headers).items()
    assert double.pictures(workflow_id) == [PICTURE]
    assert ask("GET", f"/v1/runner/{runner['id']}/history").json() == [
        {
            name: done[name]
            for name in ("id", "name", "status", "tags", "created_at", "updated_at", "started_at", "completed_at")
        }
    ]
    assert double.complaints == []


def test_each_step_can_be_seen(double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub) -> None:
    runner = double.add_runner(account, endpoint=comfyui.url)
    double.hold_workflows()
    workflow_id = send(ask)
    for expected in (
        ("accepted", None, None),
        ("accepted", runner["id"], None),
        ("uploaded", runner["id"], None),
        ("queued", runner["id"], PROMPT_ID),
        ("running", runner["id"], PROMPT_ID),
    ):
        (workflow,) = double.workflows()
        assert (workflow["status"], workflow["user_runner_id"], workflow["prompt_id"]) == expected
        assert (workflow["started_at"] is not None) == (workflow["status"] == "running")
        assert double.pictures(workflow_id) == []
        double.go_on()
    assert double.workflows()[0]["status"] == "completed"
    assert double.pictures(workflow_id) == [PICTURE]


def test_only_chosen_steps_are_waited_for(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    double.add_runner(account, endpoint=comfyui.url)
    double.pause_before = {"queued", "completed"}
    send(ask)
    assert double.wait_for_workflow("uploaded")["prompt_id"] is None
    double.go_on()
    double.wait_for_workflow("running")
    double.release()
    double.wait_for_workflow("completed")
    assert double.pause_before == set()
    with pytest.raises(TimeoutError, match="no workflow waited"):
        double.go_on(seconds=0.01)


def test_it_runs_as_soon_as_comfyui_says_so(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    comfyui.answers[f"/history/{PROMPT_ID}"] = (200, {})
    comfyui.tells = ("execution_start",)
    double.add_runner(account, endpoint=comfyui.url)
    send(ask)
    double.wait_for_workflow("running")
    del comfyui.answers[f"/history/{PROMPT_ID}"]
    double.wait_for_workflow("completed")


@pytest.mark.parametrize(
    ("runners", "tags", "taken_by"),
    [
        ([("here", ["a", "b"], "active"), ("other", ["a"], "active")], "a,b", "here"),
        ([("here", ["a", "b"], "active"), ("other", ["A"], "active")], "a", "here"),
        ([("here", [], "active"), ("other", ["a"], "active")], "b", "here"),
        ([("here", ["a"], "active"), ("other", ["a"], "disabled")], "a", "here"),
        ([("here", ["a"], "active")], "", "here"),
        ([("other", ["a"], "active"), ("disabled", ["b"], "disabled")], "b", None),
        ([], "b", None),
    ],
)
def test_a_runner_is_chosen_by_its_tags_among_those_that_are_active(
    double: ServiceDouble,
    account: Account,
    ask: Ask,
    comfyui: ComfyuiStub,
    runners: Any,
    tags: str,
    taken_by: str | None,
) -> None:
    double.add_runner(double.add_account("Bob"), endpoint=comfyui.url)
    ids = {
        double.add_runner(account, name=name, endpoint=comfyui.url, tags=own, status=status)["id"]: name
        for name, own, status in runners
    }
    double.hold_workflows()
    send(ask, tags)
    if taken_by is None:
        with pytest.raises(TimeoutError, match="no workflow waited"):
            double.go_on(seconds=0.3)
        return
    double.go_on()
    assert ids[double.workflows()[0]["user_runner_id"]] == taken_by


def test_of_several_that_fit_any_may_take_it(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    fitting = {double.add_runner(account, endpoint=comfyui.url, tags=tags)["id"] for tags in (["here"], [])}
    taken = set()
    for _ in range(40):
        send(ask)
        taken.add(double.wait_for_workflow("completed")["user_runner_id"])
        if taken == fitting:
            break
    assert taken == fitting


def test_a_workflow_waits_for_a_runner_that_fits(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    runner = double.add_runner(account, endpoint=comfyui.url, status="disabled")
    send(ask)
    assert double.workflows()[0]["user_runner_id"] is None
    double.set_status(runner["id"], "active")
    assert double.wait_for_workflow("completed")["user_runner_id"] == runner["id"]


def test_a_managed_runner_takes_what_asks_for_no_tag(double: ServiceDouble, ask: Ask) -> None:
    workflow_id = send(ask, "")
    done = double.wait_for_workflow("completed")
    assert done["managed_runner_id"]
    assert done["user_runner_id"] is None
    assert double.pictures(workflow_id) == []
    double.has_managed_runners = False
    double.hold_workflows()
    send(ask, "")
    with pytest.raises(TimeoutError, match="no workflow waited"):
        double.go_on(seconds=0.3)


def test_without_an_orchestrator_nothing_happens(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    double.add_runner(account, endpoint=comfyui.url)
    double.orchestrate = False
    first = send(ask)
    double.orchestrate = True
    send(ask)
    double.wait_for_workflow("completed")
    assert ask("GET", f"/v1/workflow/{first}").json()["status"] == "accepted"


@pytest.mark.parametrize(
    ("endpoint", "server"),
    [
        ("http://comfy.example.com", "{}"),
        ("https://comfy.example.com/", "http://{}"),
        ("http://8.8.4.4:8188", "{}"),
        ("https://gpu.example.com:8443/comfy/a%20b/", "http://{}"),
    ],
)
def test_a_name_leads_to_a_server_of_this_machine(
    double: ServiceDouble, account: Account, ask: Ask, endpoint: str, server: str
) -> None:
    host = endpoint.split("/")[2]
    with comfyui_stub("/comfy/a b" if endpoint.count("/") > 3 else "") as comfyui:
        double.resolve[host.partition(":")[0]] = server.format(comfyui.url.removeprefix("http://"))
        double.add_runner(account, endpoint=endpoint)
        send(ask)
        double.wait_for_workflow("completed")
        assert {headers["Host"] for _, headers, _ in comfyui.seen} == {host}


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://127.0.0.1:{closed}", "cannot reach runner: connection refused"),
        ("http://localhost:{closed}", "cannot reach runner: connection refused"),
        ("http://nowhere.example.com", "cannot reach runner: no such host"),
        ("http://192.168.1.100:8188", "cannot reach runner: timed out"),
        ("http://127.0.0.1:{silent}", "cannot reach runner: timed out"),
        ("https://127.0.0.1:{plain}", "cannot reach runner: TLS handshake failed"),
        ("https://127.0.0.1:{self_signed}", "cannot reach runner: certificate verify failed"),
    ],
)
def test_a_runner_that_cannot_be_reached_is_told_in_words(
    double: ServiceDouble, account: Account, ask: Ask, tmp_path: Path, endpoint: str, said: str
) -> None:
    tls, _ = self_signed(tmp_path)
    double.runner_call_seconds = 0.5 if "silent" in endpoint else 10
    with (
        recording_server(500) as plain,
        recording_server(tls=tls) as secured,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        ports = {
            "closed": closed_port(),
            "silent": silent.getsockname()[1],
            "plain": plain.url.rpartition(":")[2],
            "self_signed": secured.url.rpartition(":")[2],
        }
        runner = double.add_runner(account, endpoint=endpoint.format(**ports))
        send(ask)
        failed = double.wait_for_workflow("failed")
    assert (failed["user_runner_id"], failed["prompt_id"]) == (runner["id"], None)
    assert (failed["error_node"], failed["exception_message"]) == (None, said)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/ws", (401, ""), "runner answered 401 to /ws"),
        ("/ws", (403, ""), "runner answered 403 to /ws"),
        ("/ws", (200, "a page for signing in"), "runner answered 200 to /ws"),
        ("/ws", (302, "https://elsewhere.example/sign-in"), "runner answered 302 to /ws"),
        ("/ws", None, "cannot reach runner: timed out"),
        ("/prompt", (401, ""), "runner answered 401 to /prompt"),
        ("/prompt", (307, "/elsewhere"), "runner answered 307 to /prompt"),
        ("/prompt", (200, "a page for signing in"), "runner did not answer /prompt as ComfyUI does"),
        ("/prompt", (400, "no"), "runner did not answer /prompt as ComfyUI does"),
        ("/prompt", None, "cannot reach runner: timed out"),
        (f"/history/{PROMPT_ID}", (403, ""), f"runner answered 403 to /history/{PROMPT_ID}"),
        (f"/history/{PROMPT_ID}", (200, []), f"runner did not answer /history/{PROMPT_ID} as ComfyUI does"),
        ("/view", (403, ""), "runner answered 403 to /view"),
    ],
)
def test_what_a_runner_answers_instead_is_told_in_words(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub, path: str, answer: Any, said: str
) -> None:
    comfyui.answers[path] = answer
    double.runner_call_seconds = 2 if answer is None else 10
    double.add_runner(account, endpoint=comfyui.url)
    send(ask)
    assert double.wait_for_workflow("failed")["exception_message"] == said
    assert comfyui.paths()[-1] == path
    assert len(double.workflows()) == 1


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        (
            "/prompt",
            (400, INVALID),
            (
                "invalid",
                "2",
                "prompt_outputs_failed_validation",
                "Prompt outputs failed validation: Required input is missing: images",
            ),
        ),
        (
            f"/history/{PROMPT_ID}",
            (
                200,
                {
                    PROMPT_ID: ended_in_error(
                        "execution_error", node_id="1", exception_type="RuntimeError", exception_message="no memory"
                    )
                },
            ),
            ("failed", "1", "RuntimeError", "no memory"),
        ),
    ],
)
def test_what_comfyui_says_of_a_workflow_is_told(
    double: ServiceDouble,
    account: Account,
    ask: Ask,
    comfyui: ComfyuiStub,
    path: str,
    answer: Any,
    expected: tuple[str, ...],
) -> None:
    comfyui.answers[path] = answer
    double.add_runner(account, endpoint=comfyui.url)
    send(ask)
    ended = double.wait_for_workflow(expected[0])
    assert (ended["status"], ended["error_node"], ended["exception_type"], ended["exception_message"]) == expected
    assert ended["completed_at"]


def test_an_interrupted_workflow_is_cancelled(
    double: ServiceDouble, account: Account, ask: Ask, comfyui: ComfyuiStub
) -> None:
    comfyui.answers[f"/history/{PROMPT_ID}"] = (200, {PROMPT_ID: ended_in_error("execution_interrupted")})
    double.add_runner(account, endpoint=comfyui.url)
    send(ask)
    assert "error_node" not in double.wait_for_workflow("cancelled")


def test_stopping_ends_every_run(ask: Ask, double: ServiceDouble, account: Account, comfyui: ComfyuiStub) -> None:
    comfyui.answers["/prompt"] = None
    double.add_runner(account, endpoint=comfyui.url, tags=["here"])
    send(ask)
    double.wait_for_workflow("uploaded")
    send(ask, "nobody has this")
    double.hold_workflows()
    send(ask)
    double.stop()
    assert [each["status"] for each in double.workflows()] == ["accepted", "accepted", "uploaded"]
    double.release()
