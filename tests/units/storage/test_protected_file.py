import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.storage.protected_file import read_bytes, remove, write_whole


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
