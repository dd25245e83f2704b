from typing import Any

import pytest
from units.runners.registration_desk import code_of, error_of
from units.test_run.scripted_run import Said, ScriptedRun

from comfycontrol_pack.comfycontrol.errors import AnswerLostError, NoConnectionError, RefusedByServiceError
from comfycontrol_pack.comfycontrol.models.limits import TEST_RUN_TAG
from comfycontrol_pack.comfycontrol.test_run import run as run_module
from service_double import Account, ServiceDouble

HERE = {"user_runner_id": "OURS", "prompt_id": "p"}
ELSEWHERE = "https://elsewhere.example.com"
AWAY = NoConnectionError("no_network")
LIMITED = RefusedByServiceError("rate_limited", retry_after=10)


def test_a_workflow_that_ran_here_proves_that_we_are_reached(scripted: ScriptedRun) -> None:
    runner_id = scripted.register()
    ours = {**HERE, "user_runner_id": runner_id}
    scripted.said = [
        {"status": "accepted"},
        {"status": "accepted", "user_runner_id": runner_id},
        {"status": "queued", **ours},
        {"status": "running", **ours},
        {"status": "completed", **ours},
    ]
    scripted.place = "history"
    outcome = scripted.go()
    assert outcome.code == "ran"
    assert scripted.steps == ["sent", "assigned", "running", "done"]
    assert scripted.waits == [1, 1, 2, 3, 5]


def test_the_gallery_says_whose_picture_it_is_and_nothing_is_left_in_the_output_folder(scripted: ScriptedRun) -> None:
    scripted.register(name="Studio 3")
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    scripted.go()
    one, other = scripted.sent
    assert one.name == "ComfyControl test: Studio 3"
    assert {node["class_type"] for node in one.workflow.values()} == {"EmptyImage", "PreviewImage"}
    # ComfyUI runs nothing a second time that is the same.
    assert one.workflow != other.workflow


def test_the_longest_name_still_makes_a_workflows_name(scripted: ScriptedRun) -> None:
    scripted.register(name="x" * 100)
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    assert scripted.sent[0].name.endswith("x" * 100)


# What the service says of the workflow, and how the run ends.
ENDS: list[tuple[list[Said], str]] = [
    ([{"status": "accepted"}], "not_assigned"),
    ([{"status": "accepted", "user_runner_id": "OURS"}], "went_quiet"),
    ([{"status": "uploaded", "user_runner_id": "OURS"}], "went_quiet"),
    ([{"status": "failed", "user_runner_id": "OURS", "exception_message": "connection refused"}], "not_reached"),
    ([{"status": "invalid", "user_runner_id": "OURS"}], "not_accepted"),
    ([{"status": "completed", **HERE}], "elsewhere"),
    ([{"status": "accepted", "user_runner_id": "OTHER"}], "other_runner"),
    ([{"status": "running", "managed_runner_id": "m"}], "managed_runner"),
    ([{"status": "cancelled"}], "cancelled"),
    ([AWAY, AWAY, {"status": "cancelled"}], "cancelled"),
    ([AnswerLostError("service_trouble", status=503), {"status": "cancelled"}], "cancelled"),
    ([LIMITED, {"status": "cancelled"}], "cancelled"),
]


def said_of(script: list[Said], ours: str, other: str) -> list[Said]:
    names = {"OURS": ours, "OTHER": other}
    return [
        {name: names.get(value, value) for name, value in said.items()} if isinstance(said, dict) else said
        for said in script
    ]


@pytest.mark.parametrize(("script", "code"), ENDS)
def test_where_a_test_run_stops_is_named(scripted: ScriptedRun, script: list[Said], code: str) -> None:
    ours = scripted.register(tags=("gpu",))
    scripted.said = said_of(script, ours, scripted.other["id"])
    assert scripted.go().code == code
    assert sum(scripted.waits) <= run_module.MOST_SECONDS + run_module.PAUSES[-1]
    assert scripted.calls <= 30


@pytest.mark.parametrize(
    ("place", "code"), [("queue", "waits_here"), ("work", "works_here"), ("history", "went_quiet")]
)
def test_work_that_takes_long_here_is_told_from_a_service_that_is_silent(
    scripted: ScriptedRun, place: Any, code: str
) -> None:
    ours = scripted.register()
    scripted.said = said_of([{"status": "queued", **HERE}], ours, "")
    scripted.place = place
    assert scripted.go().code == code


def test_a_history_that_is_cleared_meanwhile_does_not_undo_what_was_seen(scripted: ScriptedRun) -> None:
    ours = scripted.register()
    scripted.said = said_of([{"status": "queued", **HERE}, {"status": "completed", **HERE}], ours, "")
    scripted.place = "queue"
    wait = scripted.wait

    def wait_and_clear(seconds: float) -> None:
        if "queued" in scripted.steps:
            scripted.place = "nowhere"
        wait(seconds)

    scripted.wait = wait_and_clear  # type: ignore[method-assign]
    assert scripted.go().code == "ran"


def test_a_wildcard_that_took_it_is_named(scripted: ScriptedRun, double: ServiceDouble, account: Account) -> None:
    wildcard = double.add_runner(account, name="Takes all", endpoint=ELSEWHERE)
    scripted.register()
    scripted.said = [{"status": "accepted", "user_runner_id": wildcard["id"]}]
    outcome = scripted.go()
    assert (outcome.code, outcome.values) == ("other_runner", {"runner": "Takes all"})


def test_a_runner_that_cannot_be_looked_up_is_named_by_its_id(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.said = [{"status": "accepted", "user_runner_id": "gone"}]
    assert scripted.go().values == {"runner": "gone"}


def test_the_services_own_words_lead_to_the_right_field(scripted: ScriptedRun) -> None:
    ours = scripted.register()
    words = "runner answered 401 to /ws"
    scripted.said = [{"status": "failed", "user_runner_id": ours, "exception_message": words}]
    outcome = scripted.go()
    assert (outcome.service_message, outcome.field) == (words, "headers")


def test_a_node_that_fails_here_is_named(scripted: ScriptedRun) -> None:
    ours = scripted.register()
    broken = {"error_node": "2", "exception_type": "OSError", "exception_message": "No space left"}
    scripted.said = said_of([{"status": "failed", **HERE, **broken}], ours, "")
    scripted.place = "history"
    outcome = scripted.go()
    assert (outcome.code, outcome.values) == ("failed_here", {"node": "2", "exception": "OSError"})


def test_a_service_that_stays_away_is_what_the_run_ends_with(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.said = [{"status": "accepted"}, AWAY]
    assert code_of(scripted.go) == "no_network"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RefusedByServiceError("workflow_refused", service_message="tier"), "workflow_refused"),
        (RefusedByServiceError("token_rejected"), "token_rejected"),
        (NoConnectionError("no_network"), "no_network"),
        (AnswerLostError("service_timeout"), "workflow_lost"),
    ],
)
def test_a_workflow_that_cannot_be_sent_ends_the_run(scripted: ScriptedRun, error: Any, code: str) -> None:
    scripted.register()
    scripted.sending = [error]
    assert error_of(scripted.go).code == code
    assert len(scripted.sent) == 1


def test_a_workflow_whose_answer_was_lost_is_found_and_not_sent_again(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.sending = [AnswerLostError("service_timeout")]
    scripted.kept = True
    scripted.said = [{"status": "cancelled"}]
    assert scripted.go().code == "cancelled"
    assert len(scripted.sent) == 1


def test_too_many_requests_are_waited_out(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.sending = [LIMITED]
    scripted.said = [{"status": "cancelled"}]
    assert scripted.go().code == "cancelled"
    assert scripted.waits[0] == 10


def test_a_wait_of_an_hour_is_not_waited_out(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.sending = [RefusedByServiceError("rate_limited", retry_after=3600)]
    assert code_of(scripted.go) == "rate_limited"
    assert scripted.waits == []


def test_a_disabled_runner_is_told_before_anything_is_sent(scripted: ScriptedRun, double: ServiceDouble) -> None:
    runner_id = scripted.register()
    double.set_status(runner_id, "disabled")
    assert code_of(scripted.go) == "runner_disabled"
    assert scripted.sent == []


def test_a_runner_that_is_gone_is_told(scripted: ScriptedRun, double: ServiceDouble) -> None:
    double.remove_runner(scripted.register())
    assert code_of(scripted.go) == "runner_gone"
    assert scripted.desk.remembered.attention == "runner_gone"


def test_a_runner_without_tags_stays_without(scripted: ScriptedRun) -> None:
    scripted.register()
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    assert scripted.runner["tags"] == []
    # Or managed runners, and those with tags, could take it.
    assert scripted.sent[0].tags[0].startswith(TEST_RUN_TAG)


def test_a_runner_with_tags_gets_one_more_for_the_run(scripted: ScriptedRun) -> None:
    scripted.register(tags=("gpu", "flux"))
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    (tag,) = scripted.sent[0].tags
    assert scripted.runner["tags"] == ["gpu", "flux", tag]
    assert scripted.desk.remembered.tag_lent_to == scripted.runner["id"]


def test_nobody_sees_the_tag_of_a_run(scripted: ScriptedRun) -> None:
    scripted.register(tags=("gpu",))
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    runner = scripted.desk.status(refresh=True).runner
    assert runner is not None
    assert runner.tags == ("gpu",)


TEN = tuple(f"t{number}" for number in range(10))


def test_ten_tags_are_enough_where_nobody_else_has_them_all(
    scripted: ScriptedRun, double: ServiceDouble, account: Account
) -> None:
    double.add_runner(account, tags=TEN[:9], endpoint=ELSEWHERE)
    double.add_runner(account, tags=TEN, endpoint=ELSEWHERE, status="disabled")
    scripted.register(tags=TEN)
    scripted.said = [{"status": "cancelled"}]
    scripted.go()
    assert scripted.sent[0].tags == TEN
    assert scripted.runner["tags"] == list(TEN)


def test_ten_tags_that_another_has_too_are_told(scripted: ScriptedRun, double: ServiceDouble, account: Account) -> None:
    double.add_runner(account, tags=TEN, endpoint=ELSEWHERE)
    scripted.register(tags=TEN)
    assert code_of(scripted.go) == "tags_full"
    assert scripted.sent == []
