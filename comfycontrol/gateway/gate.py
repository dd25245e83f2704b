"""Judges what arrives at the guarded port, and counts what is refused."""

from collections.abc import Sequence

from .decision import Decision, Facts, Key, decide
from .keys import RunnerKeys
from .refusals import Refusals


class Gate:
    """What the listening side asks about each request; quick enough for ComfyUI's loop.

    Args:
        keys: the keys that open it.
        refusals: where refusals are counted.

    """

    def __init__(self, keys: RunnerKeys, refusals: Refusals) -> None:
        self.whole_api = False
        self._keys = keys
        self._refusals = refusals

    def key_in(self, lines: Sequence[str]) -> Key:
        """Say what the lines of the key's header hold."""
        return self._keys.judge(lines)

    def admit(self, facts: Facts, path: str) -> Decision:
        """Judge a request.

        Args:
            facts: what it is.
            path: as it was sent; only counted, never judged.

        """
        decision = decide(facts, whole_api=self.whole_api)
        if decision is Decision.UNAUTHORIZED:
            self._refusals.count_key(is_missing=facts.key == "missing")
        elif decision is Decision.FORBIDDEN:
            self._refusals.count_path(facts.method, path)
        return decision
