"""That everything a person reads about the nodes is there, and says the same everywhere."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from units.locale_files import english

from comfycontrol_pack import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

ROOT = Path(__file__).parents[3]
NODES: dict[str, Any] = dict(NODE_CLASS_MAPPINGS)
# ComfyUI's page shows the key of an input where there is no name for it.
RENAMED = {"value": "placeholder"}


@pytest.mark.parametrize("name", NODES)
def test_the_page_is_given_what_the_node_says_of_itself(name: str) -> None:
    node = NODES[name]
    inputs = node.INPUT_TYPES()
    assert english("nodeDefs")[name] == {
        "display_name": NODE_DISPLAY_NAME_MAPPINGS[name],
        "description": node.DESCRIPTION,
        "inputs": {
            key: {"name": RENAMED.get(key, key), "tooltip": options["tooltip"]}
            for kind in ("required", "optional")
            for key, (_, options) in inputs[kind].items()
        },
        "outputs": {
            str(place): {"name": label, "tooltip": tooltip}
            for place, (label, tooltip) in enumerate(zip(node.RETURN_NAMES, node.OUTPUT_TOOLTIPS, strict=True))
        },
    }


def test_no_text_is_about_a_node_that_there_is_not() -> None:
    assert english("nodeDefs").keys() == NODES.keys()
    assert {file.stem for file in (ROOT / "web" / "docs").glob("*.md")} == NODES.keys()


@pytest.mark.parametrize("name", NODES)
def test_a_help_page_names_every_input_and_the_node(name: str) -> None:
    page = (ROOT / "web" / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {NODE_DISPLAY_NAME_MAPPINGS[name]}\n")
    for key in NODES[name].INPUT_TYPES()["required"]:
        assert f"| {key} |" in page


def test_tools_can_read_the_nodes_without_running_the_pack() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="ascii"))
    literal = {
        statement.target.id: {key.value for key in statement.value.keys if isinstance(key, ast.Constant)}
        for statement in tree.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(statement.value, ast.Dict)
    }
    assert literal == {"NODE_CLASS_MAPPINGS": set(NODES), "NODE_DISPLAY_NAME_MAPPINGS": set(NODES)}


def test_every_sentence_about_a_placeholder_is_said_somewhere_with_its_values() -> None:
    said: dict[str, set[str]] = {}
    for room in ("comfycontrol", "nodes"):
        for file in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(file.read_text(encoding="ascii"))):
                named = getattr(call, "func", None)
                if isinstance(call, ast.Call) and "fault" in {getattr(named, "id", ""), getattr(named, "attr", "")}:
                    (code,) = call.args
                    assert isinstance(code, ast.Constant)
                    said[str(code.value)] = {keyword.arg or "" for keyword in call.keywords}
    texts = english()["placeholders"]
    assert said.keys() == texts.keys()
    assert all(set(re.findall(r"\{(\w+)\}", text)) <= said[code] for code, text in texts.items())
    assert [code for code, text in texts.items() if not text.endswith((".", "{value}"))] == []
