"""A browser that Playwright can drive: one that is installed, else one that can be. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from commands import SetUpError, run

VARIABLE = "COMFYUI_BROWSER"

_ON_PATH = (
    # Chromium without what stands around a page: a page costs it a quarter less of the processor's time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_LINUX = ("/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge", "/snap/bin/chromium")
_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_PLAYWRIGHTS_OWN = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def find_or_install(python: Path) -> Path:
    """Give a browser: the one named in the environment, an installed one, Playwright's own, Debian's package.

    Args:
        python: an interpreter that has Playwright.

    Raises:
        SetUpError: there is none, and none can be installed.

    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        if not shutil.which(chosen):
            raise SetUpError(f"{VARIABLE} names {chosen}, which is no program. Correct it, or leave it out.")
        return Path(chosen)
    found = _installed() or _of_playwright(python) or _of_debian()
    if found is None:
        raise SetUpError(
            "No browser was found, and none could be installed.\n"
            f"Install Chromium, Chrome or Edge, or name one in the environment variable {VARIABLE}."
        )
    return found


def _installed() -> Path | None:
    return next((place for place in _places() if place.exists() and _starts(place)), None)


def _places() -> Iterator[Path]:
    for name in _ON_PATH:
        found = shutil.which(name)
        if found:
            yield Path(found)
    if sys.platform == "win32":
        for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
            folder = os.environ.get(variable)
            yield from (Path(folder) / place for place in _WINDOWS if folder)
    elif sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / place for place in _MACOS)
    else:
        yield from map(Path, _LINUX)


def _starts(browser: Path) -> bool:
    """Whether it is more than a stub that tells where to get one, and has all its libraries."""
    if sys.platform == "win32":
        # There the question for the version opens a window instead.
        return True
    try:
        asked = subprocess.run([str(browser), "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _of_playwright(python: Path) -> Path | None:
    asked = subprocess.run(
        [str(python), "-c", _PLAYWRIGHTS_OWN], capture_output=True, text=True, timeout=60, check=False
    )
    browser = Path(asked.stdout.strip())
    if asked.returncode != 0:
        return None
    if not browser.is_file():
        print("Installing Playwright's own browser ...", flush=True)
        try:
            run(
                [str(python), "-m", "playwright", "install", "chromium"],
                "Playwright's own browser could not be installed.",
                "",
                # Where its server is out of reach, to know so soon.
                environment={"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "15000"},
            )
        except SetUpError:
            print("That did not work.", flush=True)
    return browser if browser.is_file() and _starts(browser) else None


def _of_debian() -> Path | None:
    if not shutil.which("apt-get") or sys.platform == "win32" or os.geteuid() != 0:
        return None
    print("Installing Debian's Chromium ...", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(
        ["apt-get", "-q", "update"],
        "The list of Debian's packages could not be brought up to date.",
        "See whether this machine reaches its Debian mirror, then start the script again.",
        environment=quiet,
    )
    run(
        ["apt-get", "-q", "install", "-y", "--no-install-recommends", "chromium-headless-shell", "fonts-liberation"],
        "Debian's Chromium could not be installed.",
        f"Install a browser by hand, or name one in the environment variable {VARIABLE}.",
        environment=quiet,
    )
    return _installed()
