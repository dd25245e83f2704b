"""When a test run is asked for where nobody clicks; whether one is made is for the test runs themselves."""

from pathlib import Path

from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.comfyui import NOBODY
from service_double import ServiceDouble

HERE = {"RENDER_EXTERNAL_URL": "https://here.example.com"}
THERE = {"RENDER_EXTERNAL_URL": "https://there.example.com"}


def pod_at(double: ServiceDouble, token: str, folder: Path, platform: dict[str, str]) -> Pod:
    pod = Pod(double, token, folder)
    pod.platform = platform
    return pod


def test_nothing_is_tested_before_there_is_a_runner(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    pod = pod_at(double, token, tmp_path, {})
    pod.step()
    assert pod.tested == []


def test_nothing_is_tested_at_an_address_that_is_not_proven(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    pod = pod_at(double, token, tmp_path, HERE)
    pod.verdicts[HERE["RENDER_EXTERNAL_URL"]] = "name_not_found"
    pod.step()
    assert pod.tested == []


def test_a_runner_is_tested_once_it_is_there_and_after_it_has_moved(
    double: ServiceDouble, token: str, tmp_path: Path
) -> None:
    pod = pod_at(double, token, tmp_path, HERE)
    pod.settle()
    assert pod.tested == [NOBODY]
    pod.platform = THERE
    pod.verdicts[HERE["RENDER_EXTERNAL_URL"]] = "name_not_found"
    pod.settle()
    assert pod.endpoint == THERE["RENDER_EXTERNAL_URL"]
    assert pod.tested[-1] == NOBODY
