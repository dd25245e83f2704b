from pathlib import Path
from typing import Any

import pytest
from units.runners.registration_desk import IN_VAIN_SECONDS, Desk, code_of, error_of

from comfycontrol_pack.comfycontrol.models.template import Template, TemplateDraft
from comfycontrol_pack.comfycontrol.templates.saving import TemplateSaving
from service_double import Account, Fault, ServiceDouble

WORKFLOW: dict[str, Any] = {
    "1": {
        "class_type": "ComfyControlText",
        "inputs": {"key": "prompt", "default": "F\u00fcchse", "value": "$text(prompt, F\u00fcchse)"},
    }
}
LIST, CREATE = "GET /v1/template", "POST /v1/template"


class Templates:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.saving = TemplateSaving(desk.session)

    def save(self, template_id: str | None = None, **values: Any) -> Template:
        fields = {"name": "Foxes", "description": "Paints foxes", "workflow": WORKFLOW, **values}
        return self.saving.save(self.desk.user, TemplateDraft.model_validate(fields), template_id)


@pytest.fixture
def templates(double: ServiceDouble, token: str, tmp_path: Path) -> Templates:
    desk = Desk(double, token, tmp_path, silence_seconds=IN_VAIN_SECONDS)
    desk.connect()
    double.forget_calls()
    return Templates(desk)


def test_a_workflow_is_saved_as_it_is(templates: Templates, double: ServiceDouble) -> None:
    saved = templates.save(name="  Foxes ")
    assert templates.desk.calls == [LIST, CREATE]
    (held,) = double.templates()
    assert held["id"] == saved.id
    assert (held["name"], held["description"], held["body"]) == ("Foxes", "Paints foxes", WORKFLOW)
    assert double.complaints == []


def test_a_template_is_changed_and_not_made_again(templates: Templates, double: ServiceDouble) -> None:
    saved = templates.save()
    templates.desk.calls  # noqa: B018 - forgets them
    other = {"9": {"class_type": "ComfyControlSeed", "inputs": {"value": "$random()"}}}
    assert templates.save(saved.id, name="Hares", workflow=other).id == saved.id
    assert templates.desk.calls == [f"PUT /v1/template/{saved.id}"]
    (held,) = double.templates()
    assert (held["name"], held["body"]) == ("Hares", other)
    assert double.complaints == []


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"name": "  "}, "template_name_missing", "name"),
        ({"name": "n" * 101}, "template_name_too_long", "name"),
        ({"description": ""}, "description_missing", "description"),
        ({"description": "d" * 501}, "description_too_long", "description"),
        ({"workflow": {}}, "template_empty", "workflow"),
        ({"workflow": {"1": {"class_type": "A", "inputs": {"x": "$choice(a, b)"}}}}, "template_faulty", "workflow"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    templates: Templates, values: dict[str, Any], code: str, field: str
) -> None:
    error = error_of(lambda: templates.save(**values))
    assert (error.code, error.field) == (code, field)
    assert templates.desk.calls == []


def test_the_longest_name_and_description_are_taken(templates: Templates, double: ServiceDouble) -> None:
    templates.save(name="\u72d0" * 100, description="\u72d0" * 500)
    assert double.templates()[0]["name"] == "\u72d0" * 100


def test_the_limit_of_the_tier_is_told(templates: Templates, double: ServiceDouble) -> None:
    double.template_limit = 1
    saved = templates.save()
    error = error_of(lambda: templates.save(name="Another"))
    assert error.code == "template_limit"
    assert error.service_message == "Template limit exceeded for your tier"
    # Changing one needs no room.
    assert templates.save(saved.id, name="Another").id == saved.id


def test_a_template_that_is_gone_is_told_and_can_be_made_anew(templates: Templates, double: ServiceDouble) -> None:
    saved = templates.save()
    double.remove_template(saved.id)
    assert code_of(lambda: templates.save(saved.id)) == "template_gone"
    assert double.templates() == []
    assert templates.save().id != saved.id


@pytest.mark.parametrize("template_id", ["..", ".", "a/b", "?x=1"])
def test_an_id_out_of_a_foreign_workflow_stays_one_segment(
    templates: Templates, double: ServiceDouble, template_id: str
) -> None:
    assert code_of(lambda: templates.save(template_id)) == "template_gone"
    assert double.complaints == []


def test_somebody_elses_template_is_as_good_as_gone(templates: Templates, double: ServiceDouble) -> None:
    theirs = double.add_template(double.add_account("Bob"))
    assert code_of(lambda: templates.save(theirs["id"])) == "template_gone"
    double.plan(Fault.answer(403, '{"status": 403, "message": "not yours"}', method="PUT"))
    assert code_of(lambda: templates.save(theirs["id"])) == "template_gone"
    assert double.templates()[0]["name"] == theirs["name"]


LOST_AFTER_WORK = [
    Fault.close_after(method="POST"),
    Fault.answer_after_work(502, "<h1>Bad gateway</h1>", method="POST"),
    Fault.answer_after_work(200, "<h1>Welcome</h1>", method="POST"),
    Fault.answer_after_work(201, "", method="POST"),
    Fault.slow(seconds=30, method="POST"),
]


@pytest.mark.parametrize("fault", LOST_AFTER_WORK)
def test_a_template_whose_answer_was_lost_is_found_and_not_made_again(
    templates: Templates, double: ServiceDouble, account: Account, fault: Fault
) -> None:
    # Of the same name, and not the one.
    before = double.add_template(account, name="Foxes")
    double.plan(fault)
    saved = templates.save()
    assert templates.desk.calls == [LIST, CREATE, LIST]
    assert {held["id"] for held in double.templates()} == {before["id"], saved.id}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.close_before(method="POST"), "template_answer_lost"),
        (Fault.answer(200, "<h1>Welcome</h1>", method="POST"), "template_answer_lost"),
        (Fault.answer(503, '{"status": 503, "message": "maintenance"}', method="POST"), "service_trouble"),
    ],
)
def test_a_template_that_is_not_there_is_not_made_behind_ones_back(
    templates: Templates, double: ServiceDouble, fault: Fault, code: str
) -> None:
    double.plan(fault)
    assert code_of(templates.save) == code
    assert templates.desk.calls == [LIST, CREATE, LIST]
    assert double.templates() == []
    templates.save()
    assert len(double.templates()) == 1


@pytest.mark.parametrize("looking", [Fault.close_before(), Fault.answer(429), Fault.answer(200, '{"items": {}}')])
def test_when_looking_fails_too_it_says_so(templates: Templates, double: ServiceDouble, looking: Fault) -> None:
    double.plan(Fault.slow(seconds=0, method="GET"), Fault.close_after(method="POST"))
    double.plan(Fault(looking.misbehaviour, "GET"))
    assert code_of(templates.save) == "template_outcome_unknown"
    assert len(double.templates()) == 1


def test_a_list_of_another_form_keeps_nobody_from_saving(templates: Templates, double: ServiceDouble) -> None:
    double.plan(Fault.answer(200, '{"items": []}', method="GET"))
    assert templates.save().id == double.templates()[0]["id"]

    # But nobody could say any more which of them is the new one.
    double.plan(Fault.answer(200, '{"items": []}', method="GET"), Fault.close_after(method="POST"))
    assert code_of(templates.save) == "template_outcome_unknown"


def test_a_rejected_token_is_noticed(templates: Templates, double: ServiceDouble) -> None:
    double.revoke(templates.desk.token)
    assert code_of(templates.save) == "token_rejected"
    assert templates.desk.remembered.attention == "token_rejected"
