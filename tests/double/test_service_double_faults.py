"""Each fault, as an ordinary client lives through it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from service_double import Fault, ServiceDouble

Ask = Callable[..., requests.Response]
NEW = {"name": "Mine", "endpoint": "https://comfy.example.com"}
TIMEOUT = 10.0


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def create(ask: Ask, **options: Any) -> requests.Response:
    return ask("POST", "/v1/runner", json=NEW, **options)


def user(ask: Ask) -> requests.Response:
    return ask("GET", "/v1/user")


@pytest.mark.parametrize(
    ("fault", "status", "body", "content_type", "runners"),
    [
        (Fault.answer(500, '{"status":500}'), 500, '{"status":500}', "application/json", 0),
        (Fault.answer(200, b"\xff\xfe", content_type="text/plain"), 200, None, "text/plain", 0),
        (Fault.answer(204), 204, "", "application/json", 0),
        (Fault.answer_after_work(502, "<h1>Bad</h1>", content_type="text/html"), 502, "<h1>Bad</h1>", "text/html", 1),
        (Fault.redirect("https://elsewhere.example/", status=307), 307, "", "text/html", 0),
        (Fault.redirect("https://elsewhere.example/"), 302, "", "text/html", 0),
    ],
)
def test_an_answer_comes_as_planned(
    double: ServiceDouble,
    ask: Ask,
    *,
    fault: Fault,
    status: int,
    body: str | None,
    content_type: str,
    runners: int,
) -> None:
    double.plan(fault)
    answer = create(ask)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert body in {None, answer.text}
    assert answer.headers.get("Location") == ("https://elsewhere.example/" if status in {302, 307} else None)
    assert len(double.runners()) == runners
    assert [call.status for call in double.calls] == [status]
    assert create(ask).status_code == 201


def test_an_answer_carries_the_headers_planned(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.answer(503, headers={"Retry-After": "7"}))
    assert user(ask).headers["Retry-After"] == "7"


@pytest.mark.parametrize(("fault", "runners"), [(Fault.close_before(), 0), (Fault.close_after(), 1)])
def test_the_connection_closes_before_or_after_the_work(
    double: ServiceDouble, ask: Ask, fault: Fault, runners: int
) -> None:
    double.plan(fault)
    with pytest.raises(requests.ConnectionError):
        create(ask)
    assert len(double.runners()) == runners
    assert [call.status for call in double.calls_of("POST", "/v1/runner")] == [None]
    assert create(ask).status_code == 201


def test_a_hanging_request_outlasts_the_client_and_leaves_nothing_behind(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.hang())
    with pytest.raises(requests.ReadTimeout):
        create(ask, timeout=0.2)
    double.release()
    assert create(ask).status_code == 201
    assert [call.status for call in double.calls] == [None, 201]
    assert len(double.runners()) == 1


def test_a_hanging_request_is_answered_once_released(
    double: ServiceDouble, ask: Ask, background: ThreadPoolExecutor
) -> None:
    double.plan(Fault.hang())
    answer = background.submit(create, ask)
    assert [call.status for call in double.wait_for_calls(1, "POST", "/v1/runner")] == [None]
    assert double.runners() == []
    double.release()
    assert answer.result(TIMEOUT).status_code == 201
    assert len(double.runners()) == 1


def test_a_slow_answer_is_right_and_late(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.slow(seconds=0.2))
    begun = time.monotonic()
    assert create(ask).json() == double.runners()[0]
    assert time.monotonic() - begun >= 0.15  # the clock of Windows ticks every 16 ms


def test_a_client_that_does_not_wait_for_a_slow_answer_has_made_a_runner(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.slow(seconds=600))
    with pytest.raises(requests.ReadTimeout):
        create(ask, timeout=0.2)
    assert [call.status for call in double.calls] == [None]
    assert len(double.runners()) == 1


@pytest.mark.parametrize("fault", [Fault.drip(seconds_between=0), Fault.drip(seconds_between=0.2, at_most_seconds=0)])
def test_a_dripping_answer_comes_whole_in_the_end(double: ServiceDouble, ask: Ask, fault: Fault) -> None:
    double.plan(fault)
    assert create(ask).json() == double.runners()[0]
    assert double.calls[0].status == 201


def test_a_dripping_answer_comes_a_byte_at_a_time_after_its_head(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.drip(seconds_between=600))
    with ask("GET", "/v1/user", stream=True, timeout=0.5) as answer:
        assert answer.status_code == 200
        for expected in (b"{", b'"'):
            double.release()
            assert answer.raw.read(1) == expected
        with pytest.raises(requests.ConnectionError, match="timed out"):
            next(answer.iter_content(1))


def test_a_huge_answer_is_as_big_as_planned(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.huge(megabytes=3))
    answer = user(ask)
    assert 3_000_000 <= len(answer.content) < 3_200_000
    assert answer.content.startswith(b'{"runners": [')
    assert answer.json()["total"] == 1


def test_a_huge_answer_may_be_left_halfway(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.huge())
    with ask("GET", "/v1/runner", stream=True) as answer:
        assert len(answer.raw.read(100_000)) == 100_000
    assert user(ask).status_code == 200


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({}, [500, 201, 200, 201]),
        ({"times": 2}, [500, 500, 200, 201]),
        ({"times": None}, [500, 500, 500, 500]),
        ({"method": "GET"}, [201, 201, 500, 201]),
        ({"method": "POST", "path": "/v1/user", "times": None}, [201, 201, 200, 201]),
        ({"path": "/v1/runner", "times": 2}, [500, 500, 200, 201]),
        ({"path": "/v1/run", "times": None}, [201, 201, 200, 201]),
        ({"path": "/v1/run*", "times": None}, [500, 500, 200, 500]),
    ],
)
def test_a_fault_befalls_only_the_requests_it_is_for(
    double: ServiceDouble, ask: Ask, match: Any, statuses: list[int]
) -> None:
    double.plan(Fault.answer(500, **match))
    answers = [request(ask).status_code for request in (create, create, user, create)]
    assert answers == statuses


def test_faults_come_in_the_order_planned_until_called_off(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.answer(500, times=2), Fault.answer(502, method="GET"), Fault.answer(503, times=None))
    assert [user(ask).status_code for _ in range(5)] == [500, 500, 502, 503, 503]
    double.no_faults()
    assert user(ask).status_code == 200


def test_the_page_is_spared_from_faults_and_from_the_rate_limit(double: ServiceDouble, ask: Ask) -> None:
    double.enforce_rate_limit = True
    double.plan(Fault.answer(500, times=None))
    statuses = {ask("GET", "/double/runners").status_code for _ in range(50)}
    assert statuses == {200}


@pytest.mark.parametrize(
    "fault",
    [
        Fault.hang(),
        Fault.slow(seconds=600),
        Fault.drip(seconds_between=600),
        Fault.huge(megabytes=100_000),
    ],
    ids=["hang", "slow", "drip", "huge"],
)
def test_stopping_is_prompt_whatever_is_under_way(fault: Fault, background: ThreadPoolExecutor) -> None:
    double = ServiceDouble()
    double.start()
    session = requests.Session()
    session.trust_env = False
    double.plan(fault)
    answer: Future[requests.Response] = background.submit(session.get, f"{double.url}/v1/user", timeout=TIMEOUT)
    double.wait_for_calls(1)
    begun = time.monotonic()
    double.stop()
    assert time.monotonic() - begun < 1
    assert isinstance(answer.exception(TIMEOUT), requests.RequestException)


def test_stopping_is_prompt_when_the_client_does_not_read(double: ServiceDouble, ask: Ask) -> None:
    double.plan(Fault.huge(megabytes=1000))
    with ask("GET", "/v1/user", stream=True):
        begun = time.monotonic()
        double.stop()
        assert time.monotonic() - begun < 1


def test_waiting_for_a_call_that_does_not_come_ends(double: ServiceDouble) -> None:
    with pytest.raises(TimeoutError):
        double.wait_for_calls(1, seconds=0.01)
