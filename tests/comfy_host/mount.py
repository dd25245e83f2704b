"""Puts a pack into a custom_nodes folder under a name of the test's choice."""

import shutil
from pathlib import Path

# What a person's clone would not hold, or what would make the copy slow. What is compiled already need not be again.
LEFT_OUT = {".git", ".venv", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
# What ComfyUI never looks at, of the pack itself; below it a folder may well have such a name.
LEFT_OUT_AT_THE_TOP = {".github", "docs", "scripts", "tests"}


def mount_pack(source: Path, custom_nodes: Path, name: str) -> Path:
    """A copy, not a link: Windows may refuse links, and what a pack writes into its folder is no source."""
    target = custom_nodes / name

    def left_out(folder: str, names: list[str]) -> set[str]:
        if Path(folder).name == "__pycache__":
            # What another process is just writing has another ending, and may be gone in a moment.
            return {name for name in names if not name.endswith(".pyc")}
        at_the_top = Path(folder) == source
        return {name for name in names if name in LEFT_OUT or (at_the_top and name in LEFT_OUT_AT_THE_TOP)}

    shutil.copytree(source, target, ignore=left_out)
    return target
