"""A picture that stops ComfyUI, a name that makes it tell a path, a number that no float holds."""

import hashlib
import struct
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import folder_paths
import pytest

from comfycontrol_pack import NODE_CLASS_MAPPINGS

IMAGE: Any = NODE_CLASS_MAPPINGS["ComfyControlImage"]
NUMBER: Any = NODE_CLASS_MAPPINGS["ComfyControlNumber"]


@pytest.fixture
def input_folder(tmp_path: Path) -> Path:
    folder_paths.reset(tmp_path / "user", [])
    folder = tmp_path / "input"
    folder.mkdir()
    return folder


def huge_picture(side: int) -> bytes:
    """A black PNG of one bit a pixel."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" * (side // 8 + 2)) * side, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_millions_of_pixels_is_not_opened_while_comfyui_takes_the_prompt(
    input_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (input_folder / "huge.png").write_bytes(huge_picture(13_300))
    # Whoever would decode it has to load this first.
    for module in ("PIL", "numpy", "torch"):
        monkeypatch.setitem(sys.modules, module, None)
    for _ in range(8):
        assert IMAGE.VALIDATE_INPUTS(key="photo", image="huge.png") is True


@pytest.mark.parametrize("error", [OSError("cannot read {path}"), ValueError("{path}"), SyntaxError("{path}")])
def test_a_file_that_is_no_picture_is_told_at_the_run_without_its_path(
    input_folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    (input_folder / "fox.png").write_bytes(b"no picture")

    def load_picture(path: Path) -> None:
        raise type(error)(str(error).format(path=path))

    # The tests' environment has no torch; `tests/browser/test_workflows_run.py` has a real ComfyUI read real files.
    reader = SimpleNamespace(load_picture=load_picture, UNREADABLE=(OSError, ValueError, SyntaxError))
    monkeypatch.setitem(sys.modules, f"{IMAGE.__module__.rpartition('.')[0]}.picture", reader)
    with pytest.raises(ValueError, match="cannot be read") as raised:
        IMAGE().give("photo", "fox.png")
    assert str(input_folder) not in str(raised.value)
    assert raised.value.__suppress_context__


def test_what_comfyui_saves_with_a_picture_names_neither_file_nor_time(input_folder: Path) -> None:
    file = input_folder / "fox.png"
    file.write_bytes(b"a fox")
    assert IMAGE.IS_CHANGED(key="photo", image="fox.png") == hashlib.sha256(b"a fox").hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "f" * 300,
        "f" * 300 + ".png [input]",
        "f/" * 5_000,
        "\0",
        "fox.png\0.png",
        "..",
        "../../etc/passwd",
        "..\\..\\secret.png",
        "/etc/passwd",
        "C:\\secret.png",
        "\\\\host\\share\\secret.png",
        "\ud800",
        "\udcff.png",
        "\n[comfycontrol] the token is",
        "\x1b[2J",
        "NUL",
        "CON.png",
        "COM1",
        "/dev/zero",
        "link/to/itself",
    ],
)
def test_no_name_of_a_picture_makes_comfyui_tell_a_path(input_folder: Path, name: str) -> None:
    if sys.platform != "win32":
        (input_folder / "link").symlink_to(input_folder / "link")
    said = IMAGE.VALIDATE_INPUTS(key="photo", image="fox.png", value=name)
    assert "input folder" in said
    assert str(input_folder.parent) not in said
    assert said.encode().isascii()
    assert said.isprintable()
    assert IMAGE.IS_CHANGED(key="photo", image="fox.png", value=name) == ""
    with pytest.raises(FileNotFoundError) as raised:
        IMAGE().give("photo", "fox.png", name)
    assert str(input_folder.parent) not in str(raised.value)


@pytest.mark.parametrize("value", [10**400, -(10**400), "9" * 400, "9" * 5_000, "1e400", "inf", "nan", float("nan")])
def test_a_number_that_cannot_be_carried_is_refused_before_the_run(value: Any) -> None:
    assert "is not a number" in NUMBER.VALIDATE_INPUTS(key="steps", value=value)
