from collections import OrderedDict
from typing import Any

import pytest
from distribution import BrowsersApart, opens_browser

BROWSERS = ["browser/test_boot.py", "attacks/test_markup.py"]
OTHERS = ["units/test_docs.py", "routes/test_routes.py"]


class Worker:
    """As much of a worker as is seen of it: what it was given, and whether it was sent home."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.ended = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.files += [name(index).partition("::")[0] for index in indices]

    def shutdown(self) -> None:
        self.ended = True


def name(index: int) -> str:
    return f"{[*OTHERS, *BROWSERS][index]}::test"


def scheduler(*workers: Worker) -> Any:
    made = object.__new__(BrowsersApart)
    made._with_browser = set()
    made.workqueue = OrderedDict((file, {f"{file}::test": False}) for file in [*OTHERS, *BROWSERS])
    made.assigned_work = {}
    made.registered_collections = {worker: [name(index) for index in range(4)] for worker in workers}
    return made


@pytest.mark.parametrize("file", BROWSERS)
def test_a_file_with_a_browser_is_known(file: str) -> None:
    assert opens_browser(file)


@pytest.mark.parametrize("file", OTHERS)
def test_a_file_without_is_too(file: str) -> None:
    assert not opens_browser(file)


def test_a_worker_that_had_a_browser_is_sent_home_rather_than_given_anything_else() -> None:
    first, second = Worker(), Worker()
    shared = scheduler(first, second)
    for worker in (first, second, first, first):
        shared._assign_work_unit(worker)
    assert first.files == BROWSERS
    assert second.files == OTHERS[:1]
    assert (first.ended, second.ended) == (True, False)


def test_a_worker_without_helps_out_when_nothing_else_is_left() -> None:
    first, second = Worker(), Worker()
    shared = scheduler(first, second)
    for worker in (first, second, second, second):
        shared._assign_work_unit(worker)
    assert first.files == BROWSERS[:1]
    assert second.files == [*OTHERS, BROWSERS[1]]
    assert not shared.workqueue
