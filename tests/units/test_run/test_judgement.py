"""What a test run shows, by what the service says of its workflow and where this ComfyUI has it."""

from typing import Any

import pytest

from comfycontrol_pack.comfycontrol.models.workflow import Workflow
from comfycontrol_pack.comfycontrol.test_run.judgement import Place, field_of, judge, steps_up_to

OURS = {"user_runner_id": "ours"}
HERE = {**OURS, "prompt_id": "p"}
BROKEN = {"error_node": "2", "exception_type": "RuntimeError"}

# What the service says, where the prompt is, the last step, and how it ended.
CASES: list[tuple[dict[str, Any], Place, str, str | None]] = [
    ({"status": "accepted"}, "nowhere", "sent", None),
    ({"status": "a new status"}, "nowhere", "sent", None),
    ({"status": "accepted", **OURS}, "nowhere", "assigned", None),
    ({"status": "uploaded", **OURS}, "nowhere", "assigned", None),
    ({"status": "queued", **HERE}, "queue", "queued", None),
    ({"status": "queued", **HERE}, "work", "running", None),
    ({"status": "running", **HERE}, "queue", "running", None),
    ({"status": "running", **HERE}, "history", "running", None),
    ({"status": "completed", **HERE}, "history", "done", "ran"),
    ({"status": "completed", **HERE}, "work", "done", "ran"),
    # The service alone is not believed.
    ({"status": "completed", **OURS}, "nowhere", "assigned", "elsewhere"),
    ({"status": "completed", **HERE}, "nowhere", "assigned", "elsewhere"),
    ({"status": "running", **HERE}, "nowhere", "assigned", "elsewhere"),
    ({"status": "failed", **HERE, **BROKEN}, "nowhere", "assigned", "elsewhere"),
    ({"status": "completed", "user_runner_id": "another", "prompt_id": "p"}, "history", "sent", "other_runner"),
    ({"status": "accepted", "user_runner_id": "another"}, "nowhere", "sent", "other_runner"),
    ({"status": "running", "managed_runner_id": "m"}, "nowhere", "sent", "managed_runner"),
    ({"status": "failed", **OURS}, "nowhere", "assigned", "not_reached"),
    ({"status": "failed"}, "nowhere", "sent", "not_reached"),
    ({"status": "invalid", **OURS}, "nowhere", "assigned", "not_accepted"),
    ({"status": "failed", **HERE, **BROKEN}, "history", "running", "failed_here"),
    ({"status": "invalid", **HERE, **BROKEN}, "queue", "queued", "failed_here"),
    ({"status": "failed", **HERE}, "history", "running", "broke_off"),
    ({"status": "cancelled", **HERE}, "queue", "queued", "cancelled"),
    ({"status": "cancelled"}, "nowhere", "sent", "cancelled"),
]


@pytest.mark.parametrize(("said", "place", "step", "ended"), CASES)
def test_a_test_run_shows_no_more_than_is_known(said: dict[str, Any], place: Place, step: str, ended: str) -> None:
    assert judge(Workflow.model_validate({"id": "w", **said}), "ours", place) == (step, ended)


def test_the_steps_before_the_last_one_lie_behind() -> None:
    assert steps_up_to("queued") == ("sent", "assigned", "queued")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("runner answered 401 to /ws", "headers"),
        ("HTTP 403: forbidden", "headers"),
        ("connection refused", "endpoint"),
        ("port 14010 is closed", "endpoint"),
        ("", "endpoint"),
    ],
)
def test_the_form_opens_where_the_way_in_can_be_mended(words: str, field: str) -> None:
    assert field_of(words) == field


@pytest.mark.parametrize(
    ("said", "field", "understood"),
    [
        ({"prompt_id": None}, "prompt_id", ""),
        ({"user_runner_id": None}, "user_runner_id", ""),
        ({"error_node": 12}, "error_node", "12"),
        ({"tags": None}, "tags", ()),
        ({"tags": ["a"]}, "tags", ("a",)),
        ({"exception_message": None}, "exception_message", ""),
    ],
)
def test_what_the_service_leaves_open_is_taken_as_not_known(said: dict[str, Any], field: str, understood: Any) -> None:
    assert getattr(Workflow.model_validate({"id": "w", **said}), field) == understood
