"""What the scripts share that write pages from the sources: writing them, or saying which are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


def write_or_check(
    description: str, default: Path, content: Callable[[Path], Mapping[Path, str]], *, option: str = "--page"
) -> int:
    """Do what the command line asks for; 1 when something is stale and was only to be checked.

    Args:
        description: what the script writes.
        default: the file that the option stands for another of, for tests.
        content: gives each file's text, for that file.
        option: its name.

    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="only say whether it is stale")
    parser.add_argument(option, dest="file", type=Path, default=default, help="another file, for tests")
    arguments = parser.parse_args()
    stale = False
    for file, text in content(arguments.file).items():
        # Read as text, so that a checkout with Windows' line ends is no difference.
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale = True
        if arguments.check:
            print(f"{file} is stale: run python scripts/{Path(sys.argv[0]).name}")
        else:
            file.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and arguments.check else 0
