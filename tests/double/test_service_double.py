"""Accounts, tokens and what the double remembers."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from service_double import Account, Call, ServiceDouble

Ask = Callable[..., requests.Response]
ENDPOINT = "https://comfy.example.com"
NEW = {"name": "Mine", "endpoint": ENDPOINT}
NOT_FOUND = {"status": 404, "message": "requested entity not found"}
TESTS = Path(__file__).parent.parent


def test_a_token_tells_whose_it_is(double: ServiceDouble, account: Account, ask: Ask) -> None:
    answer = ask("GET", "/v1/user").json()
    assert answer["id"] == account.id
    assert (answer["name"], answer["tier"], answer["deleted"]) == ("Ada Lovelace", "pro", False)
    assert set(answer) == {"id", "name", "email", "deleted", "tier", "provider", "created_at", "updated_at"}
    assert double.complaints == []


def test_the_provider_may_be_absent(double: ServiceDouble, asking_with: Callable[[str], Ask]) -> None:
    client = asking_with(double.add_token(double.add_account(provider=None)))
    assert "provider" not in client("GET", "/v1/user").json()


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (None, "Invalid token"),
        ("", "Invalid token"),
        ("Basic Y2ZjXzE6", "Invalid token"),
        ("Bearer", "Invalid token"),
        ("Bearer other_1", "Invalid token"),
        ("bearer cfc_good", "Invalid token"),
        ("Bearer  cfc_good", "Invalid token"),
        ("Bearer cfc_go-od", "Invalid token"),
        ("Bearer cfc_unknown", "Invalid token"),
        ("Bearer cfc_revoked", "Invalid token"),
        ("Bearer cfc_expired", "Token has expired"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/user", "/v1/runner", "/v1/runner/unknown", "/v1/runner/unknown/history"])
def test_without_a_good_token_nothing_is_told(
    double: ServiceDouble,
    asking_with: Callable[[str], Ask],
    account: Account,
    *,
    path: str,
    authorization: str | None,
    message: str,
) -> None:
    double.add_token(account, "cfc_good")
    double.add_token(account, "cfc_expired", expired=True)
    double.revoke(double.add_token(account, "cfc_revoked"))
    client = asking_with("")
    answer = client("GET", path, headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json() == {"status": 401, "message": message}
    well_formed = authorization in {"Bearer cfc_unknown", "Bearer cfc_revoked", "Bearer cfc_expired"}
    assert double.complaints == (
        [] if well_formed else [f"GET {path}: Authorization is not Bearer cfc_ with letters and digits"]
    )


def test_a_token_the_service_could_not_have_made_cannot_be_added(double: ServiceDouble, account: Account) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        double.add_token(account, "cfc_demo_token")


def test_every_call_is_on_record_until_forgotten(double: ServiceDouble, ask: Ask) -> None:
    ask("POST", "/v1/runner", json=NEW)
    ask("GET", "/v1/runner?page=2")
    ask("GET", "/")
    ask("GET", "/double/runners")
    assert double.calls == [
        Call("POST", "/v1/runner", {}, 201, NEW),
        Call("GET", "/v1/runner", {"page": "2"}, 200, None),
    ]
    assert double.calls_of("POST", "/v1/runner") == double.calls[:1]
    assert double.calls[0].headers["content-type"] == "application/json"
    assert "cfc_" not in repr(double.calls)
    double.forget_calls()
    assert double.calls == []


def test_somebody_in_the_dashboard_can_change_what_is_there(double: ServiceDouble, account: Account, ask: Ask) -> None:
    runner = double.add_runner(account, name="Mine", endpoint=ENDPOINT, tags=["a"], headers={"X": "1"}, status="active")
    double.set_status(runner["id"], "disabled")
    assert ask("GET", f"/v1/runner/{runner['id']}").json()["status"] == "disabled"
    double.remove_runner(runner["id"])
    assert ask("GET", f"/v1/runner/{runner['id']}").json() == NOT_FOUND


def test_a_taken_port_is_reported_to_whoever_starts_the_double(double: ServiceDouble) -> None:
    second = ServiceDouble(port=int(double.url.rpartition(":")[2]))
    with pytest.raises(OSError, match="address"):
        second.start()
    second.stop()


def test_it_serves_another_process_from_the_command_line() -> None:
    options = ["--token", "cfc_demo1", "--account-name", "Demo", "--tier", "free"]
    command = [sys.executable, "-m", "service_double", *options]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            session = requests.Session()
            session.trust_env = False
            with session:
                answer = session.get(
                    f"{told['url']}/v1/user", headers={"Authorization": f"Bearer {told['token']}"}, timeout=10
                ).json()
        finally:
            process.terminate()
        assert (told["token"], answer["name"], answer["tier"]) == ("cfc_demo1", "Demo", "free")
        assert process.wait(10) == (1 if sys.platform == "win32" else 0)
