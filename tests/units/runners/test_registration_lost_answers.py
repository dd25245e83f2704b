from pathlib import Path

import pytest
from units.runners.registration_desk import ENDPOINT, IN_VAIN_SECONDS, Desk, code_of, error_of

from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.models.runner import Runner, RunnerExistsError
from service_double import Account, Fault, ServiceDouble

RUNNERS = "/v1/runner"
LOST_AFTER_WORK = [
    Fault.close_after(method="POST"),
    Fault.answer_after_work(502, "<h1>Bad gateway</h1>", method="POST"),
    Fault.answer_after_work(500, '{"status": 500, "message": "oops"}', method="POST"),
    Fault.answer_after_work(200, "<h1>Welcome</h1>", method="POST"),
    Fault.answer_after_work(201, "", method="POST"),
    Fault.slow(seconds=30, method="POST"),
]
LOST_BEFORE_WORK = [
    (Fault.close_before(method="POST"), "answer_lost"),
    (Fault.hang(method="POST"), "answer_lost"),
    (Fault.answer(200, "<h1>Welcome</h1>", method="POST"), "answer_lost"),
    (Fault.answer(502, "<h1>Bad gateway</h1>", method="POST"), "service_trouble"),
    (Fault.answer(503, '{"status": 503, "message": "maintenance"}', method="POST"), "service_trouble"),
]


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    desk = Desk(double, token, tmp_path, silence_seconds=IN_VAIN_SECONDS)
    desk.connect()
    double.forget_calls()
    return desk


@pytest.mark.parametrize("fault", LOST_AFTER_WORK)
def test_a_runner_whose_answer_was_lost_is_found_and_not_made_again(
    desk: Desk, double: ServiceDouble, fault: Fault
) -> None:
    double.plan(fault)
    runner = desk.register(headers={"X-Key": "s3cr3t"})
    assert desk.calls == ["GET /v1/runner", "POST /v1/runner", "GET /v1/runner"]
    (held,) = double.runners()
    assert runner.id == held["id"]
    assert desk.status().state == "registered"
    assert double.complaints == []


@pytest.mark.parametrize(("fault", "code"), LOST_BEFORE_WORK)
def test_a_runner_that_is_not_there_is_not_made_behind_ones_back(
    desk: Desk, double: ServiceDouble, fault: Fault, code: str
) -> None:
    double.plan(fault)
    assert code_of(desk.register) == code
    assert desk.calls == ["GET /v1/runner", "POST /v1/runner", "GET /v1/runner"]
    assert double.runners() == []
    assert desk.status().state == "not_registered"

    desk.register()
    assert len(double.runners()) == 1
    assert desk.status().state == "registered"


@pytest.mark.parametrize("fault", LOST_AFTER_WORK)
@pytest.mark.parametrize(
    "looking",
    [Fault.close_before(), Fault.answer(503), Fault.answer(429), Fault.answer(401, '{"status": 401, "message": "no"}')],
)
def test_when_looking_fails_too_it_says_so_and_the_next_press_finds_it(
    desk: Desk, double: ServiceDouble, fault: Fault, looking: Fault
) -> None:
    # The first listing is answered; the second, after the lost answer, is not.
    double.plan(Fault.slow(seconds=0, method="GET", path=RUNNERS), fault)
    double.plan(Fault(looking.misbehaviour, "GET", RUNNERS))
    assert code_of(desk.register) == "outcome_unknown"
    assert len(double.runners()) == 1
    # It only says what it knows.
    assert desk.status().state in {"not_registered", "needs_attention"}
    assert not desk.status().registered

    error = error_of(desk.register)
    assert isinstance(error, RunnerExistsError)
    assert desk.register(take_over=error.candidates[0].id).id == double.runners()[0]["id"]
    assert len(double.runners()) == 1
    assert desk.status().state == "registered"


def test_an_old_runner_is_not_taken_for_the_new_one(desk: Desk, double: ServiceDouble, account: Account) -> None:
    old = double.add_runner(account, name="Mine", endpoint=ENDPOINT)
    double.plan(Fault.close_before(method="POST"))
    assert code_of(lambda: desk.register(make_second=True)) == "answer_lost"
    assert [held["id"] for held in double.runners()] == [old["id"]]
    assert not desk.status().registered


def test_what_somebody_else_made_meanwhile_is_not_taken_for_ours(
    desk: Desk, double: ServiceDouble, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.plan(Fault.hang(method="POST"))
    listings = 0
    list_runners = ComfyControlClient.runners

    def runners(client: ComfyControlClient) -> list[Runner]:
        nonlocal listings
        listings += 1
        if listings == 2:
            double.add_runner(account, name="Theirs", endpoint="https://theirs.example.com")
            double.add_runner(account, name="Mine", endpoint="https://theirs.example.com")
        return list_runners(client)

    monkeypatch.setattr(ComfyControlClient, "runners", runners)
    assert code_of(desk.register) == "answer_lost"
    assert listings == 2
    assert not desk.status().registered


@pytest.mark.parametrize(
    "fault",
    [Fault.close_after(method="PUT"), Fault.answer_after_work(502, method="PUT"), Fault.slow(seconds=30, method="PUT")],
)
def test_a_change_whose_answer_was_lost_is_not_claimed_and_seen_at_the_next_look(
    desk: Desk, double: ServiceDouble, fault: Fault
) -> None:
    desk.register()
    double.plan(fault)
    assert code_of(lambda: desk.change(name="Renamed")) in {"service_unreachable", "service_trouble", "service_timeout"}
    known = desk.status().runner
    assert known is not None
    assert known.name == "Mine"

    refreshed = desk.status(refresh=True).runner
    assert refreshed is not None
    assert refreshed.name == "Renamed"
    assert desk.change(name="Again").name == "Again"
    assert len(double.runners()) == 1
