import time
from pathlib import Path
from typing import Any

import folder_paths
import pytest

from comfycontrol_pack import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
from comfycontrol_pack.comfycontrol import comfyui

Node = Any
ALL: dict[str, Node] = dict(NODE_CLASS_MAPPINGS)
TEXT, NUMBER, CHOICE = ALL["ComfyControlText"], ALL["ComfyControlNumber"], ALL["ComfyControlChoice"]
IMAGE, SEED, TIMESTAMP = ALL["ComfyControlImage"], ALL["ComfyControlSeed"], ALL["ComfyControlTimestamp"]
SAMPLERS = "euler\nddim"


@pytest.fixture
def input_folder(tmp_path: Path) -> Path:
    folder_paths.reset(tmp_path / "user", [])
    folder = tmp_path / "input"
    (folder / "deeper").mkdir(parents=True)
    for name in ("fox.png", "notes.txt", "deeper/hare.png"):
        (folder / name).write_bytes(name.encode())
    (tmp_path / "secret.png").write_bytes(b"x")
    return folder


@pytest.mark.parametrize("name", ALL)
def test_every_node_says_what_it_is_and_does(name: str) -> None:
    node = ALL[name]
    assert name.startswith("ComfyControl")
    assert NODE_DISPLAY_NAME_MAPPINGS[name].startswith("ComfyControl ")
    assert node.CATEGORY == "ComfyControl"
    assert node.DESCRIPTION
    assert len(node.RETURN_TYPES) == len(node.RETURN_NAMES) == len(node.OUTPUT_TOOLTIPS)
    inputs = node.INPUT_TYPES()
    assert all(options["tooltip"] for kind in ("required", "optional") for _, options in inputs[kind].values())
    assert callable(getattr(node(), node.FUNCTION))
    # A page without our script leaves it out, and the node runs all the same.
    assert list(inputs["optional"]) == ["value"]


@pytest.mark.parametrize("value", [None, "$text(prompt, a red fox)", "$text(prompt)", "$text( prompt , other)"])
def test_run_here_a_text_gives_the_default_whatever_is_in_it(value: Any) -> None:
    default = "a fox, (red:1.2)\n"
    assert TEXT().give("prompt", default, value) == (default,)


@pytest.mark.parametrize(
    ("value", "text"), [("a hare", "a hare"), ("", ""), (5, "5"), ("$text(other)", "$text(other)"), ("$x", "$x")]
)
def test_run_by_comfycontrol_a_text_gives_what_came(value: Any, text: str) -> None:
    assert TEXT().give("prompt", "a red fox", value) == (text,)


def test_a_number_gives_the_default_here_and_what_came_there() -> None:
    assert NUMBER().give("steps", 20.0) == (20, 20.0)
    assert NUMBER().give("steps", 20.0, "$text(steps, 20)") == (20, 20.0)
    assert NUMBER().give("steps", 20.0, "12") == (12, 12.0)
    assert NUMBER().give("steps", 20.0, 0.75) == (1, 0.75)
    assert NUMBER().give("steps", "20", "18446744073709551615")[0] == 18446744073709551615
    assert NUMBER().give("seed", "18446744073709551615", "$text(seed, 18446744073709551615)")[0] == 2**64 - 1
    assert NUMBER().give("strength", " 0.0001 ") == (0, 0.0001)


@pytest.mark.parametrize("accepted", ["INT", "FLOAT", "STRING"])
def test_another_node_may_give_the_default_of_a_number(accepted: str) -> None:
    wanted = NUMBER.INPUT_TYPES()["required"]["default"][0]
    # What ComfyUI asks before it knows several types, and what its page is told.
    assert not accepted != wanted  # noqa: SIM202 - that is the question
    assert accepted in str(wanted).split(",")
    with pytest.raises(ValueError, match='"a fox" is not a number'):
        NUMBER().give("steps", "a fox")


def test_a_choice_gives_the_first_option_here_and_what_came_there() -> None:
    assert CHOICE().give("sampler", SAMPLERS) == ("euler",)
    assert CHOICE().give("sampler", SAMPLERS, "$choice(sampler, euler, ddim)") == ("euler",)
    assert CHOICE().give("sampler", SAMPLERS, "ddim") == ("ddim",)


@pytest.mark.parametrize("accepted", ["COMBO", "STRING", "INT", "*"])
def test_a_choice_fits_every_input_also_a_list_of_names(accepted: str) -> None:
    (given,) = CHOICE.RETURN_TYPES
    # What ComfyUI before and after 0.3.41 asks, and what its page is told.
    assert not given != accepted  # noqa: SIM202 - that is the question
    assert not given != ["euler", "ddim"]  # noqa: SIM202 - that is the question
    assert str(given) == "*"


@pytest.mark.parametrize(
    ("node", "inputs", "said"),
    [
        (TEXT, {"key": "prompt"}, None),
        (TEXT, {"key": ""}, "key is empty"),
        # Connected to another node, whose value nobody knows before the run.
        (TEXT, {"key": None}, "key comes from another node"),
        (NUMBER, {"key": None, "default": "1"}, "key comes from another node"),
        (CHOICE, {"key": None, "options": SAMPLERS}, "key comes from another node"),
        (IMAGE, {"key": None, "image": "fox.png"}, "key comes from another node"),
        (TEXT, {"key": "my prompt"}, '"my prompt"'),
        (TEXT, {"key": "k" * 256}, "255"),
        (NUMBER, {"key": "steps"}, None),
        (NUMBER, {"key": "steps", "value": "$text(steps, 20)"}, None),
        (NUMBER, {"key": "steps", "value": "12"}, None),
        (NUMBER, {"key": "steps", "value": "many"}, '"many" is not a number'),
        (NUMBER, {"key": "steps", "value": ""}, "is not a number"),
        (NUMBER, {"key": "steps", "value": "9" * 400}, "is not a number"),
        (NUMBER, {"key": "steps", "value": 10**400}, "is not a number"),
        (NUMBER, {"key": "steps", "value": "9" * 5000}, "is not a number"),
        (NUMBER, {"key": "steps", "value": "1e999"}, "is not a number"),
        (NUMBER, {"key": "steps", "value": "9" * 300}, None),
        (SEED, {"value": 10**400}, "is not a whole number"),
        (NUMBER, {"key": "a,b", "value": "12"}, '"a,b"'),
        (CHOICE, {"key": "sampler", "options": SAMPLERS}, None),
        (CHOICE, {"key": "sampler", "options": SAMPLERS, "value": "ddim"}, None),
        (CHOICE, {"key": "sampler", "options": SAMPLERS, "value": "dpm"}, '"dpm" is not an option of'),
        (CHOICE, {"key": "sampler", "options": "euler"}, "2 to 4"),
        (CHOICE, {"key": "sampler", "options": "1\n2\n3\n4\n5"}, "has 5"),
        (CHOICE, {"key": "sampler", "options": "a, b\nc"}, "comma"),
        (CHOICE, {"key": "sampler", "options": "a\na"}, "twice"),
        (CHOICE, {"key": "sampler", "options": None}, "options come from another node"),
        (NUMBER, {"key": "steps", "default": str(2**64)}, None),
        (NUMBER, {"key": "steps", "default": 20.5}, None),
        (NUMBER, {"key": "steps", "default": "0,5"}, '"0,5" is not a number'),
        (NUMBER, {"key": "steps", "default": ""}, '"" is not a number'),
        # Connected: known only when it runs.
        (NUMBER, {"key": "steps", "default": None}, None),
        (SEED, {}, None),
        (SEED, {"value": "$random()"}, None),
        (SEED, {"value": "123"}, None),
        (SEED, {"value": "soon"}, '"soon" is not a whole number'),
        (TIMESTAMP, {"value": "$timestamp()"}, None),
        (TIMESTAMP, {"value": 1.5}, "whole number"),
    ],
)
def test_what_is_wrong_is_said_before_the_run(node: Node, inputs: dict[str, Any], said: str | None) -> None:
    answer = node.VALIDATE_INPUTS(**inputs)
    assert answer is True if said is None else said in answer


def test_a_seed_is_new_for_every_run_here() -> None:
    seeds = {SEED().give(value)[0] for value in (None, "$random()") for _ in range(20)}
    assert len(seeds) == 40
    assert all(0 <= seed < 2**64 for seed in seeds)
    changed = SEED.IS_CHANGED("$random()")
    assert changed != changed  # noqa: PLR0124 - not even equal to itself


def test_a_seed_that_came_is_used_as_a_seed_of_comfyui() -> None:
    assert SEED().give("18446744073709551615") == (2**64 - 1,)
    assert SEED().give(-1) == (2**64 - 1,)
    assert SEED.IS_CHANGED("7") == SEED.IS_CHANGED("7")


def test_the_time_of_a_run_is_the_same_everywhere_in_it() -> None:
    class Run:
        """What ComfyUI makes for every run."""

    run = Run()
    before = time.time_ns() // 1_000_000
    moment, text = TIMESTAMP().give(None, run)
    assert before <= moment <= time.time_ns() // 1_000_000
    assert text == str(moment)
    while time.time_ns() // 1_000_000 == moment:
        pass
    assert TIMESTAMP().give("$timestamp()", run) == (moment, text)
    assert TIMESTAMP().give("$timestamp()", Run())[0] > moment
    assert TIMESTAMP().give("1790000000000") == (1790000000000, "1790000000000")
    assert TIMESTAMP.IS_CHANGED("1790000000000", run=None) == "1790000000000"


def test_the_pictures_to_choose_from_are_those_of_the_input_folder(input_folder: Path) -> None:
    assert IMAGE.INPUT_TYPES()["required"]["image"][0] == ["fox.png"]


def test_without_comfyui_the_node_is_there_with_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "folder_paths", None)
    assert IMAGE.INPUT_TYPES()["required"]["image"][0] == []
    assert comfyui.input_file("fox.png") is None


@pytest.mark.parametrize("name", ["fox.png", "fox.png [input]", "fox.png[input]", "deeper/hare.png", "./fox.png"])
def test_a_picture_is_found_in_the_input_folder(input_folder: Path, name: str) -> None:
    found = comfyui.input_file(name)
    assert found is not None
    assert found.is_file()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " [input]",
        "none.png",
        "deeper",
        "../secret.png",
        "deeper/../../secret.png",
        "{outside}/secret.png",
        "fox.png [output]",
        "fox.png [temp]",
        "fox.png\0",
        "None",
        "f" * 300,
        "f/" * 3000,
        "\ud800.png",
        "line\nbreak.png",
    ],
)
def test_nothing_outside_of_the_input_folder_is_ever_a_picture(input_folder: Path, name: str) -> None:
    name = name.replace("{outside}", str(input_folder.parent))
    assert comfyui.input_file(name) is None
    for inputs in ({"image": name}, {"image": name, "value": "$file(photo)"}, {"image": "fox.png", "value": name}):
        said = IMAGE.VALIDATE_INPUTS(key="photo", **inputs)
        assert "input folder" in said
        assert said.encode()
        assert "\n" not in said
        assert IMAGE.IS_CHANGED(key="photo", **inputs) == ""


def test_a_picture_that_came_is_taken_whatever_the_author_had_chosen(input_folder: Path) -> None:
    chosen = {"key": "photo", "image": "only-at-the-authors.png"}
    assert len(IMAGE.IS_CHANGED(**chosen, value="deeper/hare.png")) == 64
    assert IMAGE.IS_CHANGED(**chosen, value="$file(photo)") == ""
    assert IMAGE.IS_CHANGED(**chosen, value="fox.png") != IMAGE.IS_CHANGED(**chosen, value="deeper/hare.png")
