"""Runs pytest over tests/, in the process of test.py and, for the whole and its parts, in two workers of it."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import Outcome
from workshop import ROOT, TESTS

if TYPE_CHECKING:
    import pytest

_IN_TWO_WORKERS = ("-n", "2")
_WITHOUT_BROWSER = ("attacks", "double", "host", "http_api", "routes", "scripts", "units")
WHOLE = (*_IN_TWO_WORKERS, str(TESTS))
QUICK = (*_IN_TWO_WORKERS, str(TESTS / "routes"), str(TESTS / "units"))
NO_BROWSER = (*_IN_TWO_WORKERS, "-m", "not browser", *(str(TESTS / folder) for folder in _WITHOUT_BROWSER))


class Parts:
    """Shares the files out to the workers, and tells how the checks ended and what each folder took.

    That stands above pytest's last line, which stays the last.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Called by pytest-xdist."""
        # Not before pytest has loaded xdist itself.
        from distribution import BrowsersApart

        return BrowsersApart(config, log)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest, also for what its workers have run."""
        # Below tests/, for that is pytest's root folder.
        self._seconds[report.nodeid.partition("/")[0]] += report.duration

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Called by pytest."""
        terminalreporter.section("parts")
        for outcome in self._outcomes:
            terminalreporter.line(str(outcome), red=not outcome.passed)
        for folder, seconds in sorted(self._seconds.items(), key=lambda each: -each[1]):
            terminalreporter.line(f"tests/{folder}: {seconds:.1f} s")


def run_tests(arguments: Sequence[str], outcomes: Sequence[Outcome]) -> int:
    """Run pytest in this process; give its exit code."""
    import pytest

    # The workers, and the many processes that tests start, need not compile what one of them has compiled.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Last, for the standard library has a "test" too.
    sys.path.remove(str(ROOT / "scripts"))
    sys.path.append(str(ROOT / "scripts"))
    chosen = any(leads_into_tests(argument) for argument in arguments)
    return pytest.main(
        ["-c", str(TESTS / "pytest.ini"), "--durations=10", *arguments, *([] if chosen else [str(TESTS)])],
        plugins=[Parts(outcomes)],
    )


def leads_into_tests(argument: str) -> bool:
    """Whether a pytest argument is a path below tests/, with or without the name of a test behind it."""
    place = Path(argument.partition("::")[0])
    return not argument.startswith("-") and place.exists() and place.resolve().is_relative_to(TESTS)
