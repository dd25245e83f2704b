"""Which machine this is, and which folder is its own where several find the same one."""

import sys
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol.storage.folder import folder_of_machine, instance_folder
from comfycontrol_pack.comfycontrol.storage.machine_id import machine_id

# What the environment says, what the system's files hold, and the machine that comes of it.
MACHINES = [
    ({"RUNPOD_POD_ID": "abc"}, {}, "RUNPOD_POD_ID=abc"),
    ({"CONTAINER_ID": "77"}, {"etc/machine-id": "0f\n"}, "CONTAINER_ID=77"),
    ({"SALAD_MACHINE_ID": " "}, {"etc/machine-id": "0f\n"}, "0f"),
    ({}, {"etc/machine-id": "0f\n"}, "0f"),
    ({}, {"var/lib/dbus/machine-id": "1e"}, "1e"),
    ({}, {"etc/machine-id": "uninitialized\n", "var/lib/dbus/machine-id": "1e"}, "1e"),
    # All containers of an image share what the image holds.
    ({}, {"etc/machine-id": "0f", ".dockerenv": ""}, None),
    ({}, {"etc/machine-id": "0f", "run/.containerenv": ""}, None),
    ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {"etc/machine-id": "0f"}, None),
    ({}, {}, None),
]


@pytest.mark.skipif(sys.platform == "win32", reason="the registry is asked there, and no file")
@pytest.mark.parametrize(("environment", "files", "machine"), MACHINES)
def test_a_machine_is_told_from_its_clone(
    tmp_path: Path, environment: dict[str, str], files: dict[str, str], machine: str | None
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="ascii")
    assert machine_id(environment, tmp_path) == machine


def test_the_first_machine_keeps_the_folder_and_each_other_gets_one_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "__comfycontrol"
    original = folder_of_machine(folder, "original")
    copy, third = folder_of_machine(folder, "copy"), folder_of_machine(folder, "third")
    assert original == folder
    assert len({original, copy, third}) == 3
    assert copy.is_relative_to(folder)
    # After any number of restarts.
    assert [folder_of_machine(folder, name) for name in ("original", "copy", "third")] == [original, copy, third]
    # A volume does not carry around what platforms call their machines.
    assert b"original" not in (folder / "machine").read_bytes()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    from comfycontrol_pack.comfycontrol.errors import MachineError

    with pytest.raises(MachineError) as raised:
        folder_of_machine(tmp_path / "file" / "folder", "any")
    assert raised.value.code == "storage_failed"


@pytest.mark.parametrize("register", ["", "off", "on", "update"])
def test_who_registers_by_hand_keeps_the_folder_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: str
) -> None:
    module = sys.modules[instance_folder.__module__]
    monkeypatch.setattr(module, "protected_folder", lambda: tmp_path)
    monkeypatch.setenv("COMFYCONTROL_REGISTER", register)
    monkeypatch.setenv("RUNPOD_POD_ID", "first")
    assert instance_folder() == tmp_path
    monkeypatch.setenv("RUNPOD_POD_ID", "its clone")
    assert (instance_folder() == tmp_path) == (register in {"", "off"})
