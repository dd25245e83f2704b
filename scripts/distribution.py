"""Which of pytest's workers runs which file: a file whole, the longest first, and with a browser apart from without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workshop import TESTS
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    import pytest

# The few tests of each take half a minute and more. Whoever began with one of them late would work on alone at the end.
LONGEST = (
    "fleet/test_fleet.py",
    "browser/test_looks.py",
    "browser/test_surroundings.py",
    "browser/test_story.py",
    "browser/test_axe.py",
)


def opens_browser(file: str) -> bool:
    """Whether a file below tests/ says so, of all its tests; tests/conftest.py lets no other open one."""
    return file.startswith("browser/") or "pytest.mark.browser" in (TESTS / file).read_text(encoding="utf-8")


class BrowsersApart(LoadFileScheduling):  # type: ignore[misc]  # it comes without types
    """Lets one worker begin with a browser and the others without, so that two cores are busy until the end.

    A worker that has had a browser gets nothing else from then on: while Playwright is open, its loop is that of the
    main thread, and asynchronous tests cannot have their own.
    """

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._with_browser: set[Any] = set()

    def _assign_work_unit(self, node: Any) -> None:
        browsers = [file for file in self.workqueue if opens_browser(file)]
        others = [file for file in self.workqueue if file not in browsers]
        if not self._with_browser and browsers:
            self._with_browser.add(node)
        choice = browsers if node in self._with_browser else others or browsers
        if not choice:
            node.shutdown()
            return
        if choice is browsers:
            self._with_browser.add(node)
        longest = next((file for file in LONGEST if file in choice), choice[0])
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
