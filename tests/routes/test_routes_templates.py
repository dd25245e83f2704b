import json
from typing import Any

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI

from service_double import Fault, ServiceDouble

WORKFLOW = {
    "1": {
        "class_type": "ComfyControlText",
        "inputs": {"key": "prompt", "default": "a, b", "value": "$text(prompt)"},
        "_meta": {"title": "Prompt"},
    },
    "2": {"class_type": "ComfyControlSeed", "inputs": {"value": "$random()"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": ["1", 0]}},
}
DRAFT = {"name": "Foxes", "description": "Paints foxes", "workflow": WORKFLOW}
JSON = {"Content-Type": "application/json"}
MB = 1024 * 1024


async def test_an_owner_sees_the_form_before_anything_is_sent(owner: Browser, double: ServiceDouble) -> None:
    double.forget_calls()
    answer = await owner.ask("POST", "/template-form", {"workflow": WORKFLOW})
    assert answer.status == 200
    content = answer.content
    assert content["fields"] == [{"kind": "text", "key": "prompt", "default": "", "options": [], "nodes": ["Prompt"]}]
    assert content["filled_in"] == {"random": 1, "timestamp": 0}
    (problem,) = content["problems"]
    assert (problem["code"], problem["node"], problem["blocks"]) == ("default_not_carried", "Prompt", False)
    assert '"prompt"' in problem["message"]
    assert double.calls == []


async def test_an_owner_saves_a_workflow_and_then_changes_the_template(owner: Browser, double: ServiceDouble) -> None:
    saved = (await owner.ask("POST", "/template", DRAFT)).content["template"]
    assert saved.keys() == {"id", "name", "description"}
    answer = await owner.ask("POST", "/template", {**DRAFT, "name": "Hares", "template_id": saved["id"]})
    assert answer.content["template"]["id"] == saved["id"]
    (held,) = double.templates()
    assert (held["name"], held["description"], held["body"]) == ("Hares", "Paints foxes", WORKFLOW)
    assert double.complaints == []


@pytest.mark.parametrize(
    ("values", "status", "code", "field"),
    [
        ({"name": ""}, 400, "template_name_missing", "name"),
        ({"description": "d" * 501}, 400, "description_too_long", "description"),
        ({"workflow": {}}, 400, "template_empty", "workflow"),
        ({"workflow": []}, 400, "body_invalid", "workflow"),
        ({"workflow": None}, 400, "body_invalid", "workflow"),
        ({"template_id": 5}, 400, "body_invalid", "template_id"),
        ({"template_id": "x" * 201}, 400, "body_invalid", "template_id"),
        ({"template_id": "gone"}, 404, "template_gone", None),
    ],
)
async def test_what_cannot_be_saved_is_told(
    owner: Browser, values: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = await owner.ask("POST", "/template", {**DRAFT, **values})
    assert (answer.status, answer.code, answer.content["error"].get("field")) == (status, code, field)


async def test_the_limit_of_the_tier_is_told(owner: Browser, double: ServiceDouble) -> None:
    double.template_limit = 0
    answer = await owner.ask("POST", "/template", DRAFT)
    assert (answer.status, answer.code) == (403, "template_limit")
    assert answer.content["error"]["service_message"] == "Template limit exceeded for your tier"


async def test_a_workflow_of_4_mb_is_taken_and_one_more_byte_is_too_many(owner: Browser, double: ServiceDouble) -> None:
    note = {"class_type": "Note", "inputs": {"text": "x" * (3 * MB)}}
    body = json.dumps({**DRAFT, "workflow": {**WORKFLOW, "3": note}}).encode()
    assert (await owner.ask("POST", "/template", data=body.ljust(4 * MB), headers=JSON)).status == 200
    assert double.templates()[0]["body"]["3"] == note
    for path in ("/template", "/template-form"):
        answer = await owner.ask("POST", path, data=body.ljust(4 * MB + 1), headers=JSON)
        assert (answer.status, answer.code) == (413, "workflow_too_large")


async def test_problems_are_told_in_the_language_of_the_page(owner: Browser) -> None:
    answer = await owner.ask(
        "POST", "/template-form", {"workflow": WORKFLOW}, headers={"X-ComfyControl-Language": "xx"}
    )
    assert "comma" in answer.content["problems"][0]["message"]


async def test_a_lost_answer_makes_no_second_template(owner: Browser, double: ServiceDouble) -> None:
    double.plan(Fault.close_after(method="POST"))
    answer = await owner.ask("POST", "/template", DRAFT)
    assert answer.status == 200
    assert [held["id"] for held in double.templates()] == [answer.content["template"]["id"]]


async def test_neither_token_nor_address_is_in_an_answer(
    comfyui: ComfyUI, owner: Browser, token: str, double: ServiceDouble
) -> None:
    await owner.ask("POST", "/template", DRAFT)
    await owner.ask("POST", "/template-form", {"workflow": WORKFLOW})
    for answer in owner.answers[-2:]:
        assert token not in answer.text
        assert double.url not in answer.text
