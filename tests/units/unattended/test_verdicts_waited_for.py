"""An address is checked when something hangs on it, and not again and again while the service makes us wait."""

from pathlib import Path

import pytest
from units.unattended.pod import Pod

from service_double import ServiceDouble

HOME = "https://home.example.com"
NEW = "https://new.example.com"

# The address, what a check finds there, and how many checks a minute of looking every ten seconds takes.
LOOKS = [
    (HOME, "proven", 1),
    (HOME, "timed_out", 1),
    (NEW, "proven", 1),
    (NEW, "other_instance", 1),
    (NEW, "copied_instance", 1),
    # Nothing is done before it is proven, which may be in a moment.
    (NEW, "timed_out", 6),
]


@pytest.mark.parametrize(("endpoint", "found", "checks"), LOOKS)
def test_a_minute_of_looking_costs_one_check_unless_proof_is_waited_for(
    double: ServiceDouble, token: str, tmp_path: Path, endpoint: str, found: str, checks: int
) -> None:
    pod = Pod(double, token, tmp_path, ENDPOINT=HOME)
    pod.settle()
    pod.verdicts[endpoint] = found
    pod.checked.clear()
    for _ in range(6):
        assert pod.reconciler._address.verdict(endpoint, {}).verdict == found
        pod.now += 10
    assert pod.checked == [endpoint] * checks
    pod.reconciler._address.verdict(endpoint, {})
    assert len(pod.checked) == checks + 1


def test_another_address_is_checked_at_once(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    pod = Pod(double, token, tmp_path)
    for endpoint in (HOME, NEW):
        pod.reconciler._address.verdict(endpoint, {})
    assert pod.checked == [HOME, NEW]
