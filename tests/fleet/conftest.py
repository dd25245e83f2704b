"""The double with its rate limit on, and room for a fleet."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fleet.machines import Fleet

from service_double import ServiceDouble

SCALE = 4


@pytest.fixture
def start_fleet(tmp_path: Path) -> Iterator[Callable[..., Fleet]]:
    """Opens the service and the fleet's folder; `scale` runs their time faster, the limit's and the waiting's alike."""
    opened: list[tuple[ServiceDouble, Fleet]] = []

    def start(scale: float = SCALE) -> Fleet:
        import time

        double = ServiceDouble(clock=lambda: time.monotonic() * scale)
        double.start()
        account = double.add_account("Studio", tier="enterprise")
        double.enforce_rate_limit = True
        fleet = Fleet(tmp_path, double, account, scale)
        opened.append((double, fleet))
        return fleet

    yield start
    for double, fleet in opened:
        fleet.__exit__(None, None, None)
        assert double.complaints == []
        double.stop()
