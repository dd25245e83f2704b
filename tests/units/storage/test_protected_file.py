import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.storage.protected_file import (
    read_bytes,
    remove,
    remove_left_over,
    write_first,
    write_whole,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "__comfycontrol" / "memory.json"


def disk_full(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device", "/secret/place")


def test_a_file_is_written_read_replaced_and_removed(file: Path) -> None:
    assert read_bytes(file) is None
    write_whole(file, b"one")
    assert read_bytes(file) == b"one"
    write_whole(file, b"")
    assert read_bytes(file) == b""
    remove(file)
    assert read_bytes(file) is None
    remove(file)


def test_only_the_account_of_this_machine_may_read(file: Path) -> None:
    write_whole(file, b"one")
    write_whole(file, b"two")
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (file, file.parent)]
    assert modes == ([0o666, 0o777] if sys.platform == "win32" else [0o600, 0o700])


@pytest.mark.parametrize(("owner", "name"), [(Path, "replace"), (os, "fsync")])
def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, file: Path, owner: object, name: str
) -> None:
    write_whole(file, b"old")
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, disk_full)
        with pytest.raises(MachineError) as raised:
            write_whole(file, b"new")
    assert raised.value.code == "storage_failed"
    assert "No space left on device" in raised.value.message
    assert "secret" not in f"{raised.value} {raised.value.next_step}"
    assert raised.value.__suppress_context__
    assert [each.name for each in file.parent.iterdir()] == ["memory.json"]
    assert read_bytes(file) == b"old"

    write_whole(file, b"new")
    assert read_bytes(file) == b"new"


@pytest.mark.parametrize("action", [read_bytes, remove, lambda file: write_whole(file, b"new")])
def test_a_folder_in_the_files_place_is_told_without_its_path(file: Path, action: Callable[[Path], object]) -> None:
    file.mkdir(parents=True)
    (file / "inside").touch()
    with pytest.raises(MachineError) as raised:
        action(file)
    assert raised.value.code == "storage_failed"
    assert str(file.parent) not in str(raised.value)
    assert [each.name for each in file.parent.iterdir()] == ["memory.json"]


def test_of_many_who_write_first_one_does(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert write_first(file, b"one") is True
    assert write_first(file, b"two") is False

    # As on a volume that knows no links.
    monkeypatch.setattr(os, "link", disk_full)
    assert write_first(file, b"three") is False
    assert read_bytes(file) == b"one"
    assert write_first(file.with_name("other"), b"three") is True
    assert read_bytes(file.with_name("other")) == b"three"
    assert sorted(each.name for each in file.parent.iterdir()) == ["memory.json", "other"]


@pytest.mark.parametrize(("age_s", "left"), [(0, True), (30, True), (3600, False)])
def test_what_a_killed_writer_left_goes_and_what_another_writes_now_stays(file: Path, age_s: int, left: bool) -> None:  # noqa: FBT001 - a column
    write_whole(file, b"one")
    others = [file.with_name(name) for name in (".memory.json.a1b2c3d4", ".DS_Store", "seal.key")]
    for other in others:
        other.touch()
        os.utime(other, (time.time() - age_s,) * 2)
    remove_left_over(file.parent)
    assert [other.exists() for other in others] == [left, True, True]
    assert read_bytes(file) == b"one"
    remove_left_over(file.parent / "none")
