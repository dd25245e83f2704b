"""Schemas: put together by hand, and made of the pydantic models with the limits of `limits.py`."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from comfycontrol_pack.comfycontrol.models import limits
from comfycontrol_pack.comfycontrol.models import token as token_form

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
_REF = "#/components/schemas/{model}"
# `\Z` and the like are Python's; these patterns are JavaScript's, as JSON Schema wants them.
_WHOLE = "^(?:{})$"
_LIMITS: dict[str, Schema] = {
    "name": {"minLength": 1, "maxLength": limits.NAME_LENGTH, "pattern": r"\S"},
    "endpoint": {"minLength": 1, "format": "uri", "description": "An http or https address with a host."},
    "tags": {
        "maxItems": limits.TAG_COUNT,
        "uniqueItems": True,
        "items": {"type": "string", "pattern": r"^[^,\s](?:[^,\r\n]*[^,\s])?$"},
    },
    "headers": {
        "description": "Sent to the endpoint with every request. Never returned: answers only contain the names.",
        "propertyNames": {"pattern": _WHOLE.format(limits._HEADER_NAME.pattern)},  # noqa: SLF001 - the very rule
        "additionalProperties": {
            "type": "string",
            "format": "password",
            "pattern": _WHOLE.format(limits._HEADER_VALUE.pattern),  # noqa: SLF001 - the very rule
        },
    },
    "status": {"enum": [limits.ACTIVE, limits.DISABLED]},
    "token": {"pattern": f"^{token_form._PREFIX}{token_form._TOKEN.pattern}$"},  # noqa: SLF001 - the very rule
    "description": {"minLength": 1, "maxLength": limits.DESCRIPTION_LENGTH, "pattern": r"\S"},
    "workflow": {"description": "In API format: nodes by their IDs."},
    "template_id": {"description": "The template to change, or null for a new one."},
    "take_over": {"description": "The ID of a runner in the account to take over, or null to create a second one."},
    "machine_headers": {
        "description": "Names of headers whose values this machine knows for this address, as the suggestions say."
        " The instance fills them in, but only for an address that this machine suggests with them."
    },
    "as_new": {"description": "Leave the remembered runner to the copy of this instance that it belongs to."},
}


def ref(name: str) -> Schema:
    """Give a reference to a component."""
    return {"$ref": _REF.format(model=name)}


def shape(required: dict[str, Schema], optional: dict[str, Schema] | None = None, description: str = "") -> Schema:
    """Give the schema of an object."""
    said = {"description": description} if description else {}
    return {"type": "object", **said, "required": list(required), "properties": {**required, **(optional or {})}}


def list_of(items: Schema) -> Schema:
    """Give the schema of a list."""
    return {"type": "array", "items": items}


class _Generator(GenerateJsonSchema):
    """Leaves open what is no JSON in the model: it is worded on its way out, and described by hand."""

    def is_instance_schema(self, schema: Any) -> Schema:  # noqa: ARG002 - pydantic's signature
        return {}


def _of_model(model: type[BaseModel], mode: JsonSchemaMode) -> Schema:
    schema = model.model_json_schema(ref_template=_REF, schema_generator=_Generator, mode=mode)
    # Each of them is a component of its own.
    schema.pop("$defs", None)
    schema["description"] = (model.__doc__ or "").partition("\n")[0]
    return _without_titles(schema)


def _without_titles(schema: Schema) -> Schema:
    schema.pop("title", None)
    for part in schema.get("properties", {}).values():
        part.pop("title", None)
    return schema


def answer_schema(model: type[BaseModel]) -> Schema:
    """Give the schema of a model as an answer has it: with all of its fields."""
    schema = _of_model(model, "serialization")
    for part in schema["properties"].values():
        part.pop("default", None)
    return {**schema, "required": list(schema["properties"])}


def body_schema(model: type[BaseModel]) -> Schema:
    """Give the schema of a body, with the limits of its fields."""
    schema = _of_model(model, "validation")
    for name, part in schema["properties"].items():
        # Null means "not given"; the limits are those of the other branch.
        branches = [branch for branch in part.get("anyOf", [part]) if branch.get("type") != "null"]
        branches[0].update(_LIMITS.get(name, {}))
        if part.get("default", "") is None:
            # To be left out and to be null are two things for `take_over`.
            del part["default"]
        for branch in (part, *branches):
            # Else a tool would not show it in what it reads.
            branch.pop("writeOnly", None)
    return schema
