from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from units.runners.registration_desk import Desk, code_of

from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from service_double import Fault, ServiceDouble


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    return Desk(double, token, tmp_path)


def at_once(*actions: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]


def test_ten_clicks_at_once_make_one_runner(desk: Desk, double: ServiceDouble) -> None:
    desk.connect()
    double.plan(Fault.slow(seconds=0.1, method="POST"))
    made = at_once(*[desk.register] * 10)
    assert len(double.runners()) == 1
    assert len(double.calls_of("POST")) == 1
    assert len({getattr(runner, "id", None) for runner in made}) == 1
    assert double.complaints == []


def test_ten_clicks_at_once_whose_first_answer_is_lost_make_one_runner(desk: Desk, double: ServiceDouble) -> None:
    desk.connect()
    double.plan(Fault.close_after(method="POST"))
    at_once(*[desk.register] * 10)
    assert len(double.runners()) == 1


def test_two_tabs_that_save_the_token_at_once_both_work(desk: Desk, double: ServiceDouble) -> None:
    connections = []

    def connect() -> None:
        connections.append(desk.ownership.connect(SecretStr(desk.token), desk.user, ""))

    at_once(connect, connect)
    for connection in connections:
        desk.user = ComfyUser(desk.user.id, connection.sealed_token)
        assert desk.session.token_of(desk.user).get_secret_value() == desk.token
        desk.ownership.check_owner(connection.owner_key)


def test_of_two_accounts_at_once_one_gets_the_instance(desk: Desk, double: ServiceDouble) -> None:
    other = double.add_token(double.add_account("Eve"))
    codes: list[str | None] = []

    def connect(token: str) -> None:
        try:
            desk.ownership.connect(SecretStr(token), desk.user, "")
            codes.append(None)
        except Exception as error:  # noqa: BLE001 - looked at below
            codes.append(getattr(error, "code", repr(error)))

    at_once(lambda: connect(desk.token), lambda: connect(other))
    assert sorted(codes, key=str) == [None, "other_account"]
    assert len(desk.remembered.owners) == 1


def test_disconnecting_waits_for_what_is_under_way_and_leaves_nothing_behind(desk: Desk, double: ServiceDouble) -> None:
    desk.connect()
    double.plan(Fault.hang(method="POST"))
    with ThreadPoolExecutor(2) as pool:
        registering = pool.submit(desk.register)
        double.wait_for_calls(1, "POST")
        disconnecting = pool.submit(desk.ownership.disconnect)
        assert not disconnecting.done()
        double.release()
        left = disconnecting.result()
        assert left == registering.result()
    assert desk.remembered.runner is None
    assert code_of(desk.register) == "not_connected"


def test_a_stranger_who_makes_the_service_hang_does_not_keep_the_owner_waiting(
    desk: Desk, double: ServiceDouble
) -> None:
    desk.connect()
    double.plan(Fault.hang(method="GET", path="/v1/user", times=3))
    strangers_token = double.add_token(double.add_account("Eve"))
    with ThreadPoolExecutor(3) as pool:
        strangers = [
            pool.submit(code_of, partial(desk.ownership.connect, SecretStr(strangers_token), desk.user, "", address))
            for address in "aab"
        ]
        double.wait_for_calls(4, "GET", "/v1/user")
        assert code_of(lambda: desk.ownership.connect(SecretStr(strangers_token), desk.user, "")) == "too_many_tries"
        desk.register()
        assert desk.status(refresh=True).state == "registered"
        assert not any(stranger.done() for stranger in strangers)
        double.release()
        assert {stranger.result() for stranger in strangers} == {"other_account"}
