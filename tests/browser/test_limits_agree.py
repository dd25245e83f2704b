"""The page and the server know the same limits: the page's modules over the table that tests the server's."""

import json
from pathlib import Path

import pytest
from browser.stage import Stage

CASES = json.loads((Path(__file__).parent.parent / "limits_cases.json").read_text(encoding="ascii"))
SPELLINGS = json.loads((Path(__file__).parent.parent / "spelling_cases.json").read_text(encoding="ascii"))
JUDGE = """(limits, { judge, values }) => values.map((value) => {
  const fault = limits[judge](value) ?? null;
  return fault?.code ?? fault;
})"""


@pytest.mark.parametrize(
    ("field", "judge"),
    [
        ("name", "nameFault"),
        ("endpoint", "endpointFault"),
        ("tags", "tagsFault"),
        ("headers", "headersFault"),
        ("template_name", "templateNameFault"),
        ("description", "descriptionFault"),
    ],
)
def test_the_page_finds_the_faults_of_the_table(shared_stage: Stage, field: str, judge: str) -> None:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open()
    values = [case["value"] for case in CASES[field]]
    found = panel.evaluate_module("limits.mjs", JUDGE, {"judge": judge, "values": values})
    expected = [case["fault"] for case in CASES[field]]
    assert list(zip(values, found, strict=True)) == list(zip(values, expected, strict=True))


def test_the_page_understands_tags_as_a_variable_does(shared_stage: Stage) -> None:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open()
    typed = [case["value"] for case in SPELLINGS["tags"]]
    found = panel.evaluate_module("spellings.mjs", "(spellings, texts) => texts.map(spellings.tagsIn)", typed)
    assert found == [case["items"] for case in SPELLINGS["tags"]]


def test_the_page_understands_a_line_that_was_pasted_into_a_headers_field(shared_stage: Stage) -> None:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open()
    read = "({ headerIn }, rows) => rows.map(([name, value]) => Object.values(headerIn(name, value)))"
    found = panel.evaluate_module("spellings.mjs", read, [case["typed"] for case in SPELLINGS["headers"]])
    assert found == [case["header"] for case in SPELLINGS["headers"]]


def test_the_table_holds_every_field(shared_stage: Stage) -> None:
    assert set(CASES) == {"name", "endpoint", "tags", "headers", "template_name", "description"}
