"""The service's double and a host together: what the one sends, the other really runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from host.prompts import REFUSED, picture

import nodes
from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host
from service_double import ServiceDouble

pytestmark = pytest.mark.timeout(300)

KINDS = ["small", "real"] if surroundings.has_real_comfyui() else ["small"]


def start(kind: str, folder: Path, **environment: str) -> HostProcess:
    pack = folder / "pack"
    pack.mkdir()
    (pack / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n")
    options = HostOptions(pack=pack, user_directory=folder / "user", environment=environment)
    return start_real_comfyui(*surroundings.real_comfyui(), options) if kind == "real" else start_small_host(options)


@pytest.fixture(scope="module", params=KINDS)
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    with start(request.param, tmp_path_factory.mktemp("host")) as host:
        yield host


def send(double: ServiceDouble, host: HostProcess, prompt: Any) -> None:
    account = double.add_account()
    double.resolve["workstation.example.com"] = host.url
    double.add_runner(account, endpoint="https://workstation.example.com", tags=["here"])
    answer = requests.post(
        f"{double.url}/v1/workflow",
        headers={"Authorization": f"Bearer {double.add_token(account)}"},
        data={"name": "Test run", "tags": "here"},
        files={"workflow_json": ("workflow.json", json.dumps(prompt), "application/json")},
        timeout=10,
    )
    assert answer.status_code == 201


def test_a_workflow_comes_back_with_its_picture(double: ServiceDouble, host: HostProcess) -> None:
    send(double, host, picture(width=32, height=16))
    done = double.wait_for_workflow("completed", seconds=60)
    (content,) = double.pictures(done["id"])
    assert (content[:8], content[16:24]) == (b"\x89PNG\r\n\x1a\n", b"\0\0\0\x20\0\0\0\x10")
    history = requests.get(f"{host.url}/history/{done['prompt_id']}", timeout=10).json()
    assert history[done["prompt_id"]]["prompt"][0] == done["queue_number"]


def test_what_comfyui_does_not_queue_is_invalid(double: ServiceDouble, host: HostProcess) -> None:
    send(double, host, REFUSED["missing input"]["prompt"])
    refused = double.wait_for_workflow("invalid", seconds=60)
    assert (refused["error_node"], refused["exception_type"]) == ("2", "prompt_outputs_failed_validation")
    assert refused["exception_message"] == "Prompt outputs failed validation: Required input is missing: images"
    assert refused["prompt_id"] is None


def test_a_node_that_fails_is_named(double: ServiceDouble, tmp_path: Path) -> None:
    with start("small", tmp_path, **{nodes.FAILING_NODE: "PreviewImage"}) as host:
        send(double, host, picture())
        failed = double.wait_for_workflow("failed")
    assert (failed["error_node"], failed["exception_type"]) == ("2", "RuntimeError")
    assert failed["exception_message"] == "PreviewImage was made to fail\n"
    assert failed["prompt_id"]
