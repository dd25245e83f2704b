from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import pytest
from distribution import LONGEST, BrowsersApart, opens_browser
from workshop import TESTS

BROWSERS = ["browser/test_boot.py", "attacks/test_markup.py"]
OTHERS = ["units/test_docs.py", "routes/test_routes.py"]


class Worker:
    """As much of a worker as is seen of it: what it was given, and whether it was sent home."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.collected: list[str] = []
        self.ended = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.files += [self.collected[index].partition("::")[0] for index in indices]

    def shutdown(self) -> None:
        self.ended = True


def scheduler(*workers: Worker, files: Sequence[str] = (*OTHERS, *BROWSERS)) -> Any:
    made = object.__new__(BrowsersApart)
    made._with_browser = set()
    made.workqueue = OrderedDict((file, {f"{file}::test": False}) for file in files)
    made.assigned_work = {}
    for worker in workers:
        worker.collected = [f"{file}::test" for file in files]
    made.registered_collections = {worker: worker.collected for worker in workers}
    return made


@pytest.mark.parametrize("file", BROWSERS)
def test_a_file_with_a_browser_is_known(file: str) -> None:
    assert opens_browser(file)


@pytest.mark.parametrize("file", OTHERS)
def test_a_file_without_is_too(file: str) -> None:
    assert not opens_browser(file)


@pytest.mark.parametrize("file", LONGEST)
def test_a_file_that_is_said_to_be_long_exists(file: str) -> None:
    assert (TESTS / file).is_file()


def test_the_longest_files_are_begun_first() -> None:
    first, second = Worker(), Worker()
    long_ones = [LONGEST[0], LONGEST[1]]
    shared = scheduler(first, second, files=[*OTHERS, *BROWSERS, *long_ones])
    for worker in (first, second):
        shared._assign_work_unit(worker)
    assert first.files == [LONGEST[1]]
    assert second.files == [LONGEST[0]]


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
