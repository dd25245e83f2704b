import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol.errors import MachineError, NotAllowedError
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner
from comfycontrol_pack.comfycontrol.storage.folder import STORE_FILE
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered, make_owner_key
from comfycontrol_pack.comfycontrol.storage.store import Store

ACCOUNT = Account(id="a", name="Ada", tier="pro")
RUNNER = Runner.model_validate({"id": "r", "name": "Mine", "headers": {"X-Key": "s3cr3t"}}).without_mark()


def claimed(was: Remembered) -> Remembered:
    return was.model_copy(update={"account": ACCOUNT, "runner": RUNNER}).with_owner("key")


def test_an_instance_that_never_was_connected_remembers_nothing(tmp_path: Path) -> None:
    remembered = Store(tmp_path / "not there").load()
    assert (remembered.account, remembered.runner, remembered.owners) == (None, None, ())
    assert not remembered.is_owner("")
    assert list(tmp_path.iterdir()) == []


def test_what_is_remembered_outlives_a_restart(tmp_path: Path) -> None:
    written = Store(tmp_path).update(claimed)
    again = Store(tmp_path).load()
    assert again == written
    assert (again.account, again.runner, again.instance_id) == (ACCOUNT, RUNNER, written.instance_id)
    assert again.is_owner("key")


def test_deleting_the_file_releases_the_instance_at_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.update(claimed)
    (tmp_path / STORE_FILE).unlink()
    assert store.load().account is None
    assert not store.load().is_owner("key")
    assert store.update(claimed).account == ACCOUNT


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"owners": 5}', b'{"runner": {"id": ""}}', b"\xff\xfe", b"\x00" * 100]
)
def test_a_damaged_file_releases_nothing(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    good = store.update(claimed)
    file = tmp_path / STORE_FILE
    intact = file.read_bytes()
    file.write_bytes(content)
    for action in (store.load, lambda: store.update(claimed)):
        with pytest.raises(MachineError) as raised:
            action()
        assert raised.value.code == "memory_damaged"
        assert raised.value.__suppress_context__
    assert file.read_bytes() == content

    file.write_bytes(intact)
    assert store.load() == good


def test_a_file_of_a_later_version_is_understood(tmp_path: Path) -> None:
    (tmp_path / STORE_FILE).write_text('{"instance_id": "i", "brand_new": [1]}', encoding="utf-8")
    assert Store(tmp_path).load().instance_id == "i"


def test_only_hashes_of_the_owners_keys_and_no_header_value_are_on_disk(tmp_path: Path) -> None:
    key = make_owner_key()
    Store(tmp_path).update(lambda was: claimed(was).with_owner(key))
    content = (tmp_path / STORE_FILE).read_text(encoding="utf-8")
    assert key not in content
    assert "s3cr3t" not in content
    assert hashlib.sha256(key.encode()).hexdigest() in content
    assert "X-Key" in content


def test_the_oldest_owners_go_first_so_that_the_file_stays_small(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(70):
        store.update(lambda was, key=f"key {number}": was.with_owner(key))  # type: ignore[misc]
    remembered = store.load()
    assert len(remembered.owners) == 64
    assert [number for number in range(70) if remembered.is_owner(f"key {number}")] == list(range(6, 70))


@pytest.mark.parametrize("key", ["", "wrong", "KEY", "key ", "\udcff", "\x00"])
def test_any_other_key_is_no_owners(key: str) -> None:
    assert not claimed(Remembered()).is_owner(key)


def test_owner_keys_are_long_and_never_the_same() -> None:
    keys = {make_owner_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"[\w-]{43}", key) for key in keys)


def test_every_change_is_announced_and_nothing_else_is(tmp_path: Path) -> None:
    announced: list[str] = []
    store = Store(tmp_path, lambda: announced.append("changed"))
    store.load()
    assert announced == []
    store.update(claimed)
    assert announced == ["changed"]

    def refuse(_: Remembered) -> Remembered:
        raise NotAllowedError("other_account")

    before = (tmp_path / STORE_FILE).read_bytes()
    with pytest.raises(NotAllowedError):
        store.update(refuse)
    assert announced == ["changed"]
    assert (tmp_path / STORE_FILE).read_bytes() == before


def test_whoever_is_told_of_a_change_may_look_at_once(tmp_path: Path) -> None:
    seen: list[Account | None] = []
    store = Store(tmp_path, lambda: seen.append(store.load().account))
    store.update(claimed)
    assert seen == [ACCOUNT]


def test_changes_at_once_are_all_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: store.update(lambda was: was.with_owner(str(number))), range(20)))
    assert all(store.load().is_owner(str(number)) for number in range(20))
