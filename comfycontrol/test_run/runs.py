"""The test runs of this instance: one at a time, each in a thread of its own, and the last one remembered."""

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial

from ..clock import utc_now
from ..comfyui import ComfyUser
from ..errors import ComfyControlError, MachineError
from ..log import LOGGER
from ..models.runner import Runner
from ..models.test_run import RAN, STEPS, LastRun, Outcome, Progress, Step, StepName
from ..runners.account_session import AccountSession
from ..storage.remembered import Remembered
from . import lent_tag
from .judgement import Place, steps_up_to
from .outcomes import GIVEN_UP, outcome_of_error, told
from .run import GivenUpError, TestRun, Watch

# Until a tag that could not be taken away is tried again.
_AGAIN_SECONDS = 60.0
# How long disconnecting waits for the tag to be taken away: after that there is no token to do it with.
_PATIENCE_SECONDS = 5.0


class TestRuns:
    """Starts test runs and tells how they stand; safe to share between threads.

    Args:
        session: the account's token and the calls made with it.
        place_of: where this ComfyUI has a prompt.
        on_change: called at each step.
        make_run: makes a run; replaced in tests.
        pause: waits so many seconds.

    """

    def __init__(
        self,
        session: AccountSession,
        place_of: Callable[[str], Place],
        on_change: Callable[[], None] = lambda: None,
        make_run: Callable[[AccountSession, ComfyUser, Watch], TestRun] = TestRun,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._place_of = place_of
        self._on_change = on_change
        self._make_run = make_run
        self._pause = pause
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def progress(self) -> Progress | None:
        """The run of this process that was started last; None if there was none."""
        return self._progress

    @property
    def is_under_way(self) -> bool:
        """Whether a run goes on."""
        return self._progress is not None and self._progress.outcome is None

    def start(self, user: ComfyUser) -> Progress:
        """Start a run, or give the one that is under way.

        Raises:
            WrongStateError: `not_connected`, `token_unreadable`, `not_registered`, `runner_gone`.

        """
        # What can be known at once is said at once.
        self._session.token_of(user)
        self._session.runner_id()
        with self._lock:
            if self._progress is None or not self.is_under_way:
                self._stop = threading.Event()
                self._progress = Progress(id=secrets.token_hex(8), started_at=utc_now())
                # A daemon, so that ComfyUI does not wait for it when it exits.
                self._thread = threading.Thread(
                    target=self._run, args=(user, self._stop), name="comfycontrol-test-run", daemon=True
                )
                self._thread.start()
            return self._progress

    def start_unless_known(self, user: ComfyUser) -> None:
        """Start a run where none has been made with the runner as it is."""
        remembered = self._session.remembered
        runner, last = remembered.runner, remembered.last_run
        if runner is not None and not (last and last.is_of(runner)) and not self.is_under_way:
            self.start(user)

    def give_up(self, *, wait: bool = False) -> Progress | None:
        """End the run that is under way; the workflow that was sent still runs. With `wait`, until its tag is gone."""
        self._stop.set()
        thread = self._thread
        if wait and thread is not None:
            thread.join(_PATIENCE_SECONDS)
        return self._progress

    def take_back_tag(self, users: Callable[[], list[ComfyUser]]) -> None:
        """Take away the tag that a run of an earlier process has left, in the background."""
        if self._session.remembered.tag_lent_to is not None and not self.is_under_way:
            threading.Thread(
                target=self._take_back, args=(users, self._stop), name="comfycontrol-lent-tag", daemon=True
            ).start()

    def _run(self, user: ComfyUser, stop: threading.Event) -> None:
        watch = Watch(partial(_wait, stop), self._place_of, self._reached)
        run = self._make_run(self._session, user, watch)
        try:
            outcome = run.go()
        except GivenUpError:
            outcome = Outcome(code=GIVEN_UP, at=utc_now())
        except ComfyControlError as error:
            outcome = outcome_of_error(error)
        except Exception as error:  # noqa: BLE001 - whatever happens, the run has to end in words
            LOGGER.error("ComfyControl failed with %s during a test run.", type(error).__name__)
            outcome = outcome_of_error(MachineError("internal"))
        self._end(outcome, run.runner)
        self._take_back(lambda: [user], stop)

    def _reached(self, step: StepName) -> None:
        was = self._progress
        if was is None:
            return
        seen = {one.step for one in was.steps}
        new = tuple(Step(step=one, at=utc_now()) for one in steps_up_to(step) if one not in seen)
        if new:
            self._progress = was.model_copy(update={"steps": (*was.steps, *new)})
            self._on_change()

    def _end(self, outcome: Outcome, runner: Runner | None) -> None:
        if outcome.code == RAN:
            self._reached(STEPS[-1])
        if outcome.code != GIVEN_UP and runner is not None:
            self._remember(outcome, runner)
        if self._progress is not None:
            self._progress = self._progress.model_copy(update={"outcome": outcome})
        log = LOGGER.info if outcome.code == RAN else LOGGER.warning
        log("ComfyControl: %s", told(outcome))
        self._on_change()

    def _remember(self, outcome: Outcome, runner: Runner) -> None:
        mark = runner.headers_mark
        last = LastRun(outcome=outcome, runner_id=runner.id, endpoint=runner.endpoint, headers_mark=mark)

        def remembered(was: Remembered) -> Remembered:
            # It may have been disconnected meanwhile.
            return was.model_copy(update={"last_run": last}) if was.runner else was

        try:
            self._session.store.update(remembered)
        except MachineError as error:
            LOGGER.warning("ComfyControl: the test run could not be saved. %s", error.message)

    def _take_back(self, users: Callable[[], list[ComfyUser]], stop: threading.Event) -> None:
        """Take the tag away; again every minute until it is gone, another run has begun, or there is no account."""
        while True:
            for user in users():
                try:
                    lent_tag.take_back(self._session, user)
                except ComfyControlError as error:  # noqa: PERF203 - each user by itself
                    LOGGER.debug("ComfyControl: the tag of the test run is still there: %s.", error.code)
            if self._session.remembered.tag_lent_to is None or stop is not self._stop:
                return
            self._pause(_AGAIN_SECONDS)


def _wait(stop: threading.Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise GivenUpError
