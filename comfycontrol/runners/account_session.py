"""Calls to the service for this instance's account: which token they use, and what is learnt from each."""

import hmac
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from pydantic import SecretStr

from ..api.client import ComfyControlClient
from ..clock import utc_now
from ..comfyui import ComfyUser
from ..configuration.environment import Environment
from ..errors import (
    ComfyControlError,
    NotAllowedError,
    RefusedByServiceError,
    ServiceError,
    WrongStateError,
)
from ..log import LOGGER
from ..models.runner import Account, Runner
from ..models.token import token_hint
from ..storage.remembered import Remembered
from ..storage.store import Store
from ..storage.token_seal import TokenSeal, is_bound
from .state import is_reachable

# Refusals that the next call would meet as well.
_LASTING = {"rate_limited", "access_denied"}


class Trouble(NamedTuple):
    """Why the last call failed, and from when on (monotonic seconds) the service may be called again."""

    error: ServiceError
    until: float


class AccountSession:
    """The account's token, and the calls made with it; safe to share between threads.

    Args:
        store: what the instance remembers.
        seal: opens the tokens that are stored in the settings.
        open_client: makes a client for a token.
        on_trouble: called when the service stops answering, or answers again.
        clock: monotonic seconds.
        environment: what the operator decided; its token takes the place of the stored ones.

    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each of its parts
        self,
        store: Store,
        seal: TokenSeal,
        open_client: Callable[[SecretStr], ComfyControlClient],
        on_trouble: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        environment: Environment | None = None,
    ) -> None:
        self.store = store
        self.seal = seal
        self.lock = threading.Lock()
        self.open_client = open_client
        self.environment = environment or Environment({})
        self._on_trouble = on_trouble
        self._clock = clock
        self._trouble: Trouble | None = None

    @property
    def remembered(self) -> Remembered:
        """What this instance remembers, read anew each time."""
        return self.store.load()

    @property
    def trouble(self) -> ServiceError | None:
        """Why the last call failed; None if it did not."""
        return self._trouble.error if self._trouble else None

    @property
    def seconds_to_wait(self) -> int | None:
        """How long the service wants to be left alone; None if it may be called."""
        seconds = math.ceil(self._trouble.until - self._clock()) if self._trouble else 0
        return seconds if seconds > 0 else None

    def token_of(self, user: ComfyUser) -> SecretStr:
        """Give the token of the environment, or else the one that is stored for this ComfyUI user.

        Anybody can write the settings in which it is stored. So they are ignored while no account is remembered, and
        after that only the sealed text that was issued last is accepted. For a text of an earlier release, `client_of`
        asks the service whose token it is before using it.

        Raises:
            WrongStateError: `not_connected`, `token_unreadable`.
            MachineError: `cryptography_missing`, `storage_failed`, `environment_invalid`, `secret_file_unreadable`.

        """
        given = self.environment.token()
        if given is not None:
            return given
        remembered = self.remembered
        if not user.sealed_token or remembered.account is None:
            raise WrongStateError("not_connected")
        issued = remembered.was_issued(user.id, user.sealed_token)
        if issued is False or (issued is None and is_bound(user.sealed_token)):
            raise WrongStateError("token_unreadable")
        return self.seal.open(user.sealed_token, user.id, remembered.account.id)

    @contextmanager
    def client_of(self, user: ComfyUser) -> Iterator[ComfyControlClient]:
        """Give a client with the user's token, and note whether the service answers and still accepts that token.

        Raises:
            WrongStateError: `not_connected`, `token_unreadable`.
            NotAllowedError: `other_account`: the environment's token belongs to another account than the remembered
                one, which is then forgotten with its owners and its runner. The volume may have been somebody else's.

        """
        token = self.token_of(user)
        with self.open_client(token) as client:
            try:
                if not self._is_known(token, user):
                    self._learn_account(client.account(), token, user)
                yield client
            except RefusedByServiceError as error:
                if error.code == "token_rejected":
                    self.note_rejection()
                self._note(error if error.code in _LASTING else None)
                raise
            except ServiceError as error:
                self._note(error)
                raise
            except ComfyControlError:
                # Raised by us, after the service had answered.
                self._note(None)
                raise
        self._note(None)
        if self.remembered.attention == "token_rejected":
            self._set_attention(None)

    @contextmanager
    def exclusive_client_of(self, user: ComfyUser) -> Iterator[ComfyControlClient]:
        """The same, for one caller at a time: two clicks, two tabs or ten requests must make only one runner."""
        with self.lock, self.client_of(user) as client:
            yield client

    def confirm(self, user: ComfyUser) -> None:
        """Make sure that what is remembered belongs to the token's account; calls the service if necessary."""
        if not self._is_known(self.token_of(user), user):
            with suppress(NotAllowedError), self.client_of(user):
                pass

    def runner_id(self) -> str:
        """Give the id of this instance's runner.

        Raises:
            WrongStateError: `not_registered`, or `runner_gone` when the service no longer has it.

        """
        remembered = self.remembered
        if remembered.runner is None:
            raise WrongStateError("not_registered")
        if remembered.attention == "runner_gone":
            raise WrongStateError("runner_gone")
        return remembered.runner.id

    def remember(self, runner: Runner, what: str | None) -> Runner:
        """Remember this instance's runner as the service has it. `what` was done to it goes into the log."""
        kept = runner.without_mark()

        def seen(was: Remembered) -> Remembered:
            attention = None if was.attention == "runner_gone" else was.attention
            last_run = was.last_run.after(runner) if was.last_run else None
            now = {"runner": kept, "attention": attention, "seen_at": utc_now(), "last_run": last_run}
            return was.model_copy(update=now)

        self.store.update(seen)
        if what:
            LOGGER.info("ComfyControl: runner %s of this instance was %s.", runner.id, what)
            if not is_reachable(runner):
                LOGGER.warning("ComfyControl: its address is not public, so workflows cannot reach it.")
        return kept

    def note_rejection(self) -> None:
        """Remember that the service no longer accepts this instance's token."""
        self._set_attention("token_rejected")
        # A mounted secret may have been replaced since it was read.
        self.environment.look_again()
        LOGGER.warning("ComfyControl rejected the API token of this instance.")

    def forget_rejection(self) -> None:
        """Let the token be tried again, because it may be a new one."""
        if self.remembered.attention == "token_rejected":
            self._set_attention(None)

    def note_gone(self, error: RefusedByServiceError) -> None:
        """Remember that the service no longer has the runner, if that is the error."""
        if error.code == "runner_gone":
            self._set_attention("runner_gone")
            LOGGER.warning("ComfyControl no longer has this instance's runner.")

    def _is_known(self, token: SecretStr, user: ComfyUser) -> bool:
        """Whether the service has confirmed that the token belongs to the remembered account, if there is one."""
        remembered = self.remembered
        if remembered.account is None:
            return True
        if self.environment.gives_token:
            return hmac.compare_digest(remembered.token_mark, self.seal.mark(token))
        return bool(remembered.was_issued(user.id, user.sealed_token or ""))

    def _learn_account(self, account: Account, token: SecretStr, user: ComfyUser) -> None:
        given = self.environment.gives_token
        known = {"token_hint": token_hint(token), "token_mark": self.seal.mark(token)}

        def learnt(was: Remembered) -> Remembered:
            if was.account is not None and was.account.id == account.id:
                return was.model_copy(update=known) if given else was.with_issued(user.id, user.sealed_token or "")
            if not given:
                raise WrongStateError("token_unreadable")
            return Remembered(instance_id=was.instance_id, account=account, **known)

        before = self.remembered.account
        after = self.store.update(learnt).account
        if before is not None and after is not None and before.id != after.id:
            raise NotAllowedError("other_account")

    def _set_attention(self, attention: str | None) -> None:
        self.store.update(lambda was: was.model_copy(update={"attention": attention}))

    def _note(self, error: ServiceError | None) -> None:
        was = self._trouble
        self._trouble = Trouble(error, self._clock() + (error.retry_after or 0)) if error else None
        if (was.error.code if was else None) != (error.code if error else None):
            self._on_trouble()
