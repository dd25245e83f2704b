"""Five seconds and 64 KB at most, whatever the other side does. The tests allow less, to be quick."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from units.address_check.check_stage import NAME, PUBLIC, Request, Stage, always, answer, as_json

from comfycontrol_pack.comfycontrol.address_check import network
from comfycontrol_pack.comfycontrol.address_check.network import MOST_BYTES, SECONDS, Allowance, NoAnswerError
from comfycontrol_pack.comfycontrol.errors import TooManyTriesError

ALLOWED = 0.7
# What a loaded machine may take on top.
SLACK = 2.0


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is, so that nothing drips on behind it."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def quick(stage: Stage) -> Stage:
    stage.seconds = ALLOWED
    return stage


def timed(check: Callable[[], str]) -> tuple[str, float]:
    began = time.monotonic()
    return check(), time.monotonic() - began


def test_the_limits_that_the_design_names() -> None:
    assert (SECONDS, MOST_BYTES) == (5.0, 64 * 1024)


def drip(text: bytes, over: threading.Event, *, for_ever: bytes = b"x") -> Callable[[Request, socket.socket], None]:
    def play(_: Request, visitor: socket.socket) -> None:
        for at in range(100_000):
            visitor.sendall(text[at : at + 1] or for_ever)
            if over.wait(0.03):
                return

    return play


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1",
    ],
    ids=["headers", "body", "chunks"],
)
def test_a_slow_drip_ends_in_time(quick: Stage, over: threading.Event, text: bytes) -> None:
    # The beginning comes at once, so that the drip is where the test wants it.
    def play(request: Request, visitor: socket.socket) -> None:
        visitor.sendall(text)
        drip(b"", over)(request, visitor)

    quick.lead(quick.act(play), 80)
    verdict, seconds = timed(lambda: quick.check(f"http://{NAME}").verdict)
    assert verdict == "timed_out"
    assert seconds < ALLOWED + SLACK


def test_a_status_line_that_drips_ends_in_time(quick: Stage, over: threading.Event) -> None:
    quick.lead(quick.act(drip(b"HTTP/1.1 200 " + b"O" * 9999, over)), 80)
    verdict, seconds = timed(lambda: quick.check(f"http://{NAME}").verdict)
    assert (verdict, seconds < ALLOWED + SLACK) == ("timed_out", True)


def test_continues_without_end_end_in_time(quick: Stage, over: threading.Event) -> None:
    quick.lead(quick.act(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 999, over)), 80)
    verdict, seconds = timed(lambda: quick.check(f"http://{NAME}").verdict)
    assert (verdict, seconds < ALLOWED + SLACK) == ("timed_out", True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_says_nothing_ends_in_time(quick: Stage, over: threading.Event, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        quick.names[NAME] = [[PUBLIC]]
        quick.doors[PUBLIC, 443] = silent.getsockname()[1]
        verdict, seconds = timed(lambda: quick.check(f"{scheme}://{NAME}:443").verdict)
    assert (verdict, seconds < ALLOWED + SLACK) == ("timed_out", True)


def test_a_name_service_that_hangs_ends_in_time(quick: Stage, over: threading.Event) -> None:
    def hang(name: str, port: int) -> list[str]:
        over.wait()
        return [PUBLIC]

    quick.resolve = hang
    verdict, seconds = timed(lambda: quick.check(f"http://{NAME}").verdict)
    assert (verdict, seconds < ALLOWED + SLACK) == ("timed_out", True)
    assert quick.called == []


def test_look_ups_that_hang_are_bounded_in_number_and_leave_room_when_they_end(
    quick: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, begun = threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(network, "_lookups", threading.BoundedSemaphore(2))
    quick.seconds = 0.1

    def hang(name: str, port: int) -> list[str]:
        begun.release()
        released.wait()
        return [PUBLIC]

    usual, quick.resolve = quick.resolve, hang
    assert {quick.check(f"http://{NAME}").verdict for _ in range(6)} == {"timed_out"}
    assert begun.acquire(timeout=1)
    assert begun.acquire(timeout=1)
    assert not begun.acquire(blocking=False)

    released.set()
    quick.resolve = usual
    quick.seconds = 5.0
    quick.serve(quick.ours(), 80)
    assert network._lookups.acquire(timeout=5)
    network._lookups.release()
    assert quick.check(f"http://{NAME}").verdict == "proven"


def test_one_slow_answer_leaves_no_time_for_the_next(quick: Stage, over: threading.Event) -> None:
    def play(request: Request, visitor: socket.socket) -> None:
        if request.path == "/comfy/comfycontrol/identity":
            visitor.sendall(answer(404))
        else:
            drip(b"", over)(request, visitor)

    quick.lead(quick.act(play), 80)
    verdict, seconds = timed(lambda: quick.check(f"http://{NAME}/comfy").verdict)
    assert (verdict, seconds < ALLOWED + SLACK) == ("other_server", True)


def flood(head: bytes, piece: bytes) -> Callable[[Request, socket.socket], None]:
    def play(_: Request, visitor: socket.socket) -> None:
        visitor.sendall(head)
        for _at in range(2000):
            visitor.sendall(piece)

    return play


@pytest.mark.parametrize(
    ("head", "piece", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, "other_server"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", b"x" * 65536, "other_server"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10000\r\n" + b"x" * 65536 + b"\r\n",
            "other_server",
        ),
        (b"HTTP/1.1 200 OK\r\n", b"A: " + b"x" * 60000 + b"\r\n", "other_server"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"x" * 65536, "other_server"),
        (b"", b"x" * 65536, "not_http"),
    ],
    ids=["endless", "announced", "chunked", "headers", "one header", "no http"],
)
def test_of_a_huge_answer_64_kb_are_read(stage: Stage, head: bytes, piece: bytes, expected: str) -> None:
    stage.lead(stage.act(flood(head, piece)), 80)
    assert stage.check(f"http://{NAME}/comfy").verdict == expected
    assert stage.bytes_read <= MOST_BYTES


def proof_for(stage: Stage, request: Request) -> str:
    return stage.identity.prove(request.nonce) if request.nonce else ""


def test_a_proof_behind_too_much_text_counts_for_nothing(stage: Stage) -> None:
    stage.serve(lambda request: as_json({"x": "y" * 20_000, "proof": proof_for(stage, request)}), 80)
    assert stage.check(f"http://{NAME}").verdict == "other_server"


def test_an_allowance_runs_out() -> None:
    now = [100.0]
    allowance = Allowance(5.0, lambda: now[0])
    assert allowance.seconds() == 5.0
    now[0] += 4.0
    assert allowance.seconds() == 1.0
    now[0] += 1.0
    with pytest.raises(TimeoutError):
        allowance.seconds()


def test_ten_checks_a_minute(stage: Stage) -> None:
    checker = stage.checker()
    for _ in range(10):
        assert checker.check("http://10.0.0.1", {}).verdict == "not_public"
    with pytest.raises(TooManyTriesError) as raised:
        checker.check("http://10.0.0.1", {})
    assert raised.value.code == "too_many_checks"
    assert 0 < (raised.value.retry_after or 0) <= 60


def test_the_error_of_no_answer_says_its_verdict() -> None:
    assert str(NoAnswerError("refused")) == "refused"


def test_no_thread_is_left_behind(stage: Stage) -> None:
    stage.serve(always(answer(404)), 80)
    stage.check(f"http://{NAME}")
    for thread in threading.enumerate():
        if thread.name == "comfycontrol-look-up":
            thread.join(5)
            assert not thread.is_alive()
