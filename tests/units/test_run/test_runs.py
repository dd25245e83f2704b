import logging
import threading
from collections.abc import Iterator

import pytest
from units.runners.registration_desk import code_of
from units.test_run.scripted_run import ScriptedRun

from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from comfycontrol_pack.comfycontrol.errors import NoConnectionError
from comfycontrol_pack.comfycontrol.models.runner import RunnerChange
from comfycontrol_pack.comfycontrol.models.test_run import Outcome, Progress
from comfycontrol_pack.comfycontrol.runners.account_session import AccountSession
from comfycontrol_pack.comfycontrol.test_run.outcomes import outcome_of_error, outcome_sentence
from comfycontrol_pack.comfycontrol.test_run.run import TestRun, Watch
from comfycontrol_pack.comfycontrol.test_run.runs import TestRuns
from service_double import Fault

RAN = {"status": "completed", "user_runner_id": "OURS", "prompt_id": "p"}


class Runs:
    """The test runs of one instance; each waits at its first pause until `go_on` is set."""

    def __init__(self, scripted: ScriptedRun) -> None:
        self.scripted = scripted
        self.go_on = threading.Event()
        self._is_waiting = threading.Event()
        self.waits_for_tag: list[float] = []
        self.changes = 0
        self.begin()

    def begin(self) -> None:
        """As a new process."""
        self.runs = TestRuns(
            self.scripted.desk.session,
            lambda _: self.scripted.place,
            self._count,
            make_run=self._make_run,
            pause=self._pause,
        )

    def start(self) -> Progress:
        return self.runs.start(self.scripted.desk.user)

    def wait_until_sent(self) -> None:
        assert self._is_waiting.wait(10)

    def finish(self) -> Outcome:
        self.go_on.set()
        return self.ended()

    def ended(self) -> Outcome:
        thread = self.runs._thread
        assert thread is not None
        thread.join(10)
        assert self.runs.progress is not None
        assert self.runs.progress.outcome is not None
        return self.runs.progress.outcome

    def run_through(self) -> Outcome:
        self.start()
        return self.finish()

    def _count(self) -> None:
        self.changes += 1

    def _pause(self, seconds: float) -> None:
        self.waits_for_tag.append(seconds)

    def _make_run(self, session: AccountSession, user: ComfyUser, watch: Watch) -> TestRun:
        def wait(seconds: float) -> None:
            self._is_waiting.set()
            while not self.go_on.wait(0.01):
                # Only to notice that it was given up.
                watch.wait(0)
            self.scripted.wait(seconds)

        return TestRun(session, user, watch._replace(wait=wait, clock=lambda: self.scripted.now))


@pytest.fixture
def runs(scripted: ScriptedRun) -> Iterator[Runs]:
    scripted.place = "history"
    runs = Runs(scripted)
    yield runs
    runs.go_on.set()


def registered(runs: Runs, **values: object) -> None:
    ours = runs.scripted.register(**values)
    runs.scripted.said = [{"status": "accepted"}, {**RAN, "user_runner_id": ours}]


def test_two_clicks_make_one_run(runs: Runs) -> None:
    registered(runs)
    assert runs.start().id == runs.start().id
    assert runs.finish().code == "ran"
    assert len(runs.scripted.sent) == 1


def test_after_one_run_another_can_be_made(runs: Runs) -> None:
    registered(runs)
    runs.run_through()
    first = runs.runs.progress
    runs.run_through()
    assert runs.runs.progress is not None
    assert first is not None
    assert runs.runs.progress.id != first.id
    assert len(runs.scripted.sent) == 2


def test_every_step_is_told_with_its_time(runs: Runs) -> None:
    registered(runs)
    runs.run_through()
    progress = runs.runs.progress
    assert progress is not None
    assert [one.step for one in progress.steps] == ["sent", "assigned", "queued", "running", "done"]
    assert all(one.at.endswith("Z") for one in progress.steps)
    assert runs.changes >= 3


def test_a_proof_is_remembered_and_green(runs: Runs) -> None:
    registered(runs)
    runs.run_through()
    runs.scripted.desk.restart()
    status = runs.scripted.desk.status()
    assert status.last_run.outcome.code == "ran"
    assert status.actions[0] == "edit"


CHANGES = [
    ({"endpoint": "https://new.example.com"}, "test_run"),
    ({"headers": {"X-Key": "other"}}, "test_run"),
    ({"headers": {}}, "test_run"),
    ({"name": "New"}, "edit"),
    ({"tags": ("new",)}, "edit"),
    ({"headers": {"X-Key": "s3cr3t"}}, "edit"),
]


@pytest.mark.parametrize(("change", "next_step"), CHANGES)
def test_what_was_proven_is_old_once_the_way_here_has_changed(
    runs: Runs, change: dict[str, object], next_step: str
) -> None:
    registered(runs, headers={"X-Key": "s3cr3t"})
    runs.run_through()
    runs.scripted.desk.change(**change)
    assert runs.scripted.desk.status().actions[0] == next_step


def test_a_header_that_was_changed_in_the_dashboard_makes_it_old(runs: Runs) -> None:
    registered(runs, headers={"X-Key": "s3cr3t"})
    runs.run_through()
    desk = runs.scripted.desk
    (runner_id,) = (one["id"] for one in runs.scripted.double.runners() if one["name"] == "Mine")
    with desk.session.client_of(desk.user) as client:
        client.change_runner(runner_id, RunnerChange.model_validate({"headers": {"X-Key": "other"}}))
    assert desk.status(refresh=True).last_run.is_old


def test_a_later_failure_takes_the_place_of_the_proof(runs: Runs) -> None:
    registered(runs)
    runs.run_through()
    runs.scripted.said = [{"status": "cancelled"}]
    runs.run_through()
    status = runs.scripted.desk.status()
    assert status.last_run.outcome.code == "cancelled"
    assert status.actions[0] == "test_run"


def test_a_run_that_is_given_up_changes_nothing_that_is_known(runs: Runs) -> None:
    registered(runs)
    runs.run_through()
    runs.go_on.clear()
    runs.scripted.said = [{"status": "accepted"}]
    runs.start()
    runs.runs.give_up()
    assert runs.ended().code == "given_up"
    assert runs.scripted.desk.status().last_run.outcome.code == "ran"


def test_however_a_run_ends_its_tag_is_taken_away(runs: Runs) -> None:
    registered(runs, tags=("gpu",))
    runs.scripted.said = [NoConnectionError("no_network")]
    assert runs.run_through().code == "no_network"
    assert runs.scripted.runner["tags"] == ["gpu"]


def test_a_tag_that_cannot_be_taken_away_now_is_taken_away_later(runs: Runs) -> None:
    registered(runs, tags=("gpu",))
    runs.start()
    runs.wait_until_sent()
    runs.scripted.double.plan(Fault.answer(503, "{}", method="PUT", times=2))
    runs.finish()
    assert runs.scripted.runner["tags"] == ["gpu"]
    assert runs.waits_for_tag == [60.0, 60.0]


def test_the_tag_of_a_process_that_was_killed_is_taken_away_at_the_next_start(runs: Runs) -> None:
    registered(runs, tags=("gpu",))
    runs.start()
    runs.wait_until_sent()
    runs.begin()
    users = [runs.scripted.desk.user]
    runs.runs.take_back_tag(lambda: users)
    for thread in threading.enumerate():
        if thread.name == "comfycontrol-lent-tag":
            thread.join(10)
    assert runs.scripted.runner["tags"] == ["gpu"]


def test_what_cannot_work_is_said_at_once(runs: Runs) -> None:
    assert code_of(runs.start) == "not_registered"
    assert runs.runs.progress is None


def test_a_fault_of_our_own_ends_in_words_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(runs)
    monkeypatch.setattr(TestRun, "go", lambda _: 1 / 0)
    outcome = runs.run_through()
    assert outcome.code == "internal"
    assert outcome_sentence(outcome, "message", "en")


def test_without_a_person_a_run_is_made_once_for_each_address(runs: Runs) -> None:
    registered(runs)
    user = runs.scripted.desk.user
    runs.go_on.set()
    for _ in range(3):
        runs.runs.start_unless_known(user)
        runs.ended()
    assert len(runs.scripted.sent) == 1
    runs.scripted.desk.change(endpoint="https://new.example.com")
    runs.runs.start_unless_known(user)
    runs.ended()
    assert len(runs.scripted.sent) == 2


def test_the_log_says_how_it_ended_and_nothing_of_anybody(runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    registered(runs)
    wildcard = runs.scripted.other["id"]
    runs.scripted.said = [{"status": "accepted", "user_runner_id": wildcard, "exception_message": "s3cr3t"}]
    with caplog.at_level(logging.INFO):
        runs.run_through()
    (line,) = (record.getMessage() for record in caplog.records if "test workflow" in record.getMessage())
    assert "Another runner took the test workflow" in line
    assert "Other" not in line
    assert "s3cr3t" not in line


@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_an_error_that_ends_a_run_is_told_as_everywhere(language: str) -> None:
    error = NoConnectionError("not_the_service", status=403)
    outcome = outcome_of_error(error)
    assert outcome_sentence(outcome, "message", language) == error.message_in(language)
