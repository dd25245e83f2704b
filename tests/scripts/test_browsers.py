import os
import sys
from pathlib import Path

import browsers
import pytest
from commands import SetUpError

posix_only = pytest.mark.skipif(os.name != "posix", reason="scripts stand in for the browsers")


def program(folder: Path, name: str, exit_code: int = 0) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it but what a test puts into this folder."""
    monkeypatch.delenv("COMFYUI_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browsers, "_LINUX", ())
    monkeypatch.setattr(browsers, "_MACOS", ())
    return tmp_path


def test_the_browser_named_in_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFYUI_BROWSER", sys.executable)
    assert browsers.find_or_install(Path("no python")) == Path(sys.executable)


def test_a_wrong_name_in_the_environment_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMFYUI_BROWSER", "/nothing/here")
    with pytest.raises(SetUpError, match="COMFYUI_BROWSER names /nothing/here"):
        browsers.find_or_install(Path("no python"))


@posix_only
def test_an_installed_browser_is_found(machine: Path) -> None:
    chrome = program(machine, "google-chrome")
    assert browsers.find_or_install(Path("no python")) == chrome


@posix_only
def test_of_two_browsers_the_one_that_costs_a_page_less_is_taken(machine: Path) -> None:
    program(machine, "chromium")
    shell = program(machine, "chromium-headless-shell")
    assert browsers.find_or_install(Path("no python")) == shell


@posix_only
def test_a_stub_that_only_says_where_to_get_one_is_passed_over(machine: Path) -> None:
    program(machine, "chromium-browser", exit_code=1)
    edge = program(machine, "microsoft-edge")
    assert browsers.find_or_install(Path("no python")) == edge


@posix_only
def test_without_any_a_person_reads_what_to_do(machine: Path) -> None:
    # Stands in for a Python without Playwright.
    python = program(machine, "python", exit_code=1)
    with pytest.raises(SetUpError, match=r"(?s)No browser was found.*Install Chromium, Chrome or Edge"):
        browsers.find_or_install(python)
