"""A process that is killed while it writes, and what its machine finds at the next start."""

import os
import time
from pathlib import Path
from typing import NoReturn

import pytest
from routes.comfyui_with_pack import mounted_pack, running_comfyui

from comfycontrol_pack.comfycontrol.storage.folder import folder_of_machine
from service_double import ServiceDouble


class Killed(BaseException):
    """Stands for the end of the process."""


def killed(*_: object, **__: object) -> NoReturn:
    raise Killed


def test_a_machine_that_was_killed_while_it_took_the_folder_takes_it_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "__comfycontrol"
    with monkeypatch.context() as dying:
        # After the file was made, and before anything is in it.
        dying.setattr(os, "fsync", killed)
        dying.setattr(Path, "unlink", killed)
        with pytest.raises(Killed):
            folder_of_machine(folder, "first")
    assert not (folder / "machine").exists()
    assert folder_of_machine(folder, "first") == folder
    assert folder_of_machine(folder, "its clone") != folder


async def test_what_a_killed_process_left_goes_at_the_next_start(
    tmp_path: Path, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    folder = tmp_path / "user" / "__comfycontrol"
    folder.mkdir(parents=True)
    left = [folder / f".{name}.a1b2c3d4" for name in ("memory.json", "seal.key", "identity.key", "machine")]
    for file in left:
        file.write_bytes(b"half of a secr")
        os.utime(file, (time.time() - 3600,) * 2)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as comfyui:
        assert (await comfyui.browser().enter_token(token)).status == 200
    assert [file.name for file in left if file.exists()] == []
