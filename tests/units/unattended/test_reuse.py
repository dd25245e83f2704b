"""Pods without a volume take over what dead ones left, and never what lives or what another has just taken."""

from pathlib import Path

import pytest
from units.unattended.pod import SOON, Pod

from service_double import Account, Fault, ServiceDouble


@pytest.fixture(autouse=True)
def _no_rate_limit(double: ServiceDouble) -> None:
    double.enforce_rate_limit = False


@pytest.fixture
def account(double: ServiceDouble) -> Account:
    # Its tier is none that could get in the way.
    return double.add_account("Ada Lovelace", tier="enterprise")


def pod(double: ServiceDouble, token: str, folder: Path, number: int = 1) -> Pod:
    address = f"https://pod-{number}.example.com"
    return Pod(double, token, folder / str(number), seed=number, ENDPOINT=address, REUSE="render-", NAME="{pod}")


def test_a_dead_pods_runner_is_taken_over_and_nothing_of_it_stays(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path
) -> None:
    double.add_runner(
        account, name="render-old", endpoint="https://dead.example.com", tags=["old"], headers={"X-Key": "of the dead"}
    )
    double.set_status(double.runners()[0]["id"], "disabled")
    one = pod(double, token, tmp_path)
    one.settle()
    [runner] = double.runners()
    assert runner["endpoint"] == "https://pod-1.example.com"
    assert (runner["status"], runner["tags"], runner["headers"]) == ("active", [], {})
    # So that it can be taken over again, whatever the name is made of.
    assert runner["name"].startswith("render-")


NOT_FREE = [
    ("render-busy", "active"),
    ("studio", "disabled"),
]


@pytest.mark.parametrize(("name", "status"), NOT_FREE)
def test_a_runner_in_service_or_of_another_name_is_left_alone(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path, name: str, status: str
) -> None:
    double.add_runner(account, name=name, endpoint="https://other.example.com")
    double.set_status(double.runners()[0]["id"], status)
    pod(double, token, tmp_path).settle()
    assert sorted(runner["endpoint"] for runner in double.runners()) == [
        "https://other.example.com",
        "https://pod-1.example.com",
    ]


def test_who_wrote_last_keeps_it_and_the_other_looks_for_another(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path
) -> None:
    double.add_runner(account, name="render-old", endpoint="https://dead.example.com")
    double.set_status(double.runners()[0]["id"], "disabled")
    one, two = pod(double, token, tmp_path, 1), pod(double, token, tmp_path, 2)
    # Both have listed and chosen before either looks whose address stands there.
    one_reads = one.reconciler.step()
    double.set_status(double.runners()[0]["id"], "disabled")
    two_reads = two.reconciler.step()
    assert double.runners()[0]["endpoint"] == "https://pod-2.example.com"
    one.now += one_reads
    two.now += two_reads
    one.settle()
    two.settle()
    found = sorted(runner["endpoint"] for runner in double.runners())
    assert found == ["https://pod-1.example.com", "https://pod-2.example.com"]
    assert one.remembered.runner is not None
    assert two.remembered.runner is not None
    assert one.remembered.runner.id != two.remembered.runner.id


@pytest.mark.parametrize("slots", [0, 5, 10, 13])
def test_ten_pods_at_once_end_as_ten_runners_and_use_what_is_free(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path, slots: int
) -> None:
    for number in range(slots):
        runner = double.add_runner(account, name=f"render-{number}", endpoint=f"https://dead-{number}.example.com")
        double.set_status(runner["id"], "disabled")
    pods = [pod(double, token, tmp_path, number) for number in range(10)]
    # In turns, as pods that know nothing of each other do: whoever's time has come takes the next step.
    waiting = list(pods)
    while waiting:
        earliest = min(waiting, key=lambda one: one.now)
        if earliest.step() >= SOON:
            waiting.remove(earliest)
    alive = [runner for runner in double.runners() if runner["status"] == "active"]
    assert sorted(runner["endpoint"] for runner in alive) == sorted(f"https://pod-{n}.example.com" for n in range(10))
    assert len(double.runners()) == max(10, slots)


def test_a_lost_answer_to_taking_over_takes_over_no_second(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path
) -> None:
    for number in range(2):
        runner = double.add_runner(account, name=f"render-{number}", endpoint=f"https://dead-{number}.example.com")
        double.set_status(runner["id"], "disabled")
    double.plan(Fault.close_after(method="PUT"))
    one = pod(double, token, tmp_path)
    one.settle()
    assert sorted(runner["status"] for runner in double.runners()) == ["active", "disabled"]
