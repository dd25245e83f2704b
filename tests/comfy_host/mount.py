"""Puts a pack into a custom_nodes folder under a name of the test's choice."""

import shutil
from pathlib import Path

# What a person's clone would not hold, or what would make the copy slow.
LEFT_OUT = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def mount_pack(source: Path, custom_nodes: Path, name: str) -> Path:
    """A copy, not a link: Windows may refuse links, and what a pack writes into its folder is no source."""
    target = custom_nodes / name
    shutil.copytree(source, target, ignore=_left_out)
    return target


def _left_out(folder: str, names: list[str]) -> set[str]:
    # Only the tests' own output: a pack may well have a folder of that name.
    return {name for name in names if name in LEFT_OUT or (name == "output" and Path(folder).name == "tests")}
