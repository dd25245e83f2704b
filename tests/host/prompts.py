"""Workflows in API format, and those that ComfyUI does not queue."""

from typing import Any

CLIENT_ID = "mine"


def picture(width: int = 2, height: int = 1, color: int = 0x2F5BD8) -> dict[str, Any]:
    """An empty picture, previewed: nothing is left in the output folder."""
    size = {"width": width, "height": height, "batch_size": 1, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }


def changed(prompt: dict[str, Any], node: str, **fields: Any) -> dict[str, Any]:
    return {**prompt, node: {**prompt[node], **fields}}


REFUSED: dict[str, dict[str, Any]] = {
    "no prompt": {},
    "empty prompt": {"prompt": {}},
    "no output": {"prompt": {"1": picture()["1"]}},
    "unknown class": {"prompt": changed(picture(), "2", class_type="Unknown")},
    "unknown class with a title": {"prompt": changed(picture(), "2", class_type="Unknown", _meta={"title": "Show"})},
    "no class": {"prompt": {"1": {"inputs": {}}}},
    "missing input": {"prompt": changed(picture(), "2", inputs={})},
    "bad link": {"prompt": changed(picture(), "2", inputs={"images": ["1"]})},
    "too small": {"prompt": picture(width=0)},
    "too big": {"prompt": picture(color=0x1000000)},
    "no number": {"prompt": changed(picture(), "1", inputs={**picture()["1"]["inputs"], "width": "wide"})},
    "link of another kind": {
        "prompt": {
            **picture(),
            "1": {"class_type": "EmptyImage", "inputs": {**picture()["1"]["inputs"], "width": ["0", 0]}},
            "0": picture()["1"],
        },
    },
    "prompt id that is none": {"prompt": picture(), "prompt_id": "mine"},
    "empty prompt id": {"prompt": picture(), "prompt_id": ""},
}
