"""Workflows, as the service runs them."""

import json
from typing import Any

from pydantic import Field, field_validator

from .frozen import Frozen
from .runner import Whole
from .template import Parts

NAME_LENGTH = 200
ENDED = frozenset({"completed", "cancelled", "invalid", "failed"})


class Workflow(Frozen):
    """A workflow (`GET /v1/workflow/{id}`), as far as we use it. Text is empty, and a list too, when not known.

    `user_runner_id` is the account's runner that executes it, `managed_runner_id` a machine of the service's own: never
    both. `prompt_id` is ComfyUI's, once it is in a queue. The last three say why it failed.
    """

    id: Whole = Field(min_length=1)
    status: str = ""
    tags: tuple[str, ...] = ()
    user_runner_id: str = ""
    managed_runner_id: str = ""
    prompt_id: str = ""
    error_node: str = ""
    exception_type: str = ""
    exception_message: str = ""

    @field_validator("*", mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        # Null is how the service says that it does not know; some nodes' ids are numbers.
        return "" if value is None else str(value) if isinstance(value, int) else value

    @field_validator("tags", mode="before")
    @classmethod
    def _no_tags(cls, tags: Any) -> Any:
        return tags or ()


class WorkflowDraft(Frozen):
    """A workflow to be run: in API format, under a name, for a runner that has all of the tags."""

    name: str = Field(min_length=1, max_length=NAME_LENGTH)
    workflow: dict[str, Any]
    tags: tuple[str, ...] = ()

    def to_service(self) -> Parts:
        """The body of `POST /v1/workflow`."""
        body = json.dumps(self.workflow, ensure_ascii=False).encode()
        return {
            "name": (None, self.name),
            "tags": (None, ",".join(self.tags)),
            "workflow_json": ("workflow.json", body, "application/json"),
        }
