"""The sample workflows in a real ComfyUI, with ComfyUI's page before it: as they are, and as ComfyControl runs them."""

import json
import re
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from browser.graph import Graph
from browser.stage import NEWEST, PACK, Stage, build_stage
from playwright.sync_api import Browser

from comfy_host import surroundings
from comfycontrol_pack import NODE_CLASS_MAPPINGS
from comfycontrol_pack.comfycontrol.templates.placeholders import read_placeholder
from service_double import ServiceDouble

pytestmark = pytest.mark.timeout(300)

WORKFLOWS = {file.stem: file for file in sorted((PACK / "workflows").glob("*.json"))}
PHOTO = "example.png"
LONGEST_RUN = 60.0
SEED, MOMENT = 2**64 - 1, 1_790_000_000_000
# What a person fills in, by the key of the field; in the form that the service has it in.
FILLED_IN = {
    "photo": "uploaded.png",
    "width": "96",
    "method": "nearest-exact",
    "size": "64",
    "strength": 0.5,
    "enlarge": "bicubic",
    "name": "fox",
}


@pytest.fixture(scope="module")
def stage(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with ServiceDouble() as double:
        stage = build_stage("real", chromium, double, tmp_path_factory.mktemp("stage"), NEWEST)
        folder, _ = surroundings.real_comfyui()
        # A fresh ComfyUI has this one; the base directory of the test has none.
        upload(stage, (folder / "input" / PHOTO).read_bytes(), PHOTO)
        stage.open()
        yield stage
        stage.close()


def upload(stage: Stage, content: bytes, name: str) -> None:
    """As the page does it, and whoever runs a template."""
    answer = requests.post(f"{stage.host.url}/upload/image", files={"image": (name, content)}, timeout=10)
    assert answer.json()["name"] == name


def exported(stage: Stage, name: str) -> dict[str, Any]:
    graph = Graph(stage.panels[0].page)
    graph.clear()
    graph.open(json.loads(WORKFLOWS[name].read_text(encoding="utf-8")))
    return graph.prompt()


def replaced(prompt: dict[str, Any]) -> dict[str, Any]:
    """The workflow as the service sends it to a runner: every whole value that is a placeholder has another one."""

    def value_for(value: Any) -> Any:
        found = read_placeholder(value)
        if found is None:
            return value
        return {"random": SEED, "timestamp": MOMENT}.get(found.kind) or FILLED_IN[found.key]

    return {
        number: {**node, "inputs": {name: value_for(value) for name, value in node["inputs"].items()}}
        for number, node in prompt.items()
    }


def refused(stage: Stage, prompt: dict[str, Any]) -> list[str]:
    """What ComfyUI says of a prompt before the run, node by node."""
    answer = requests.post(f"{stage.host.url}/prompt", json={"prompt": prompt}, timeout=30)
    assert answer.status_code == 400
    errors = answer.json()["node_errors"].values()
    return sorted({error["details"].partition(" - ")[2] for node in errors for error in node["errors"]})


def ended(stage: Stage, prompt: dict[str, Any]) -> dict[str, Any]:
    """Run it to its end, whichever; gives ComfyUI's entry in the history."""
    answer = requests.post(f"{stage.host.url}/prompt", json={"prompt": prompt}, timeout=30)
    assert answer.status_code == 200, answer.text
    number = answer.json()["prompt_id"]
    deadline = time.monotonic() + LONGEST_RUN
    while time.monotonic() < deadline:
        entry: dict[str, Any] | None
        entry = requests.get(f"{stage.host.url}/history/{number}", timeout=10).json().get(number)
        if entry:
            return entry
        time.sleep(0.1)
    raise AssertionError("The workflow did not end.")


def run(stage: Stage, prompt: dict[str, Any]) -> list[str]:
    """Run it to its end; gives the names of the pictures."""
    entry = ended(stage, prompt)
    assert entry["status"]["status_str"] == "success", entry["status"]
    pictures = [picture for output in entry["outputs"].values() for picture in output["images"]]
    return sorted(picture["filename"] for picture in pictures)


def picture(stage: Stage, name: str) -> bytes:
    answer = requests.get(f"{stage.host.url}/view", params={"filename": name, "type": "output"}, timeout=10)
    answer.raise_for_status()
    return answer.content


def size_of(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_together_they_show_every_node() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in WORKFLOWS.values())
    assert {name for name in NODE_CLASS_MAPPINGS if f'"type": "{name}"' in texts} == set(NODE_CLASS_MAPPINGS)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_is_offered_with_a_picture(stage: Stage, name: str) -> None:
    templates = requests.get(f"{stage.host.url}/api/workflow_templates", timeout=10).json()
    assert name in templates["comfyui-comfycontrol"]
    answer = requests.get(f"{stage.host.url}/api/workflow_templates/comfyui-comfycontrol/{name}.jpg", timeout=10)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert len(answer.content) < 60 * 1024


def test_a_photo_is_inverted_here_and_another_one_there(stage: Stage) -> None:
    prompt = exported(stage, "comfycontrol_invert_a_photo")
    (here,) = run(stage, prompt)
    assert size_of(picture(stage, here)) == (384, 384)

    # The author's own picture need not be there.
    for node in prompt.values():
        if node["class_type"] == "ComfyControlImage":
            node["inputs"]["image"] = "only-at-the-authors.png"
    assert refused(stage, prompt) == [
        'The image "only-at-the-authors.png" is not in ComfyUI\'s input folder. Choose or upload another.'
    ]
    upload(stage, picture(stage, here), FILLED_IN["photo"])  # type: ignore[arg-type]
    (there,) = run(stage, replaced(prompt))
    assert size_of(picture(stage, there)) == (96, 96)


def test_noise_is_new_at_every_run_here_and_as_it_was_asked_for_there(stage: Stage) -> None:
    prompt = exported(stage, "comfycontrol_coloured_noise")
    (first,), (second,) = run(stage, prompt), run(stage, prompt)
    assert re.fullmatch(r"noise_\d{13}_00001_\.png", first)
    assert picture(stage, first) != picture(stage, second)
    assert size_of(picture(stage, first)) == (512, 512)

    (there,) = run(stage, replaced(prompt))
    assert there == f"fox_{MOMENT}_00001_.png"
    assert picture(stage, there) not in {picture(stage, first), picture(stage, second)}


def test_without_the_pages_script_it_runs_with_what_was_typed(stage: Stage) -> None:
    prompt = exported(stage, "comfycontrol_coloured_noise")
    for node in prompt.values():
        node["inputs"].pop("value", None)
    (name,) = run(stage, prompt)
    assert name.startswith("noise_")


@pytest.mark.parametrize(
    ("node_type", "inputs", "said"),
    [
        ("ComfyControlText", {"key": "my prompt"}, 'The key "my prompt" has characters'),
        ("ComfyControlNumber", {"value": "many"}, '"many" is not a number'),
        ("ComfyControlChoice", {"options": "one"}, "2 to 4 options"),
        ("ComfyControlChoice", {"value": "guess"}, '"guess" is none of the options'),
        ("ComfyControlSeed", {"value": "soon"}, '"soon" is no whole number'),
    ],
)
def test_what_is_wrong_is_said_on_the_node_and_not_by_a_trace(
    stage: Stage, node_type: str, inputs: dict[str, Any], said: str
) -> None:
    prompt = exported(stage, "comfycontrol_coloured_noise")
    for node in prompt.values():
        if node["class_type"] == node_type:
            node["inputs"].update(inputs)
    assert all(said in told for told in refused(stage, prompt))
    assert "Traceback" not in stage.host.log


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_picture_is_said_on_the_node(stage: Stage, content: bytes) -> None:
    upload(stage, content, f"broken-{len(content)}.png")
    prompt = exported(stage, "comfycontrol_invert_a_photo")
    for node in prompt.values():
        if node["class_type"] == "ComfyControlImage":
            node["inputs"]["value"] = f"broken-{len(content)}.png"
    # Not before the run: ComfyUI's loop is not to wait for a picture that somebody uploaded.
    messages = dict(ended(stage, prompt)["status"]["messages"])
    told = messages["execution_error"]["exception_message"]
    assert "cannot be read" in told
    assert str(stage.user_directory.parent) not in told


def test_a_huge_picture_does_not_stop_comfyui_while_it_takes_a_prompt(stage: Stage) -> None:
    side = 13_300
    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    upload(stage, png_of(head, bytes(1 + (side + 7) // 8) * side), "huge.png")
    names = [str(number) for number in range(8)]
    photo = {"class_type": "ComfyControlImage", "inputs": {"key": "photo", "image": "huge.png"}}
    # Its other input is missing, so that nothing of it is ever run.
    save = {name: {"class_type": "SaveImage", "inputs": {"images": [name, 0]}} for name in names}
    prompt = dict.fromkeys(names, photo) | {f"save-{name}": node for name, node in save.items()}
    began = time.monotonic()
    answer = requests.post(f"{stage.host.url}/prompt", json={"prompt": prompt}, timeout=60)
    took = time.monotonic() - began
    assert answer.status_code == 400
    # Of one bit a pixel, they take 1.5 s to be opened; with colours, more than ten times as long.
    assert took < 0.5


def test_a_mask_is_where_the_picture_is_transparent(stage: Stage, half_transparent: bytes) -> None:
    upload(stage, half_transparent, "half.png")
    prompt = {
        "1": {"class_type": "ComfyControlImage", "inputs": {"key": "photo", "image": "half.png"}},
        "2": {"class_type": "MaskToImage", "inputs": {"mask": ["1", 1]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "mask"}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "whole"}},
    }
    mask, whole = run(stage, prompt)
    assert size_of(picture(stage, mask)) == size_of(picture(stage, whole)) == (2, 1)
    black_and_white = bytes([0, 0, 0, 255, 255, 255])
    assert pixels(picture(stage, mask)) == black_and_white
    assert pixels(picture(stage, whole)) == bytes([255, 0, 0, 0, 0, 255])


@pytest.fixture
def half_transparent() -> bytes:
    """2 x 1 pixels in RGBA: opaque red, and blue that cannot be seen."""
    return png(2, 1, 6, bytes([255, 0, 0, 255, 0, 0, 255, 0]))


def png(width: int, height: int, colour_type: int, row: bytes) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, colour_type, 0, 0, 0])
    return png_of(head, b"\0" + row)


def png_of(head: bytes, rows: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pixels(content: bytes) -> bytes:
    """The only row of a picture of 2 x 1 pixels in RGB, whichever filter it was saved with."""
    place = content.index(b"IDAT")
    length = int.from_bytes(content[place - 4 : place], "big")
    kind, *row = zlib.decompress(content[place + 4 : place + 4 + length])
    # Of one row, "up" (2) says nothing, and "sub" (1) and "Paeth" (4) add the pixel before.
    for position in range(3, len(row)):
        row[position] = (row[position] + (row[position - 3] if kind in {1, 4} else 0)) % 256
    return bytes(row)
