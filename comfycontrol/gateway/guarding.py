"""Guarding this instance's runner: the port is open, and ComfyControl sends the key, a header of the runner.

The service's documentation does not say whether it merges headers, so a change sends them all: the values of the other
ones are read, pass through memory, and are forgotten.
"""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import SecretStr

from ..comfyui import ComfyUser
from ..models.runner import Runner, RunnerChange, RunnerDraft
from ..runners.account_session import AccountSession
from ..runners.registration import Registration
from .guarded_port import GuardedPort
from .keys import KEY_HEADER

_Wanted = TypeVar("_Wanted", RunnerDraft, RunnerChange)


class Guarding:
    """Puts the key of the guarded port among a runner's headers, and takes it out.

    Args:
        session: the account's token and the calls made with it.
        registration: changes this instance's runner.
        port: the guarded port.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(self, session: AccountSession, registration: Registration, port: GuardedPort) -> None:
        self._session = session
        self._registration = registration
        self._port = port

    @property
    def is_guarded(self) -> bool:
        """Whether the port is open and the service has a key for it, as far as is known here."""
        runner = self._session.remembered.runner
        return self._port.status().state == "open" and runner is not None and has_key(runner)

    def applied(self, user: ComfyUser, wanted: _Wanted, *, guard: bool | None, runner_id: str | None) -> _Wanted:
        """Give what is wanted of a runner with the key among its headers, or without it.

        Args:
            user: whose token to use.
            wanted: the values.
            guard: whether only ComfyControl is to get in; None leaves that as it is.
            runner_id: the runner that is changed, if there is one: headers that were not given are its own. One call.

        """
        if guard is None:
            if not self.is_guarded or wanted.headers is None or "headers" not in wanted.model_fields_set:
                return wanted
            # A change of the other headers must not lock ComfyControl out.
            guard = True
        key = self.opened() if guard else None
        given = "headers" in wanted.model_fields_set and wanted.headers is not None
        headers = wanted.headers if given else self._headers_of(user, runner_id)
        return wanted.model_copy(update={"headers": with_key(headers or {}, key)})

    def settled(self, *, guard: bool | None) -> None:
        """Do what is left after a change has arrived at the service: without the key, the port is of no use."""
        if guard is False:
            self._port.close()

    def opened(self) -> SecretStr:
        """Open the port, and give its key.

        Raises:
            MachineError: why it cannot be opened: `guarded_port_taken` and others.

        """
        status = self._port.open()
        if status.problem is not None:
            raise status.problem
        return SecretStr(self._port.current_key())

    def end(self, user: ComfyUser) -> None:
        """Take the key out of the runner's headers, if there is a runner, and close the port."""
        runner = self._session.remembered.runner
        if runner is not None and has_key(runner):
            self._change(user, runner, None)
        self._port.close()

    def renew_key(self, user: ComfyUser) -> None:
        """Give ComfyControl a new key; the old one opens the port until it has arrived there."""
        runner = self._session.remembered.runner
        key = SecretStr(self._port.new_key())
        if runner is not None and has_key(runner):
            self._change(user, runner, key)
        self._port.settle_key()

    def _change(self, user: ComfyUser, runner: Runner, key: SecretStr | None) -> None:
        headers = with_key(self._headers_of(user, runner.id), key)
        self._registration.change(user, RunnerChange.model_construct(headers=headers))

    def _headers_of(self, user: ComfyUser, runner_id: str | None) -> dict[str, SecretStr]:
        if runner_id is None:
            return {}
        with self._session.client_of(user) as client:
            return client.headers_of(runner_id)


def has_key(runner: Runner) -> bool:
    """Whether some key is among the runner's headers."""
    return any(name.lower() == KEY_HEADER.lower() for name in runner.header_names)


def with_key(headers: Mapping[str, SecretStr], key: SecretStr | None) -> dict[str, SecretStr]:
    """Give the headers with this key and no other; without any for None."""
    others = {name: value for name, value in headers.items() if name.lower() != KEY_HEADER.lower()}
    return others if key is None else {**others, KEY_HEADER: key}
