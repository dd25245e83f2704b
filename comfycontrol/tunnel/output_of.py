"""What an agent's program says when it is asked something, and ends by itself."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def output_of(
    program: Path, arguments: Sequence[str], environment: Mapping[str, str], seconds: float, *, with_errors: bool
) -> bytes | None:
    """Give the output of a program; None if it cannot be started, or does not end within so many seconds.

    Args:
        program: the agent's own.
        arguments: fixed ones.
        environment: all that it gets.
        seconds: how long it may take.
        with_errors: whether what it says on stderr is part of it.

    """
    try:
        return subprocess.run(  # noqa: S603 - the agent's own program, with fixed arguments
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
            env=dict(environment),
            check=False,
            timeout=seconds,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
