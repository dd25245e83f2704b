import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workshop import ROOT

import locales

ENGLISH = {
    "panel": {
        "panel": {"save": "Save", "hello": "Hello {name}", "made": "Made at comfycontrol.app with --port 6006."},
        "states": {"registered": {"message": ""}},
    },
    "settings": {"Row": {"name": "Row"}},
    "commands": {},
    "main": {},
}
FRENCH = {
    "panel": {
        "panel": {"save": "Garder", "hello": "Salut {name}", "made": "Fait sur comfycontrol.app avec --port 6006."},
        "states": {"registered": {"message": ""}},
    },
    "settings": {"Row": {"name": "Rang"}},
    "commands": {},
    "main": {},
}


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locales, "LOCALES", tmp_path)
    for language, files in (("en", ENGLISH), ("fr", FRENCH)):
        (tmp_path / language).mkdir()
        for name, content in files.items():
            (tmp_path / language / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "fr"


def put(file: Path, place: str, text: Any) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    *folders, name = place.split(".")
    part = content
    for folder in folders:
        part = part[folder]
    if text is None:
        del part[name]
    else:
        part[name] = text
    file.write_text(json.dumps(content), encoding="utf-8")


def test_a_whole_translation_has_no_fault(french: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert locales.main(["--check", "fr"]) == 0
    assert locales.main(["--missing", "fr"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("file", "place", "text", "said"),
    [
        ("panel", "panel.save", None, "panel.save: is missing"),
        ("panel", "panel.save", "", "panel.save: is empty"),
        ("panel", "panel.save", "Garder ", "panel.save: has blanks around it"),
        ("panel", "panel.save", 7, "(the file): panel.save is neither"),
        ("panel", "panel.load", "Charger", "panel.load: English has no such key"),
        ("panel", "panel.hello", "Salut", "panel.hello: has the placeholders []"),
        ("panel", "panel.hello", "Salut {nom}", "panel.hello: has the placeholders ['nom']"),
        ("panel", "panel.hello", "Salut {name", "panel.hello: has the placeholders ['{']"),
        ("panel", "panel.made", "Fait sur comfycontrol.app.", "panel.made: lacks --port 6006"),
        ("panel", "states.registered.message", "Bien.", "message: is empty in English"),
        ("settings", "Row.name", "Rang @ 2", "Row.name: has one of @"),
    ],
)
def test_a_fault_is_named_with_its_place(
    french: Path, capsys: pytest.CaptureFixture[str], file: str, place: str, text: Any, said: str
) -> None:
    put(french / f"{file}.json", place, text)
    assert locales.main(["--check", "fr"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"locales/fr/{file}.json  ")
    assert said in line


def test_what_is_missing_is_told_with_its_english(french: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (french / "settings.json").unlink()
    put(french / "panel.json", "panel.hello", None)
    assert locales.main(["--missing", "fr"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "settings.json  Row.name: Row",
        "panel.json  panel.hello: Hello {name}",
    ]


def test_it_needs_nothing_but_python() -> None:
    # -S leaves out all that is installed beside the standard library.
    command = [sys.executable, "-S", str(ROOT / "scripts" / "locales.py"), "--check", "en"]
    assert subprocess.run(command, check=False, capture_output=True, text=True).stdout == ""  # noqa: S603 - our own
