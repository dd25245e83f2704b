"""Finds an agent's executable: where the system's administrator puts programs, and nowhere that uploads reach."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .agents import AgentName

# Where installers put them, whether or not this process, which may be older, has that on its PATH: Homebrew, and the
# installers of Cloudflare and Tailscale for Windows.
_INSTALLED: dict[str, tuple[str, ...]] = {
    "darwin": ("/opt/homebrew/bin", "/usr/local/bin"),
    "win32": (r"C:\Program Files (x86)\cloudflared", r"C:\Program Files\cloudflared", r"C:\Program Files\Tailscale"),
}


class NoProgramError(Exception):
    """There is no program to start; `code` is one of the section `tunnel`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Places(NamedTuple):
    """Where to look.

    Args:
        path: like the variable PATH.
        never: folders in which nothing is taken for a program, with all that is in them: ComfyUI's.
        here: the working directory, which is no place for programs either.
        named: the executable that the operator named; then no other is looked for.
        system: as `sys.platform` gives it.

    """

    path: str
    never: tuple[Path, ...] = ()
    here: Path = Path()
    named: Path | None = None
    system: str = sys.platform


def find_program(agent: AgentName, places: Places) -> Path:
    """Give the absolute path of an agent's executable.

    Raises:
        NoProgramError: `agent_missing`, `agent_not_executable`.

    """
    there = [places.named] if places.named else [*_candidates(agent, places)]
    files = [file for file in there if _is_file(file)]
    found = next((file for file in files if os.access(file, os.X_OK)), None)
    if found is None:
        raise NoProgramError("agent_not_executable" if files else "agent_missing")
    return found


def _candidates(agent: AgentName, places: Places) -> Iterator[Path]:
    file = f"{agent}.exe" if places.system == "win32" else agent
    for entry in (*places.path.split(os.pathsep), *_INSTALLED.get(places.system, ())):
        folder = Path(entry.strip('"'))
        # Relative ones, and the empty one, are the working directory's.
        if folder.is_absolute() and not _is_same(folder, places.here) and not _is_in(folder / file, places.never):
            yield folder / file


def _is_same(folder: Path, other: Path) -> bool:
    return os.path.realpath(folder) == os.path.realpath(other)


def _is_in(file: Path, folders: tuple[Path, ...]) -> bool:
    """Whether a file lies in one of the folders, or is a link to one that does."""
    real = (Path(os.path.abspath(file)), Path(os.path.realpath(file)))  # noqa: PTH100 - resolve() follows links
    roots = {Path(os.path.realpath(folder)) for folder in folders} | set(folders)
    return any(one.is_relative_to(root) for one in real for root in roots)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False
