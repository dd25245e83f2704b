"""The runner key: kept where nobody else reads it, changed without a gap, and judged without a hint."""

import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import folder_paths
import pytest

from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.gateway import keys as module
from comfycontrol_pack.comfycontrol.gateway.gateway_file import GatewayFile, gateway_file
from comfycontrol_pack.comfycontrol.gateway.keys import RunnerKeys
from comfycontrol_pack.comfycontrol.storage import machine_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "__comfycontrol" / "gateway-8188.json"


@pytest.fixture
def keys(file: Path) -> RunnerKeys:
    return RunnerKeys(GatewayFile(file))


def test_a_key_is_made_once_and_outlives_a_restart(keys: RunnerKeys, file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys.current(), range(16)))
    assert len(made) == 1
    key = made.pop()
    assert len(key) == 43
    assert key.replace("-", "").replace("_", "").isalnum()
    again = RunnerKeys(GatewayFile(file))
    assert again.current() == key
    assert again.judge([key]) == "right"


def test_the_file_is_for_the_owner_of_the_process_only(keys: RunnerKeys, file: Path) -> None:
    keys.current()
    keys.new()
    # Windows has no such modes.
    assert stat.S_IMODE(file.stat().st_mode) == (0o666 if sys.platform == "win32" else 0o600)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:0],
        lambda key: key[:-1],
        lambda key: f"{key}=",
        lambda key: f" {key}",
        lambda key: key.swapcase(),
        lambda key: f"Bearer {key}",
        lambda key: f"{key}, {key}",
        lambda key: f"\udcff\u4e2d{key}",
        lambda key: key * 1000,
    ],
)
def test_nothing_but_the_key_is_right(keys: RunnerKeys, change: Callable[[str], str]) -> None:
    assert keys.judge([change(keys.current())]) == "wrong"


def test_several_lines_count_for_nothing(keys: RunnerKeys) -> None:
    key = keys.current()
    assert keys.judge([]) == "missing"
    assert keys.judge([key, key]) == "several"
    assert keys.judge(["wrong", key]) == "several"


def test_before_there_is_a_key_nothing_is_right(keys: RunnerKeys) -> None:
    assert keys.judge([""]) == "wrong"
    keys.current()
    keys.forget()
    assert keys.judge([""]) == "wrong"


def test_every_valid_key_is_compared_in_constant_time(keys: RunnerKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = keys.current(), keys.new()
    compared: list[bytes] = []

    def compare(known: bytes, given: bytes) -> bool:
        compared.append(known)
        return known == given

    monkeypatch.setattr(module, "compare_digest", compare)
    assert keys.judge([old]) == "right"
    assert compared == [old.encode(), new.encode()]


def test_a_new_key_and_the_old_one_are_right_until_the_new_one_is_in_place(keys: RunnerKeys, file: Path) -> None:
    old, new = keys.current(), keys.new()
    assert old != new
    assert keys.current() == old
    # The change failed half way, and ComfyUI was started anew.
    keys = RunnerKeys(GatewayFile(file))
    assert keys.new() == new
    assert [keys.judge([key]) for key in (old, new)] == ["right", "right"]
    keys.settle()
    assert [keys.judge([key]) for key in (old, new)] == ["wrong", "right"]
    assert keys.current() == new
    keys.settle()
    assert keys.current() == new


def test_no_key_is_shown_where_something_is_printed(keys: RunnerKeys, file: Path) -> None:
    key, new = keys.current(), keys.new()
    shown = repr(GatewayFile(file).load()) + repr(keys)
    assert key not in shown
    assert new not in shown


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": "x"}', '{"key": 5}', "\x00"])
def test_a_damaged_file_leaves_the_port_closed_until_there_is_a_new_key(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    keys = RunnerKeys(GatewayFile(file))
    assert GatewayFile(file).load().is_on is False
    assert keys.judge([keys.current()]) == "right"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "__comfycontrol").write_text("a file in its place", encoding="utf-8")
    keys = RunnerKeys(GatewayFile(tmp_path / "__comfycontrol" / "gateway-8188.json"))
    with pytest.raises(MachineError) as raised:
        keys.current()
    assert raised.value.code == "storage_failed"
    assert keys.judge([""]) == "wrong"


def test_a_fleet_that_shares_one_image_or_volume_has_a_key_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_paths.reset(tmp_path, [])
    made: list[str] = []
    for pod in ("abc", "def", "abc"):
        monkeypatch.setenv("RUNPOD_POD_ID", pod)
        made.append(RunnerKeys(gateway_file("8188")).current())
    assert made[0] == made[2] != made[1]


def test_two_instances_on_one_machine_have_a_key_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_paths.reset(tmp_path, [])
    monkeypatch.setattr(machine_file, "machine_id", lambda _environment: None)
    made = {RunnerKeys(gateway_file(name)).current() for name in ("8188", "8189", "gpu.0")}
    assert len(made) == 3
    assert len(list((tmp_path / "__comfycontrol").glob("gateway-*.json"))) == 3
