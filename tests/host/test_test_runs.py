"""Test runs in a process of its own: what outlives its end, and what happens where nobody clicks."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser.setting import ADDRESS

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host
from service_double import ServiceDouble, workflow_faults

pytestmark = pytest.mark.timeout(300)

PACK = Path(__file__).parents[2]
SMALL_INTERNET = PACK / "tests" / "browser" / "small_internet"
KINDS = ["small", "real"] if surroundings.has_real_comfyui() else ["small"]
RAN = "ComfyControl: ComfyControl ran a workflow here."
NOT_REACHED = "ComfyControl: ComfyControl could not reach this ComfyUI"


@contextmanager
def unattended(kind: str, double: ServiceDouble, folder: Path, **variables: str) -> Iterator[HostProcess]:
    """A host that registers itself with a tag, and tests that."""
    environment = {
        "COMFYCONTROL_API_URL": double.url,
        "COMFYCONTROL_TOKEN": double.add_token(double.add_account()),
        "COMFYCONTROL_REGISTER": "on",
        "COMFYCONTROL_ENDPOINT": ADDRESS,
        "COMFYCONTROL_TAGS": "gpu",
        "COMFYCONTROL_TEST_RUN": "on",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(SMALL_INTERNET), os.environ.get("PYTHONPATH")])),
        **variables,
    }
    options = HostOptions(pack=PACK, user_directory=folder / "user", environment=environment)
    starts = start_real_comfyui(*surroundings.real_comfyui(), options) if kind == "real" else start_small_host(options)
    with starts as host:
        double.resolve[ADDRESS.rpartition("/")[2]] = host.url
        yield host


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def tags(double: ServiceDouble) -> list[str]:
    (runner,) = double.runners()
    return list(runner["tags"])


def remembered(folder: Path) -> dict[str, Any]:
    file = folder / "user" / "__comfycontrol" / "memory.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_clicks_the_log_says_that_a_workflow_ran_here(
    kind: str, double: ServiceDouble, tmp_path: Path
) -> None:
    # Until the host's address is known, nothing is sent there.
    double.hold_workflows()
    with unattended(kind, double, tmp_path) as host:
        wait_for(double.workflows)
        double.release()
        wait_for(lambda: RAN in host.log)
        wait_for(lambda: tags(double) == ["gpu"])
        assert double.complaints == []


def test_a_run_that_fails_unregisters_nothing(double: ServiceDouble, tmp_path: Path) -> None:
    double.add_workflow_fault(workflow_faults.refused())
    with unattended("small", double, tmp_path) as host:
        wait_for(lambda: NOT_REACHED in host.log)
        wait_for(lambda: tags(double) == ["gpu"])
        (runner,) = double.runners()
        assert runner["status"] == "active"


def test_the_tag_of_a_run_that_was_killed_is_taken_away_at_the_next_start(
    double: ServiceDouble, tmp_path: Path
) -> None:
    double.hold_workflows()
    with unattended("small", double, tmp_path) as host:
        wait_for(double.workflows)
        assert len(tags(double)) == 2
        os.kill(host.pid, signal.SIGKILL)
        double.release()
        host.restart()
        wait_for(lambda: tags(double) == ["gpu"])
        wait_for(lambda: remembered(tmp_path)["tag_lent_to"] is None)
