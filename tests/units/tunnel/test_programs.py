"""Where an agent's program may lie, and where one is never taken from."""

import os
import sys
from pathlib import Path

import pytest

from comfycontrol_pack.comfycontrol.tunnel.programs import NoProgramError, Places, find_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and the right to execute are those of POSIX")


def program(folder: Path, name: str = "cloudflared", mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(mode)
    return file


def places(tmp_path: Path, *entries: object, named: Path | None = None) -> Places:
    path = os.pathsep.join(str(entry) for entry in entries)
    return Places(path, (tmp_path / "ComfyUI", tmp_path / "output"), tmp_path / "here", named, system="linux")


def code_of(where: Places) -> str:
    with pytest.raises(NoProgramError) as refused:
        find_program("cloudflared", where)
    return refused.value.code


def test_the_first_on_the_path_is_taken(tmp_path: Path) -> None:
    first, second = program(tmp_path / "one"), program(tmp_path / "two")
    assert find_program("cloudflared", places(tmp_path, tmp_path / "none", first.parent, second.parent)) == first
    first.chmod(0o644)
    assert find_program("cloudflared", places(tmp_path, first.parent, second.parent)) == second
    assert code_of(places(tmp_path, first.parent)) == "agent_not_executable"


@pytest.mark.parametrize("folder", ["ComfyUI", "ComfyUI/input", "output/deep/er", "here"])
def test_nothing_is_taken_from_where_uploads_or_the_work_lie(tmp_path: Path, folder: str) -> None:
    program(tmp_path / folder)
    assert code_of(places(tmp_path, tmp_path / folder)) == "agent_missing"
    assert code_of(places(tmp_path, tmp_path / "one" / ".." / folder)) == "agent_missing"


def test_a_link_into_comfyuis_folder_is_no_way_around_it(tmp_path: Path) -> None:
    real = program(tmp_path / "ComfyUI" / "input")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "cloudflared").symlink_to(real)
    (tmp_path / "two").symlink_to(real.parent)
    assert code_of(places(tmp_path, tmp_path / "one", tmp_path / "two")) == "agent_missing"


@pytest.mark.parametrize("entry", ["", ".", "bin", "./bin", "../work/bin"])
def test_an_entry_of_the_path_that_is_not_absolute_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    program(tmp_path / "work")
    program(tmp_path / "work" / "bin")
    monkeypatch.chdir(tmp_path / "work")
    assert code_of(places(tmp_path, entry)) == "agent_missing"


def test_the_operators_program_is_taken_wherever_it_is_and_no_other(tmp_path: Path) -> None:
    on_path, named = program(tmp_path / "one"), program(tmp_path / "opt", "cloudflared-linux-amd64")
    assert find_program("cloudflared", places(tmp_path, on_path.parent, named=named)) == named
    named.unlink()
    assert code_of(places(tmp_path, on_path.parent, named=named)) == "agent_missing"
    named.mkdir()
    assert code_of(places(tmp_path, on_path.parent, named=named)) == "agent_missing"


def test_windows_programs_have_their_ending_and_quoted_folders_are_read(tmp_path: Path) -> None:
    program(tmp_path / "one")
    exe = program(tmp_path / "two", "cloudflared.exe")
    where = places(tmp_path, tmp_path / "one", f'"{tmp_path / "two"}"')._replace(system="win32")
    assert find_program("cloudflared", where) == exe
