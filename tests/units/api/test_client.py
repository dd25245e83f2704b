from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.errors import AnswerLostError, RefusedByServiceError
from comfycontrol_pack.comfycontrol.models.runner import RunnerChange, RunnerDraft
from comfycontrol_pack.comfycontrol.version import VERSION
from service_double import Account, Fault, ServiceDouble

DRAFT = RunnerDraft(
    name="Mine",
    endpoint="https://comfy.example.com",
    headers={"X-Key": SecretStr("s3cr3t")},
    tags=("gpu", "linux"),
)


@pytest.fixture
def client(double: ServiceDouble, token: str) -> Iterator[ComfyControlClient]:
    with ComfyControlClient(SecretStr(token), double.url) as opened:
        yield opened


def test_a_token_is_checked(double: ServiceDouble, account: Account, client: ComfyControlClient, token: str) -> None:
    found = client.account()
    assert (found.id, found.name, found.tier) == (account.id, "Ada Lovelace", "pro")
    assert double.complaints == []
    sent = double.calls[0].headers
    assert sent["Authorization"] == f"Bearer {token}"
    assert sent["User-Agent"] == f"comfyui-comfycontrol/{VERSION}"
    assert sent["Accept-Encoding"] == "identity"
    assert "Cookie" not in sent


@pytest.mark.parametrize("status", [200, 201])
def test_a_runner_is_made_seen_and_changed(double: ServiceDouble, client: ComfyControlClient, status: int) -> None:
    double.created_status = status
    made = client.create_runner(DRAFT)
    assert client.runner(made.id) == made
    assert client.runners() == [made]
    changed = client.change_runner(made.id, RunnerChange(status="disabled", tags=()))
    assert (changed.status, changed.tags, changed.name) == ("disabled", (), "Mine")

    (held,) = double.runners()
    assert (held["headers"], held["endpoint"]) == ({"X-Key": "s3cr3t"}, "https://comfy.example.com")
    assert [call.method for call in double.calls] == ["POST", "GET", "GET", "PUT"]
    assert double.calls[-1].body == {"status": "disabled", "tags": []}
    assert double.complaints == []


def test_every_runner_of_a_large_account_is_seen(
    double: ServiceDouble, account: Account, client: ComfyControlClient
) -> None:
    for number in range(250):
        double.add_runner(account, name=f"runner {number}")
    assert [runner.name for runner in client.runners()] == [f"runner {number}" for number in reversed(range(250))]
    assert [call.query for call in double.calls] == [{"page": str(page), "per_page": "100"} for page in (1, 2, 3)]
    assert double.complaints == []


@pytest.mark.parametrize(
    ("listing", "calls", "runners"),
    [
        ('{"runners": [], "total": 0}', 1, 0),
        ('{"runners": [], "total": 1000000}', 1, 0),
        ('{"runners": [{"id": "a"}]}', 1, 1),
        ('{"runners": [{"id": "a"}], "total": "many"}', 1, 1),
        ('{"runners": [{"id": "a"}], "total": null}', 1, 1),
        ('{"runners": [{"id": "a"}], "total": 1000000}', 100, 100),
    ],
)
def test_a_listing_ends_whatever_its_total_says(
    double: ServiceDouble, client: ComfyControlClient, listing: str, calls: int, runners: int
) -> None:
    double.plan(Fault.answer(200, listing, times=None))
    assert len(client.runners()) == runners
    assert len(double.calls) == calls


@pytest.mark.parametrize(
    "listing", ["[]", "{}", '{"runners": null}', '{"runners": {"id": "a"}}', '{"runners": [{}]}', '{"runners": [5]}']
)
def test_a_listing_of_another_shape_is_not_understood(
    double: ServiceDouble, client: ComfyControlClient, listing: str
) -> None:
    double.plan(Fault.answer(200, listing))
    with pytest.raises(AnswerLostError) as raised:
        client.runners()
    assert raised.value.code == "not_the_service"
    assert client.runners() == []


GOOD = '{"id": "good", "name": "Good", "endpoint": "https://good.example.com"}'
# An entry beside a good one, and what is listed of it: its id and its endpoint.
BAD_ENTRIES = [
    ('{"id": "bad", "name": "\\udcff", "endpoint": "https://bad.example.com"}', ("bad", "https://bad.example.com")),
    ('{"id": "bad", "name": "\\ud800", "tags": ["\\udfff"], "endpoint": ""}', ("bad", "")),
    ('{"id": "bad", "name": 5, "endpoint": "https://bad.example.com"}', ("bad", "https://bad.example.com")),
    ('{"id": "bad", "tags": [{}], "endpoint": "https://bad.example.com"}', ("bad", "https://bad.example.com")),
    ('{"id": "\\udcff", "name": "No id"}', None),
    ('{"id": ""}', None),
    ('{"id": null, "endpoint": "https://bad.example.com"}', None),
    ("[]", None),
    ("null", None),
]


@pytest.mark.parametrize(("entry", "listed"), BAD_ENTRIES)
def test_a_list_with_one_bad_entry_still_lists_the_others(
    double: ServiceDouble, client: ComfyControlClient, entry: str, listed: tuple[str, str] | None
) -> None:
    double.plan(Fault.answer(200, f'{{"runners": [{entry}, {GOOD}], "total": 2}}'))
    found = [(runner.id, runner.endpoint) for runner in client.runners()]
    assert found == [*([listed] if listed else []), ("good", "https://good.example.com")]


def test_a_history_with_one_bad_entry_still_lists_the_others(double: ServiceDouble, client: ComfyControlClient) -> None:
    double.plan(Fault.answer(200, '["?", {"id": "one", "name": "\\udcff"}]'))
    assert [run.id for run in client.history("any")] == ["one"]


@pytest.mark.parametrize(
    "change", [{"name": "\udcff"}, {"tags": ("flux", "\udc80")}, {"endpoint": "https://comfy.example.com/\ud800"}]
)
def test_what_cannot_be_encoded_does_not_leave_this_machine(
    double: ServiceDouble, client: ComfyControlClient, change: dict[str, object]
) -> None:
    with pytest.raises(RefusedByServiceError) as raised:
        client.create_runner(DRAFT.model_copy(update=change))
    assert raised.value.code == "not_encodable"
    with pytest.raises(RefusedByServiceError) as raised:
        client.change_runner("any", RunnerChange().model_copy(update=change))
    assert raised.value.code == "not_encodable"
    assert double.calls == []


@pytest.mark.parametrize(
    ("runner_id", "path"),
    [
        ("a/b", "/v1/runner/a%2Fb"),
        ("../user", "/v1/runner/..%2Fuser"),
        ("a?b=c#d", "/v1/runner/a%3Fb%3Dc%23d"),
        ("\u00e9", "/v1/runner/%C3%A9"),
        ("%2e%2e", "/v1/runner/%252e%252e"),
    ],
)
def test_an_id_stays_one_segment_of_the_path(
    double: ServiceDouble, client: ComfyControlClient, runner_id: str, path: str
) -> None:
    with pytest.raises(RefusedByServiceError) as raised:
        client.runner(runner_id)
    assert raised.value.code == "runner_gone"
    assert [call.path for call in double.calls] == [path]
    assert double.complaints == []


@pytest.mark.parametrize("runner_id", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_no_runners(
    double: ServiceDouble, client: ComfyControlClient, runner_id: str
) -> None:
    with pytest.raises(RefusedByServiceError) as raised:
        client.change_runner(runner_id, RunnerChange(status="disabled"))
    assert raised.value.code == "runner_gone"
    assert double.calls == []


def test_the_token_is_not_shown(client: ComfyControlClient, token: str) -> None:
    shown = f"{client!r} {client} {vars(client)} {vars(client._session)} {client._session.auth!r}"
    assert token not in shown
