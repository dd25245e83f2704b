"""What a test run needs from its machine, named by environment variables."""

import os
import shutil
from pathlib import Path

FRONTENDS = "COMFYUI_FRONTENDS"
COMFYUI = "COMFYUI_DIR"
COMFYUI_PYTHON = "COMFYUI_PYTHON"
BROWSER = "COMFYUI_BROWSER"
NGINX = "NGINX"
CLOUDFLARED = "CLOUDFLARED"
CLOUDFLARED_EDGE = "CLOUDFLARED_EDGE"
PICTURES = "PICTURES"
# Where scripts/test.py puts the packages of tests/page_types/package.json.
_AXE = Path(__file__).parent.parent.parent / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
VARIABLES = {FRONTENDS, COMFYUI, COMFYUI_PYTHON, BROWSER}

# Of ComfyUI's page; the other versions are there where a test asks for them.
NEWEST = "1.58.1"

# A container has neither a sandbox nor a graphics card, and no page may reach the internet during a test.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


class Missing(Exception):  # noqa: N818 - it is what is the matter, not an error of the code
    """A test that cannot run must fail rather than look as if it had passed."""


def frontends() -> dict[str, Path]:
    """By version, each the folder with index.html: an unpacked wheel, or its static folder."""
    found = {}
    for version in sorted(_folder(FRONTENDS, "a folder with one subfolder per version of the page").iterdir()):
        for static in (version, version / "comfyui_frontend_package" / "static"):
            if (static / "index.html").is_file():
                found[version.name] = static
    if not found:
        raise Missing(f"{FRONTENDS} holds no version of comfyui-frontend-package.")
    return found


def versions() -> list[str]:
    """For a table of tests: never empty, so that a missing variable is one failing test and not none."""
    try:
        return list(frontends())
    except Missing:
        return ["no frontend"]


def frontend(version: str) -> Path:
    return frontends()[version]


def has_real_comfyui() -> bool:
    return bool(os.environ.get(COMFYUI))


def real_comfyui() -> tuple[Path, Path]:
    """The checkout, and an interpreter that has its requirements."""
    folder = _folder(COMFYUI, "a ComfyUI checkout")
    python = os.environ.get(COMFYUI_PYTHON)
    if not python:
        raise Missing(f"Set {COMFYUI_PYTHON} to an interpreter with ComfyUI's requirements.")
    return folder, Path(python)


def browser() -> str | None:
    """None: the one that Playwright installed."""
    usual = (shutil.which(name) for name in ("chromium-headless-shell", "chromium"))
    return os.environ.get(BROWSER) or next(filter(None, usual), None)


def nginx() -> str | None:
    """The program, where there is one: a few tests are played with it as well."""
    return os.environ.get(NGINX)


def cloudflared() -> tuple[Path, Path] | None:
    """The program, and an edge that it can connect to without the internet; None where they are not named."""
    named = [os.environ.get(name) for name in (CLOUDFLARED, CLOUDFLARED_EDGE)]
    return (Path(named[0]), Path(named[1])) if named[0] and named[1] else None


def pictures() -> Path | None:
    """Where pictures of what the tests of the browser see are to be put, if anywhere: to take them costs time."""
    folder = os.environ.get(PICTURES)
    return Path(folder) if folder else None


def axe() -> str:
    """The script that finds what keeps people from using a page."""
    if not _AXE.is_file():
        raise Missing("Run scripts/test.py --only-checks once: it installs axe-core.")
    return _AXE.read_text(encoding="utf-8")


def _folder(variable: str, meaning: str) -> Path:
    value = os.environ.get(variable)
    if not value or not Path(value).is_dir():
        raise Missing(f"Set {variable} to {meaning}.")
    return Path(value)
