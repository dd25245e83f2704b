"""Running another program on behalf of a person, who wants to know only what went wrong. Standard library only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class SetUpError(Exception):
    """Something is missing and cannot be had: what happened, and what to do next."""


def run(
    command: Sequence[str],
    failure: str,
    next_step: str,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command to its end, in silence.

    Args:
        command: the program and its arguments.
        failure: the sentence that says what failed.
        next_step: the sentence that says what to do about it.
        cwd: where to run it.
        environment: variables on top of this process's own.

    Raises:
        SetUpError: with what the command wrote.

    """
    try:
        ended = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetUpError(f"{failure} {command[0]}: {error.strerror}\n{next_step}") from None
    if ended.returncode != 0:
        raise SetUpError(f"{ended.stdout.strip()}\n\n{failure}\n{next_step}")
