from typing import Any

import pytest

from comfycontrol_pack.comfycontrol.templates.form import Field, TemplateForm, template_form


def node(class_type: str, title: str | None = None, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title or class_type}}


def text(key: str, default: Any = "", value: str | None = None, title: str | None = None) -> dict[str, Any]:
    if value is None:
        value = f"$text({key}, {default})" if default else f"$text({key})"
    return node("ComfyControlText", title, key=key, default=default, value=value)


def choice(key: str, options: str, title: str | None = None) -> dict[str, Any]:
    value = f"$choice({', '.join([key, *options.split()])})"
    return node("ComfyControlChoice", title, key=key, options=options, value=value)


def form(*nodes: Any) -> TemplateForm:
    """That of a workflow with these nodes and one that they are all connected to."""
    workflow = {str(place): each for place, each in enumerate(nodes)}
    sink = node("Sink")
    sink["inputs"] = {f"input_{number}": [number, 0] for number in workflow}
    return template_form({**workflow, "sink": sink})


def codes(*nodes: Any, blocking: bool | None = None) -> list[str]:
    return [problem.fault.code for problem in form(*nodes).problems if blocking in {None, problem.blocks}]


def test_the_form_has_a_field_for_every_key_in_the_order_of_the_nodes() -> None:
    found = form(
        text("prompt", "a red fox", title="Prompt"),
        node("ComfyControlNumber", key="steps", default=20.0, value="$text(steps, 20)"),
        choice("sampler", "euler\nddim"),
        node("ComfyControlImage", "Photo", key="photo", image="mine.png", value="$file(photo)"),
        node("ComfyControlSeed", value="$random()"),
        node("ComfyControlSeed", value="$random()"),
        node("ComfyControlTimestamp", value="$timestamp()"),
        node("KSampler", seed=["4", 0], steps=["1", 0], sampler_name=["2", 0]),
    )
    assert found.fields == (
        Field("text", "prompt", "a red fox", (), ("Prompt",)),
        Field("text", "steps", "20", (), ("ComfyControlNumber",)),
        Field("choice", "sampler", "euler", ("euler", "ddim"), ("ComfyControlChoice",)),
        Field("file", "photo", "", (), ("Photo",)),
    )
    assert found.filled_in == {"random": 2, "timestamp": 1}
    assert found.problems == ()
    assert not found.is_empty


def test_placeholders_written_by_hand_are_found_in_any_node() -> None:
    found = form(
        node("CLIPTextEncode", "Positive", text="$text(prompt, a red fox)"), node("KSampler", seed="$random()")
    )
    assert found.fields == (Field("text", "prompt", "a red fox", (), ("Positive",)),)
    assert found.filled_in["random"] == 1
    assert found.problems == ()


@pytest.mark.parametrize("workflow", [{}, {"1": node("SaveImage", images=["0", 0])}, {"1": None, "2": {"inputs": []}}])
def test_a_workflow_without_placeholders_is_empty(workflow: dict[str, Any]) -> None:
    assert template_form(workflow).is_empty


def test_nodes_with_one_key_share_a_field() -> None:
    found = form(text("prompt", "a fox", title="One"), text("prompt", "a fox", title="Two"))
    assert found.fields == (Field("text", "prompt", "a fox", (), ("One", "Two")),)
    assert found.problems == ()


def test_one_without_a_default_agrees_with_the_others() -> None:
    found = form(text("prompt", title="One"), text("prompt", "a fox", title="Two"))
    assert found.fields == (Field("text", "prompt", "a fox", (), ("One", "Two")),)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([text("prompt", "a fox"), text("prompt", "a hare")], "defaults_differ"),
        # Neither is in a placeholder, and a run here would still use two.
        ([text("a", "x, y", "$text(a)"), text("a", "x, z", "$text(a)")], "defaults_differ"),
        ([choice("sampler", "euler\nddim"), choice("sampler", "ddim\neuler")], "options_differ"),
        ([text("photo", "x"), node("ComfyControlImage", key="photo", value="$file(photo)")], "kinds_differ"),
        ([text("", "x", "")], "key_missing"),
        ([node("ComfyControlText", key=["3", 0], default="x")], "key_connected"),
        ([node("ComfyControlImage", key=["3", 0])], "key_connected"),
        ([node("ComfyControlChoice", key="a", options=["3", 0])], "options_connected"),
        ([node("ComfyControlNumber", key="steps", default="0,5")], "number_expected"),
        ([node("ComfyControlNumber", key="steps", default="")], "number_expected"),
        ([text("my prompt", "x", "")], "key_characters"),
        ([text("k" * 256, "x", "")], "key_too_long"),
        ([node("ComfyControlChoice", key="a", options="one")], "options_count"),
        ([node("ComfyControlChoice", key="a", options="1\n2\n3\n4\n5")], "options_count"),
        ([node("ComfyControlChoice", key="a", options="x\nx")], "option_twice"),
        ([node("ComfyControlChoice", key="a", options="x (1)\ny")], "option_characters"),
        ([node("Any", x="$text()")], "key_missing"),
        ([node("Any", x="$choice(a, b)")], "options_count"),
        ([node("Any", x="$choice(a, 1, 2, 3, 4, 5)")], "options_count"),
        ([node("Any", x="$file(my photo.png)")], "key_characters"),
    ],
)
def test_what_no_template_can_come_of_is_told_and_blocks(nodes: list[Any], code: str) -> None:
    assert codes(*nodes, blocking=True) == [code]
    (problem,) = (problem for problem in form(*nodes).problems if problem.blocks)
    assert problem.node
    assert not problem.fault.sentence().startswith("placeholders.")


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([text("prompt", "a fox, a hare", "$text(prompt)")], "default_not_carried"),
        ([text("prompt", ["3", 0], "$text(prompt)")], "default_connected"),
        ([node("Any", x="$text(prompt, a fox, a hare)")], "default_unsure"),
        ([node("Any", x="$text(my prompt)")], "key_characters"),
        ([node("Any", x="$choice(a, x (1\n), y)")], "option_characters"),
        ([node("Any", x="prefix_$random()")], "not_whole_value"),
        ([node("ComfyControlNumber", key="steps", default=["3", 0], value="$text(steps)")], "default_connected"),
        ([node("Any", x="$random() ")], "placeholder_spelling"),
        ([node("Any", x="$random(5)")], "placeholder_arguments"),
    ],
)
def test_what_is_good_to_know_is_told_and_does_not_block(nodes: list[Any], code: str) -> None:
    assert codes(*nodes, blocking=False) == [code]
    assert codes(*nodes, blocking=True) == []


def test_a_choice_and_a_text_may_have_one_key() -> None:
    assert codes(text("size", "x"), choice("size", "1\n2")) == []


def test_money_and_other_dollars_are_no_placeholders() -> None:
    prose = "for $texts (and $files), from $5"
    assert form(node("Any", v="$5 (five)", w="$HOME", x="$(x)", y=prose, z="$upload(x) a file")).problems == ()


@pytest.mark.parametrize(
    ("value", "code", "right"),
    [
        ("$random() ", "placeholder_spelling", "$random()"),
        ("\n$text(prompt, a fox)", "placeholder_spelling", "$text(prompt, a fox)"),
        ("$Text(prompt)", "placeholder_spelling", "$text(prompt)"),
        ("$ text ( prompt )", "placeholder_spelling", "$text(prompt)"),
        ("$text\uff08prompt\uff09", "placeholder_spelling", "$text(prompt)"),
        ("\uff04choice(a, b, c)", "placeholder_spelling", "$choice(a, b, c)"),
        ("$random(5)", "placeholder_arguments", ""),
        ("$Timestamp(now)", "placeholder_arguments", ""),
        ("$text(prompt", "placeholder_open", ""),
        ("$text", "placeholder_bare", ""),
        ("$upload(photo)", "placeholder_unknown", ""),
        ("$seed()", "placeholder_unknown", ""),
        ("photo_$random()", "not_whole_value", ""),
        ("$random()_photo", "not_whole_value", ""),
        ("$random() and $random()", "not_whole_value", ""),
        ("a $TEXT(prompt) b", "not_whole_value", ""),
    ],
)
def test_one_that_cannot_be_read_is_told_why(value: str, code: str, right: str) -> None:
    (problem,) = form(node("Any", x=value)).problems
    assert (problem.fault.code, problem.blocks) == (code, False)
    assert right in problem.fault.sentence()
    # As it stands, without what would break a line.
    assert value.strip() in problem.fault.sentence()
    assert form(node("Any", x=value)).is_empty


def test_a_field_that_is_wired_to_nothing_is_pointed_out() -> None:
    lonely = text("prompt", "a fox", title="Prompt")
    told = template_form({"1": lonely}).problems
    assert [(problem.fault.code, problem.node, problem.blocks) for problem in told] == [
        ("not_connected", "Prompt", False)
    ]
    assert '"prompt"' in told[0].fault.sentence()
    assert template_form({"1": lonely, "2": node("Any", text=["1", 0])}).problems == ()
    assert template_form({"1": lonely, "2": node("Any", text=[1, 0])}).problems == ()


def test_one_that_only_feeds_fields_without_effect_has_none_either() -> None:
    first, second = text("name", "x"), text("prompt", ["1", 0], "$text(prompt)")
    alone = [problem.fault for problem in template_form({"1": first, "2": second}).problems]
    assert [wrong.code for wrong in alone] == ["default_connected", "not_connected", "not_connected"]
    used = template_form({"1": first, "2": second, "3": node("Any", text=["2", 0])}).problems
    assert [problem.fault.code for problem in used] == ["default_connected"]


def test_a_field_has_an_effect_if_one_of_its_nodes_has() -> None:
    one, two = text("prompt", "a fox", title="One"), text("prompt", "a fox", title="Two")
    assert template_form({"1": one, "2": two, "3": node("Any", text=["2", 0])}).problems == ()
    assert [problem.fault.code for problem in template_form({"1": one, "2": two}).problems] == ["not_connected"]


def test_nodes_in_a_circle_end() -> None:
    circle = {"1": text("a", ["2", 0], "$text(a)"), "2": text("b", ["1", 0], "$text(b)")}
    assert [problem.fault.code for problem in template_form(circle).problems].count("not_connected") == 2


def test_the_same_problem_is_told_once() -> None:
    assert codes(text("", "x", ""), text("", "y", "")) == ["key_missing"]
