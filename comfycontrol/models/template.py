"""Templates."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from .frozen import Frozen
from .limits import check_description, check_template_name
from .runner import Whole

# The parts of a multipart body as `requests` takes them: a plain field, or a file with its name and media type.
Parts = Mapping[str, tuple[None, str] | tuple[str, bytes, str]]

_MEDIA_TYPE = "application/json"


class Template(Frozen):
    """A template as the service lists it, without its body."""

    id: Whole = Field(min_length=1)
    name: str = ""
    description: str = ""


class TemplateDraft(Frozen):
    """What a person wants to save: a workflow in API format under a name.

    Raises:
        InvalidInputError: from the validators; pydantic wraps only `ValueError`s.

    """

    name: Annotated[str, AfterValidator(check_template_name)]
    description: Annotated[str, AfterValidator(check_description)]
    workflow: dict[str, Any]

    def to_service(self) -> Parts:
        """The body of `POST` and `PUT /v1/template`: two fields, and a file in JSON."""
        body = json.dumps(self.workflow, ensure_ascii=False).encode()
        return {
            "name": (None, self.name),
            "description": (None, self.description),
            "body": ("workflow.json", body, _MEDIA_TYPE),
        }
