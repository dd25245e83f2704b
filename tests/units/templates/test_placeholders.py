import json
from pathlib import Path
from typing import Any

import pytest

from comfycontrol_pack import NODE_CLASS_MAPPINGS
from comfycontrol_pack.comfycontrol.templates import placeholders
from comfycontrol_pack.comfycontrol.templates.placeholders import ASKING_NODES, Placeholder, read_placeholder

CASES = json.loads((Path(__file__).parents[2] / "placeholder_cases.json").read_text(encoding="utf-8"))
READ = [case for case in CASES if case["placeholder"]]


@pytest.mark.parametrize("case", READ, ids=[f"{place}-{case['placeholder'][:30]}" for place, case in enumerate(READ)])
def test_what_the_page_writes_is_read_as_it_was_meant(case: dict[str, Any]) -> None:
    found = read_placeholder(case["placeholder"])
    assert found is not None
    assert {**found._asdict(), "options": list(found.options)} == case["reads"]


NUMBERS = [
    case
    for case in READ
    if case["node"] == placeholders.NUMBER_NODE and placeholders.number_in(case["values"]["default"]) is not None
]


@pytest.mark.parametrize("case", NUMBERS, ids=[str(case["values"]["default"])[:30] for case in NUMBERS])
def test_a_number_keeps_its_digits_from_widget_to_placeholder_and_run(case: dict[str, Any]) -> None:
    typed, carried = case["values"]["default"], case["reads"]["default"]
    assert carried == (typed.strip() if isinstance(typed, str) else str(typed))
    number = placeholders.number_in(carried)
    assert number is not None
    assert number == placeholders.number_in(typed)
    node: Any = NODE_CLASS_MAPPINGS[placeholders.NUMBER_NODE]()
    assert node.give("n", typed, case["placeholder"]) == (round(number), float(number))


def test_the_table_has_the_numbers_that_are_easily_lost() -> None:
    typed = {case["values"]["default"] for case in NUMBERS}
    assert {str(2**64), str(2**64 - 1), str(2**53 + 1), str(10**15 + 1), "0.0001", "0.1234567890123456789"} <= typed


ASKING = [case for case in CASES if case["node"] in ASKING_NODES]


@pytest.mark.parametrize("case", ASKING, ids=[f"{place}-{case['node']}" for place, case in enumerate(ASKING)])
def test_what_the_page_cannot_write_is_said_before_the_run(case: dict[str, Any]) -> None:
    wrong = placeholders.key_fault(case["values"]["key"])
    if case["node"] == "ComfyControlChoice":
        wrong = wrong or placeholders.options_fault_in(case["values"]["options"])
    assert (wrong is None) == (case["placeholder"] is not None)
    assert wrong is None or wrong.sentence() != f"placeholders.{wrong.code}"


def test_every_asking_node_is_one_of_ours() -> None:
    with_key = {name for name, node in NODE_CLASS_MAPPINGS.items() if "key" in node.INPUT_TYPES()["required"]}  # type: ignore[attr-defined]
    assert set(ASKING_NODES) == with_key


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a red fox",
        "$text",
        "$text(",
        "prefix_$random()",
        "$random() ",
        " $random()",
        "$random()_suffix",
        "$random(5)",
        "$timestamp(x)",
        "$Text(prompt)",
        "$upload(photo)",
        "$10 (ten)",
        5,
        None,
        ["1", 0],
    ],
)
def test_what_is_not_the_whole_value_or_not_documented_is_no_placeholder(value: Any) -> None:
    assert read_placeholder(value) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("$text()", Placeholder("text")),
        ("$text(a,b)", Placeholder("text", "a", "b")),
        ("$text( a ,  b, c )", Placeholder("text", "a", "b, c")),
        ("$text(a, (b))", Placeholder("text", "a", "(b)")),
        ("$text(a, line\nline)", Placeholder("text", "a", "line\nline")),
        ("$choice(a)", Placeholder("choice", "a")),
        ("$choice(a,b)", Placeholder("choice", "a", "b", ("b",))),
        ("$choice(a,1,2,3,4,5)", Placeholder("choice", "a", "1", ("1", "2", "3", "4", "5"))),
        ("$file(a, b)", Placeholder("file", "a, b")),
        ("$random( )", Placeholder("random")),
    ],
)
def test_one_written_by_hand_is_read_leniently(value: str, found: Placeholder) -> None:
    assert read_placeholder(value) == found


def test_what_was_typed_is_quoted_shortened() -> None:
    wrong = placeholders.key_fault("x y" * 50)
    assert wrong is not None
    assert len(wrong.sentence()) < 200
    assert "x yx y" in wrong.sentence()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("20", 20),
        (" 20 ", 20),
        ("0.5", 0.5),
        ("-1e3", -1000.0),
        ("18446744073709551615", 18446744073709551615),
        (20, 20),
        (0.5, 0.5),
        ("", None),
        ("twenty", None),
        ("1,5", None),
        ("nan", None),
        ("inf", None),
        (float("nan"), None),
        ("9" * 5000, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_number_may_come_as_a_number_or_as_text(value: Any, number: float | None) -> None:
    assert placeholders.number_in(value) == number


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7.0, 7), ("-1", -1), ("7.5", None), (7.5, None), ("", None)])
def test_a_seed_is_a_whole_number(value: Any, number: int | None) -> None:
    assert placeholders.whole_number_in(value) == number
