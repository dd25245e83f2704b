"""Runs pytest over tests/, in the process of test.py."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks import Outcome
from workshop import ROOT, TESTS

if TYPE_CHECKING:
    import pytest


class ChecksInSummary:
    """Shows how the checks ended where a person looks: above pytest's last line, which stays the last."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Called by pytest."""
        terminalreporter.section("checks")
        for outcome in self._outcomes:
            terminalreporter.line(str(outcome), red=not outcome.passed)


def run_tests(arguments: Sequence[str], outcomes: Sequence[Outcome]) -> int:
    """Run pytest in this process; give its exit code."""
    import pytest

    # The standard library has a "test" too.
    sys.path.remove(str(ROOT / "scripts"))
    chosen = any(leads_into_tests(argument) for argument in arguments)
    plugins = [ChecksInSummary(outcomes)] if outcomes else []
    return pytest.main(
        ["-c", str(TESTS / "pytest.ini"), *arguments, *([] if chosen else [str(TESTS)])], plugins=plugins
    )


def leads_into_tests(argument: str) -> bool:
    """Whether a pytest argument is a path below tests/, with or without the name of a test behind it."""
    place = Path(argument.partition("::")[0])
    return not argument.startswith("-") and place.exists() and place.resolve().is_relative_to(TESTS)
