"""One folder, several ComfyUI processes: a GPU and a port each. They share the account, and no runner."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol.models.runner import Account, Runner
from comfycontrol_pack.comfycontrol.storage.folder import STORE_FILE
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered
from comfycontrol_pack.comfycontrol.storage.store import Store

ADA, BOB = Account(id="ada", name="Ada"), Account(id="bob", name="Bob")


def store(folder: Path, instance: str) -> Store:
    return Store(folder, instance=instance)


def register(folder: Path, instance: str) -> None:
    runner = Runner(id=f"runner of {instance}")
    store(folder, instance).update(lambda was: was.model_copy(update={"account": ADA, "runner": runner}))


def runners(folder: Path, *instances: str) -> list[str | None]:
    remembered = [store(folder, instance).load().runner for instance in instances]
    return [runner.id if runner else None for runner in remembered]


@pytest.mark.parametrize("order", [("8188", "8189", "8190"), ("8190", "8189", "8188")])
def test_each_port_finds_its_own_runner_again_whoever_comes_first(tmp_path: Path, order: tuple[str, ...]) -> None:
    for instance in ("8188", "8189", "8190"):
        register(tmp_path, instance)
    assert runners(tmp_path, *order) == [f"runner of {instance}" for instance in order]
    ids = {store(tmp_path, instance).load().instance_id for instance in order}
    assert len(ids) == 3


def test_the_account_its_owners_and_their_preferences_are_everybodys(tmp_path: Path) -> None:
    register(tmp_path, "8188")
    store(tmp_path, "8189").update(lambda was: was.with_owner("key").model_copy(update={"keep_address": True}))
    for instance in ("8188", "8189"):
        remembered = store(tmp_path, instance).load()
        assert (remembered.account, remembered.keep_address, remembered.is_owner("key")) == (ADA, True, True)
    assert runners(tmp_path, "8188", "8189") == ["runner of 8188", None]


def test_what_a_release_wrote_that_knew_one_process_goes_to_the_first_that_writes(tmp_path: Path) -> None:
    old = Remembered(account=ADA, runner=Runner(id="r"), instance_id="i")
    (tmp_path / STORE_FILE).write_text(old.model_dump_json(), encoding="utf-8")
    assert runners(tmp_path, "8188") == ["r"]
    store(tmp_path, "8189").update(lambda was: was.with_owner("key"))
    assert runners(tmp_path, "8188", "8189") == [None, "r"]
    assert store(tmp_path, "8189").load().instance_id == "i"


def test_a_runner_is_not_carried_over_to_another_account(tmp_path: Path) -> None:
    register(tmp_path, "8188")
    register(tmp_path, "8189")
    one = store(tmp_path, "8189")
    one.update(lambda was: Remembered(instance_id=was.instance_id))
    one.update(lambda was: was.model_copy(update={"account": BOB}))
    assert runners(tmp_path, "8188", "8189") == [None, None]
    one.update(lambda was: was.model_copy(update={"account": ADA}))
    assert runners(tmp_path, "8188", "8189") == ["runner of 8188", None]


def test_deleting_the_file_releases_all_of_them(tmp_path: Path) -> None:
    register(tmp_path, "8188")
    register(tmp_path, "8189")
    (tmp_path / STORE_FILE).unlink()
    register(tmp_path, "8190")
    assert runners(tmp_path, "8188", "8189", "8190") == [None, None, "runner of 8190"]


def test_what_several_write_at_once_is_all_kept(tmp_path: Path) -> None:
    instances = [str(port) for port in range(8188, 8208)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda instance: register(tmp_path, instance), instances))
    assert runners(tmp_path, *instances) == [f"runner of {instance}" for instance in instances]


def test_the_file_has_at_its_top_what_earlier_releases_read(tmp_path: Path) -> None:
    register(tmp_path, "8188")
    register(tmp_path, "8189")
    content = json.loads((tmp_path / STORE_FILE).read_text(encoding="utf-8"))
    assert (content["account"]["id"], content["runner"]["id"]) == ("ada", "runner of 8188")
