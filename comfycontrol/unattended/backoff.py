"""How long to wait, randomised so that fifty machines started together do not keep calling at the same moment.

The limit is 40 requests in 10 s for all behind one IP address, then 10 s in which nothing is processed. No machine
knows of the others, so the windows below come from a simulation of 50, 150 and 500 machines (`docs/unattended.md`,
"Fleets"): after a refusal, waiting for the cooldown and up to half a second keeps the service busy, and wider windows
cost more time than they save requests.
"""

import random

# Before the first call. The starts of real machines are spread by more than that anyway.
START_SECONDS = 2.0
# After a cooldown.
REFUSED_SECONDS = 0.5
# Machines that have listed the account's runners wait this much longer, so that the others are done by then.
OTHERS_SECONDS = 1.0
_COOLDOWN_SECONDS = 10
# The last of 500 machines was refused 24 times. More often means that something else uses the same IP address.
_PATIENCE = 40
_FAILED_SECONDS = 5.0
_MOST_SECONDS = 300.0


class Backoff:
    """The waiting of one task.

    Args:
        chance: the source of randomness.

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
        """Whether others behind the same IP address are calling as well."""
        return self._crowded

    def refused(self, retry_after: int | None, *, after_others: bool = False) -> float:
        """Seconds to wait after a 429: as long as the service says, and full jitter.

        `after_others` lets those go first that have not listed the account's runners yet. The list has a page for every
        hundred, so machines of a fleet that list before it grows ask for one page each instead of five.
        """
        self._crowded = True
        self._refusals += 1
        window = REFUSED_SECONDS * 2.0 ** max(0, min(self._refusals - _PATIENCE, 32))
        others = OTHERS_SECONDS if after_others else 0.0
        return (retry_after or _COOLDOWN_SECONDS) + others + self._chance.uniform(0, min(_MOST_SECONDS, window))

    def turn(self) -> float:
        """Seconds to wait between listing the account's runners and creating one, if others are calling as well."""
        return _COOLDOWN_SECONDS + OTHERS_SECONDS + self._chance.uniform(0, REFUSED_SECONDS)

    def failed(self) -> float:
        """Seconds to wait if the service cannot be reached: full jitter over a window that doubles up to 5 minutes."""
        self._failures += 1
        window = min(_MOST_SECONDS, _FAILED_SECONDS * 2.0 ** min(self._failures, 32))
        # At least a second, for whatever was the matter to pass.
        return 1.0 + self._chance.uniform(0, window)

    def between(self, least: float, most: float) -> float:
        """A random number of seconds."""
        return self._chance.uniform(least, most)

    def well(self) -> None:
        """The service answered."""
        self._refusals = self._failures = 0
