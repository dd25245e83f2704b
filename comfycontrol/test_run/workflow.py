"""The workflow of a test run: the smallest that ComfyUI can run with nodes of its own and that has a picture."""

import secrets

from ..models.limits import TEST_RUN_TAG
from ..models.workflow import NAME_LENGTH, WorkflowDraft

_PIXELS = 64
_COLORS = 0x1000000


def new_tag() -> str:
    """Make a tag that no runner has."""
    return f"{TEST_RUN_TAG}{secrets.token_hex(6)}"


def small_workflow(runner_name: str, tags: tuple[str, ...]) -> WorkflowDraft:
    """Make the workflow. It previews an empty picture, so nothing is left in the output folder."""
    # Of another colour each time: ComfyUI would not run again what it has run already.
    picture = {"width": _PIXELS, "height": _PIXELS, "batch_size": 1, "color": secrets.randbelow(_COLORS)}
    workflow = {
        "1": {"class_type": "EmptyImage", "inputs": picture},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    return WorkflowDraft(name=f"ComfyControl test: {runner_name}"[:NAME_LENGTH], workflow=workflow, tags=tags)
