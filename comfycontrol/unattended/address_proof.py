"""Whether an address may be sent to the service without a person looking at it."""

from collections.abc import Mapping

from pydantic import SecretStr

from ..address_check.verdicts import ASKS_FOR_HEADERS, SOMEBODY_ELSE, Verdict
from ..models.endpoint import same_endpoint
from ..models.runner import Runner
from . import log_messages
from .dependencies import Dependencies, Mode
from .desired_runner import DesiredRunner
from .log_messages import TroubleLog


class AddressProof:
    """Judges addresses for one reconciler.

    Args:
        parts: what the reconciler works with.
        mode: with `address`, only proven addresses are fit, because no operator has named one.
        trouble_log: is told why an address is not fit.

    """

    def __init__(self, parts: Dependencies, mode: Mode, trouble_log: TroubleLog) -> None:
        self._parts = parts
        self._mode = mode
        self._trouble_log = trouble_log

    def may_move(self, runner: Runner, desired: DesiredRunner) -> bool:
        """Whether the runner's address may be changed to the desired one."""
        if same_endpoint(runner.endpoint, desired.endpoint):
            return True
        if self._mode == "address" and self.verdict(runner.endpoint, {}).verdict in {"proven", *ASKS_FOR_HEADERS}:
            # The owner's gateway leads here, or may well do; this machine's own address is no improvement.
            return False
        return self.is_fit(desired, log_messages.NOT_PROVEN)

    def verdict(self, endpoint: str, headers: Mapping[str, SecretStr]) -> Verdict:
        """Where an address leads; a result of the last minute is good enough, unless proof is being waited for."""
        monitor, runner = self._parts.address_monitor, self._parts.session.remembered.runner
        waits = runner is not None and not same_endpoint(runner.endpoint, endpoint)
        found = monitor.recent(endpoint)
        if found is None or (waits and found.verdict not in {"proven", *SOMEBODY_ELSE}):
            found = monitor.check(endpoint, headers)
        return found

    def is_fit(self, desired: DesiredRunner, not_proven: str) -> bool:
        """Whether it is proven or an operator's, and neither another instance's nor, if guarded, open to anybody."""
        verdict = self.verdict(desired.endpoint, desired.proof_headers)
        if verdict.verdict in SOMEBODY_ELSE:
            self._trouble_log.trouble_is("taken_address", log_messages.TAKEN_ADDRESS)
            return False
        if desired.guarded and verdict.way == "open":
            self._trouble_log.trouble_is("open_address", log_messages.OPEN_ADDRESS)
            return False
        if verdict.verdict != "proven" and (self._mode == "address" or not desired.is_configured):
            # ComfyUI serves its log to anyone: where a redirect leads is for the owner.
            seen = verdict.verdict if "to" in verdict.values else verdict.message
            self._trouble_log.trouble_is(f"not_proven {verdict.verdict}", f"{not_proven} Seen there: {seen}")
            return False
        return True
