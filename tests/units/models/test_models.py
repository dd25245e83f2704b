from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from comfycontrol_pack.comfycontrol.errors import InvalidInputError
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner, RunnerChange, RunnerDraft

SECRET = "s3cr3t-value"
FROM_SERVICE: dict[str, Any] = {
    "id": "00000000-0000-0000-0000-000000000001",
    "user_id": "u",
    "name": "Mine",
    "status": "active",
    "endpoint": "https://comfy.example.com",
    "tags": ["gpu"],
    "headers": {"X-Key": SECRET, "X-Other": SECRET},
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}
DRAFT: dict[str, Any] = {
    "name": " Mine ",
    "endpoint": "https://comfy.example.com",
    "headers": {"X-Key": SECRET},
    "tags": ["gpu"],
}


def test_of_a_runners_headers_only_the_names_are_kept() -> None:
    runner = Runner.model_validate(FROM_SERVICE)
    assert runner.header_names == ("X-Key", "X-Other")
    assert SECRET not in f"{runner!r} {runner} {runner.model_dump()} {runner.model_dump_json()} {vars(runner)}"


@pytest.mark.parametrize("headers", [None, [], "text", 5, {}])
def test_a_runner_without_headers_is_one(headers: Any) -> None:
    assert Runner.model_validate({**FROM_SERVICE, "headers": headers}).header_names == ()


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"brand_new_field": {"a": 1}}, "name", "Mine"),
        ({"status": "sleeping"}, "status", "sleeping"),
        ({"tags": None}, "tags", ()),
        ({"id": "not a uuid/at all"}, "id", "not a uuid/at all"),
    ],
)
def test_the_service_may_grow(change: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(Runner.model_validate({**FROM_SERVICE, **change}), field) == expected


def test_a_tier_and_a_provider_nobody_knows_are_taken() -> None:
    account = Account.model_validate({"id": "a", "name": "Ada", "tier": "galactic", "provider": "abacus"})
    assert account.tier == "galactic"


@pytest.mark.parametrize(
    "answer", [{}, {"id": ""}, {"id": None}, {"id": 5}, [], "text", None, {**FROM_SERVICE, "name": 5}]
)
def test_what_is_no_runner_is_refused_without_a_quotation(answer: Any) -> None:
    if isinstance(answer, dict):
        answer = {"headers": {"X-Key": SECRET}, **answer}
    with pytest.raises(ValidationError) as raised:
        Runner.model_validate(answer)
    assert SECRET not in f"{raised.value} {raised.value!r}"


@pytest.mark.parametrize("model", [RunnerDraft, RunnerChange])
def test_a_draft_shows_no_header_value_but_sends_it(model: type[RunnerDraft] | type[RunnerChange]) -> None:
    draft = model.model_validate(DRAFT)
    assert SECRET not in f"{draft!r} {draft} {draft.model_dump()} {draft.model_dump_json()}"
    assert draft.to_service() == {**DRAFT, "name": "Mine"}


def test_a_change_sends_only_what_changes() -> None:
    assert RunnerChange(status="disabled").to_service() == {"status": "disabled"}
    assert RunnerChange(tags=()).to_service() == {"tags": []}
    assert RunnerChange(headers={"X-Key": SecretStr(SECRET)}).to_service() == {"headers": {"X-Key": SECRET}}
    assert RunnerChange(name=None).to_service() == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "name_missing"),
        ({"endpoint": "ftp://x"}, "endpoint_invalid"),
        ({"tags": ["a", "a"]}, "tag_duplicate"),
        ({"headers": {"Host": SECRET}}, "header_name_refused"),
        ({"headers": {"X-Key": f"{SECRET}\n"}}, "header_value_invalid"),
        ({"status": "asleep"}, "status_invalid"),
    ],
)
def test_the_limits_hold_for_a_change(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        RunnerChange.model_validate({**DRAFT, **change})
    assert raised.value.code == code
    assert raised.value.field == next(iter(change))
    assert SECRET not in f"{raised.value} {raised.value!r}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"X-Key": [SECRET]}},
        {"headers": [SECRET]},
        {"headers": SECRET},
        {"tags": SECRET},
        {"name": [SECRET]},
    ],
)
@pytest.mark.parametrize("model", [RunnerDraft, RunnerChange])
def test_a_wrong_type_is_refused_without_a_quotation(
    model: type[RunnerDraft] | type[RunnerChange], wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate({**DRAFT, **wrong})
    assert SECRET not in f"{raised.value} {raised.value!r}"
