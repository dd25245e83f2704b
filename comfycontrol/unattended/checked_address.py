"""Where an address leads, without asking for the same one again and again while the service makes us wait."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import SecretStr

from ..models.endpoint import normalise_endpoint
from ..storage.store import Store
from .dependencies import Prove
from .network_watch import LOOK_SECONDS

# The verdicts that say that another ComfyUI answers there.
SOMEBODY_ELSE = frozenset({"other_instance", "copied_instance"})

# Those that leave it open whether an address still leads here, because whoever guards it asks for what we may not send.
STILL_THERE = frozenset(
    {"proven", "redirected", "cloudflare_access", "cloudflare_challenge", "basic_auth", "login_page", "needs_header"}
)


class _Checked(NamedTuple):
    verdict: str
    at: float


class CheckedAddress:
    """The last check of an address.

    Args:
        prove: makes the check.
        memory: knows the runner whose address may have to become another one.
        clock: monotonic seconds.

    """

    def __init__(self, prove: Prove, store: Store, clock: Callable[[], float]) -> None:
        self._prove = prove
        self._store = store
        self._clock = clock
        self._last: dict[str, _Checked] = {}

    def verdict(self, endpoint: str, headers: Mapping[str, SecretStr]) -> str:
        """Say where it leads; what was found within a minute still holds."""
        now = self._clock()
        self._last = {known: last for known, last in self._last.items() if now - last.at < LOOK_SECONDS}
        if endpoint in self._last:
            return self._last[endpoint].verdict
        verdict = self._prove(endpoint, headers).verdict
        # What is not proven may be so in a moment.
        if verdict == "proven" or verdict in SOMEBODY_ELSE or not self._is_waited_for(endpoint):
            self._last[endpoint] = _Checked(verdict, now)
        return verdict

    def _is_waited_for(self, endpoint: str) -> bool:
        """Whether it shall become the address of a runner that has another one: then nothing is done without proof."""
        runner = self._store.load().runner
        return runner is not None and normalise_endpoint(runner.endpoint) != normalise_endpoint(endpoint)
