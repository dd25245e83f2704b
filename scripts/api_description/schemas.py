"""The shapes: of bodies and of what the service holds from the pydantic models, with the limits of `limits.py`."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from comfycontrol_pack.comfycontrol import texts
from comfycontrol_pack.comfycontrol.models import limits
from comfycontrol_pack.comfycontrol.models import token as token_form
from comfycontrol_pack.comfycontrol.models.preferences import Preferences, PreferencesChange
from comfycontrol_pack.comfycontrol.models.runner import (
    Account,
    Runner,
    RunnerChange,
    RunnerDraft,
    WorkflowRun,
)
from comfycontrol_pack.comfycontrol.models.template import Template
from comfycontrol_pack.comfycontrol.public_address.kind_severities import SEVERITIES, Severity
from comfycontrol_pack.comfycontrol.public_address.suggest import Certainty
from comfycontrol_pack.comfycontrol.runners.state import Action, State
from comfycontrol_pack.comfycontrol.runners.status import Status
from comfycontrol_pack.server_routes.bodies import (
    ChoiceBody,
    EndpointCheckBody,
    MachineHeadersBody,
    TemplateBody,
    TokenBody,
    WorkflowBody,
)

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
        "description": "Sent to the endpoint with every request. Never given back: answers hold the names alone.",
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
    "workflow": {"description": "In API format: nodes by their ids."},
    "template_id": {"description": "The template to change; null for a new one."},
    "take_over": {"description": "The id of a runner of the account to take over; null for making a second one."},
    "machine_headers": {
        "description": "Names of headers whose values this machine knows for this address, as the suggestions say."
        " They are filled in here, for an address that this machine suggests with them and for no other."
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


def _answer(model: type[BaseModel]) -> Schema:
    schema = _of_model(model, "serialization")
    for part in schema["properties"].values():
        part.pop("default", None)
    return {**schema, "required": list(schema["properties"])}


def _body(*models: type[BaseModel]) -> Schema:
    first, *others = (_of_model(model, "validation") for model in models)
    for other in others:
        first["properties"].update(other["properties"])
    for name, part in first["properties"].items():
        # Null means "not given"; the limits are those of the other branch.
        branches = [branch for branch in part.get("anyOf", [part]) if branch.get("type") != "null"]
        branches[0].update(_LIMITS.get(name, {}))
        if part.get("default", "") is None:
            # To be left out and to be null are two things for `take_over`.
            del part["default"]
        for branch in (part, *branches):
            # Else a tool would not show it in what it reads.
            branch.pop("writeOnly", None)
    return first


def _status() -> Schema:
    schema = _answer(Status)
    properties: dict[str, Schema] = {name: _not_null(part) for name, part in schema["properties"].items()}
    worded = {"label": TEXT, "message": TEXT, "next_step": TEXT}
    properties |= {
        **worded,
        "state": {"enum": list(get_args(State))},
        "actions": list_of({"enum": list(get_args(Action))}) | {"description": "The right next step first."},
        "problem": ref("Error"),
        "last_known": shape({"state": {"enum": list(get_args(State))}, "label": TEXT}),
        "address": ref("Verdict"),
    }
    always = ["state", *worded, "actions", "connected", "registered", "owner"]
    order = [*always, *(name for name in properties if name not in always)]
    return {
        "type": "object",
        "description": "How this instance stands. A stranger gets what is always there, and the error behind a missing"
        " package; the rest is for owners, and left out where there is nothing to say.",
        "required": always,
        "properties": {name: properties[name] for name in order},
    }


def _not_null(part: Schema) -> Schema:
    branches = [branch for branch in part.get("anyOf", []) if branch.get("type") != "null"]
    return branches[0] if branches else part


def schemas() -> dict[str, Schema]:
    """Every component, by name."""
    english = texts._table(texts.ENGLISH)  # noqa: SLF001 - the codes are its keys
    error = shape(
        {"code": {"enum": list(english["errors"])}, "message": TEXT, "next_step": TEXT},
        {
            "field": {"type": "string", "description": "The field of the body that it concerns."},
            "service_message": {"type": "string", "description": "ComfyControl's own words."},
            "retry_after": {"type": "integer", "minimum": 0, "description": "Seconds to wait."},
        },
        "What happened and what to do next, in the caller's language.",
    )
    kind = shape(
        {"code": {"enum": list(SEVERITIES)}, "severity": {"enum": list(get_args(Severity))}, "sentence": TEXT},
        description="One thing to know about an address.",
    )
    suggested = {
        "url": {"type": ["string", "null"], "description": "Null where a platform is known to have no address."},
        "source": TEXT,
        "certainty": {"enum": list(get_args(Certainty))},
        "kind": list_of(ref("Kind")),
        "headers": list_of(
            shape(
                {
                    "name": TEXT,
                    "value": {"type": "string", "description": "Empty where it is a secret, or not known."},
                    "known": {
                        "type": "boolean",
                        "description": "Whether this machine knows the value, and fills it in for `machine_headers`.",
                    },
                },
                description="A header that the address needs.",
            )
        ),
        "note": TEXT,
    }
    verdict = {"verdict": {"enum": list(english["verdicts"])}, "message": TEXT, "next_step": TEXT}
    language = {"language": {"enum": list(texts.LANGUAGES)}, "direction": {"enum": ["ltr", "rtl"]}}
    connection = {
        "sealed_token": {
            "type": "string",
            "description": "For the setting `ComfyControl.ApiToken`, where the caller is to save it. Empty where the"
            " environment gives the token: then there is nothing to save.",
        },
        "owner_key": {"type": "string", "description": "Makes its holder an owner. Given once, never again."},
        "account": shape({"name": TEXT, "tier": TEXT}),
        "token_hint": TEXT,
    }
    field = {
        "kind": {"enum": ["text", "choice", "file"]},
        "key": TEXT,
        "default": TEXT,
        "options": list_of(TEXT),
        "nodes": list_of(TEXT) | {"description": "The titles of the nodes that the field fills."},
    }
    problem = {
        "code": {"enum": list(english["placeholders"])},
        "message": TEXT,
        "node": TEXT,
        "blocks": {"type": "boolean", "description": "Whether no template can come of it; else good to know."},
    }
    count: Schema = {"type": "integer", "minimum": 0}
    return {
        "Error": error,
        "ErrorAnswer": shape({"error": ref("Error")}),
        "ConflictAnswer": shape(
            {"error": ref("Error")},
            {"candidates": list_of(ref("Runner")) | {"description": "With `runner_exists`: those with this endpoint."}},
        ),
        "Account": _answer(Account),
        "Runner": _answer(Runner),
        "WorkflowRun": _answer(WorkflowRun),
        "Status": _status(),
        "TokenBody": _body(TokenBody),
        "NewRunner": _body(RunnerDraft, MachineHeadersBody, ChoiceBody),
        "RunnerChange": _body(RunnerChange, MachineHeadersBody) | {"minProperties": 1},
        "Preferences": _answer(Preferences),
        "PreferencesChange": _body(PreferencesChange),
        "PreferencesAnswer": shape({"preferences": ref("Preferences")}),
        "EndpointCheck": _body(EndpointCheckBody),
        "Connection": shape(connection, description="What the page gets for a token that was accepted."),
        "Disconnected": shape({"left_at_service": {"anyOf": [ref("Runner"), {"type": "null"}]}}),
        "RunnerAnswer": shape({"runner": ref("Runner")}),
        "WorkflowBody": _body(WorkflowBody),
        "TemplateBody": _body(TemplateBody),
        "Template": _answer(Template),
        "TemplateAnswer": shape({"template": ref("Template")}),
        "TemplateForm": shape(
            {
                "fields": list_of(shape(field)),
                "filled_in": shape({"random": count, "timestamp": count}, description="What ComfyControl fills in."),
                "problems": list_of(shape(problem)),
            },
            description="What ComfyControl asks for when somebody runs the template.",
        ),
        "Runners": shape(
            {
                "runners": list_of(ref("Runner")) | {"description": "Newest first."},
                "truncated": {"type": "boolean", "description": "Whether the account has more."},
            }
        ),
        "History": shape({"workflows": list_of(ref("WorkflowRun")) | {"description": "Newest first, ten at most."}}),
        "Diagnostics": shape({"diagnostics": {"type": "object", "description": "No secrets and no account data."}}),
        "Kind": kind,
        "Kinds": shape({"kind": list_of(ref("Kind"))}),
        "SuggestedAddress": shape(suggested, description="An address for the endpoint field."),
        "Suggestions": shape({"name": TEXT, "endpoints": list_of(ref("SuggestedAddress")), "tags": list_of(TEXT)}),
        "Verdict": shape(
            verdict,
            {"address": {"type": "string", "description": "The endpoint to use instead, where one is known."}},
            "What stands at an address. `proven`, and no other, says that it leads to this ComfyUI.",
        ),
        "Identity": shape({"proof": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}),
        "Texts": shape({**language, "texts": {"type": "object"}}, description="The sentences of the page."),
    }
