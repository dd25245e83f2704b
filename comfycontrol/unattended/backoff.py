"""How long to wait: spread by chance, so that fifty machines started at once do not ask at once, again and again.

The limit is 40 requests in 10 s for all behind one address, then 10 s in which nothing is processed. Nobody behind the
address knows of the others, so the windows below come from a simulation of 50, 150 and 500 machines
(`docs/unattended.md`, "Fleets"): after a refusal, waiting for the cooldown and half a second at random keeps the
service busy, and wider windows cost more time than they save requests.
"""

import random

# Of the first call. Real machines' starts are spread by more than that already.
START_SECONDS = 2.0
# After a cooldown.
REFUSED_SECONDS = 0.5
# Who has listed the account's runners waits this much longer, so that those who have not are done by then.
OTHERS_SECONDS = 1.0
_COOLDOWN_SECONDS = 10
# The last of 500 machines was refused 24 times. Who is refused more often shares the address with something else.
_PATIENCE = 40
_FAILED_SECONDS = 5.0
_MOST_SECONDS = 300.0


class Backoff:
    """The waiting of one task.

    Args:
        chance: where randomness comes from.

    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._refusals = 0
        self._failures = 0
        self._crowded = False

    def start(self) -> float:
        """Seconds to wait before the first call."""
        return self._chance.uniform(0, START_SECONDS)

    @property
    def is_crowded(self) -> bool:
        """Whether others behind the same address are asking, too."""
        return self._crowded

    def refused(self, retry_after: int | None, *, after_others: bool = False) -> float:
        """Seconds to wait after a 429: as long as the service says, and full jitter.

        `after_others` lets those go first who have not listed the account's runners yet: the list has a page for each
        hundred of them, so a fleet that lists before it grows asks for one page each, and not for five.
        """
        self._crowded = True
        self._refusals += 1
        window = REFUSED_SECONDS * 2.0 ** max(0, min(self._refusals - _PATIENCE, 32))
        others = OTHERS_SECONDS if after_others else 0.0
        return (retry_after or _COOLDOWN_SECONDS) + others + self._chance.uniform(0, min(_MOST_SECONDS, window))

    def turn(self) -> float:
        """Seconds to wait between listing the account's runners and making one, where others are asking, too."""
        return _COOLDOWN_SECONDS + OTHERS_SECONDS + self._chance.uniform(0, REFUSED_SECONDS)

    def failed(self) -> float:
        """Seconds to wait when the service was not there: full jitter over a window that doubles, 5 minutes at most."""
        self._failures += 1
        window = min(_MOST_SECONDS, _FAILED_SECONDS * 2.0 ** min(self._failures, 32))
        # Not at once: whatever was the matter needs a moment.
        return 1.0 + self._chance.uniform(0, window)

    def between(self, least: float, most: float) -> float:
        """Seconds at random."""
        return self._chance.uniform(least, most)

    def well(self) -> None:
        """The service answered."""
        self._refusals = self._failures = 0
