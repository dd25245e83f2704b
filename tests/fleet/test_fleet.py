"""Sixty ComfyUIs, each a process of its own with the pack in it, behind one address of a rate limited service."""

import sys
from collections import Counter
from collections.abc import Callable

import pytest
from fleet.machines import Fleet

MACHINES = 60
MOST_CALLS = 3

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the fleet's processes are forked"),
    pytest.mark.timeout(180),
]
StartFleet = Callable[..., Fleet]


def one_runner_each(fleet: Fleet) -> None:
    """Nobody is missing, nobody is there twice, and no two machines take themselves for the same runner."""
    assert fleet.missing() == []
    endpoints = Counter(runner["endpoint"] for runner in fleet.double.runners())
    assert endpoints == Counter(machine.endpoint for machine in fleet.machines)
    assert len({machine.runner_id for machine in fleet.machines}) == len(fleet.machines)
    assert {runner["status"] for runner in fleet.double.runners()} == {"active"}


def test_sixty_machines_that_start_at_once_become_sixty_runners(start_fleet: StartFleet) -> None:
    fleet = start_fleet(scale=1)
    for machine in fleet.add(MACHINES):
        fleet.start(machine)
    fleet.wait_until_registered()
    one_runner_each(fleet)
    assert set(fleet.calls_of_a_life()) == {2}
