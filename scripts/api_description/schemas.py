"""The components of the document: of bodies, of answers, and of what the service holds."""

from typing import get_args

from comfycontrol_pack.comfycontrol import texts
from comfycontrol_pack.comfycontrol.address_check.verdicts import WayIn
from comfycontrol_pack.comfycontrol.gateway.claim import Claim
from comfycontrol_pack.comfycontrol.models.preferences import Preferences
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner, WorkflowRun
from comfycontrol_pack.comfycontrol.models.template import Template
from comfycontrol_pack.comfycontrol.models.test_run import STEPS
from comfycontrol_pack.comfycontrol.public_address.kinds import SEVERITIES, Severity
from comfycontrol_pack.comfycontrol.public_address.suggestion import Certainty
from comfycontrol_pack.comfycontrol.runners.state import Action, State
from comfycontrol_pack.comfycontrol.runners.status import Status
from comfycontrol_pack.server_routes import bodies

from .reachability import guarded_port, tunnel, tunnel_agents
from .schema_parts import TEXT, Schema, answer_schema, body_schema, list_of, ref, shape


def _status() -> Schema:
    schema = answer_schema(Status)
    properties: dict[str, Schema] = {name: _not_null(part) for name, part in schema["properties"].items()}
    worded = {"label": TEXT, "message": TEXT, "next_step": TEXT}
    properties |= {
        **worded,
        "state": {"enum": list(get_args(State))},
        "actions": list_of({"enum": list(get_args(Action))}) | {"description": "The right next step first."},
        "problem": ref("Error"),
        "last_known": shape({"state": {"enum": list(get_args(State))}, "label": TEXT}),
        "address": ref("Verdict"),
        "test_run": ref("LastTestRun"),
        "guard": shape(
            {"code": {"enum": list(get_args(Claim))}, "message": TEXT, "next_step": TEXT},
            description="Who can get in at the runner's address.",
        ),
        "tunnel": ref("Tunnel"),
    }
    del properties["last_run"]
    always = ["state", *worded, "actions", "connected", "registered", "owner"]
    order = [*always, *(name for name in properties if name not in always)]
    return {
        "type": "object",
        "description": "The state of this instance. A stranger gets the required fields, and the error if a package is"
        " missing. The rest is for owners, and omitted if there is nothing to say.",
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
            "field": {"type": "string", "description": "The field of the body with the error."},
            "service_message": {"type": "string", "description": "ComfyControl's own words."},
            "retry_after": {"type": "integer", "minimum": 0, "description": "Seconds to wait."},
        },
        "What happened and what to do next, in the caller's language.",
    )
    kind = shape(
        {"code": {"enum": list(SEVERITIES)}, "severity": {"enum": list(get_args(Severity))}, "sentence": TEXT},
        description="One fact about an address.",
    )
    suggested = {
        "url": {"type": ["string", "null"], "description": "Null if a platform is known to have no address."},
        "source": TEXT,
        "certainty": {"enum": list(get_args(Certainty))},
        "kind": list_of(ref("Kind")),
        "headers": list_of(
            shape(
                {
                    "name": TEXT,
                    "value": {"type": "string", "description": "Empty if it is a secret or not known."},
                    "known": {
                        "type": "boolean",
                        "description": "Whether this machine knows the value and fills it in for `machine_headers`.",
                    },
                },
                description="A header that the address requires.",
            )
        ),
        "note": TEXT,
        "changes": {
            "type": "boolean",
            "description": "Whether the next tunnel or machine has another address; `keep_address` follows it.",
        },
    }
    verdict = {
        "verdict": {"enum": list(english["verdicts"])},
        "message": TEXT,
        "next_step": TEXT,
        "may_still_work": {
            "type": "boolean",
            "description": "Whether ComfyControl may reach the address even though this machine does not.",
        },
    }
    language = {"language": {"enum": list(texts.LANGUAGES)}, "direction": {"enum": ["ltr", "rtl"]}}
    connection = {
        "sealed_token": {
            "type": "string",
            "description": "The encrypted token, which the caller saves as the setting `ComfyControl.ApiToken`. Empty"
            " if the environment sets the token: then there is nothing to save.",
        },
        "owner_key": {"type": "string", "description": "Makes its holder an owner. Returned only once."},
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
        "blocks": {"type": "boolean", "description": "Whether it prevents saving. If not, it is a note."},
    }
    outcome: dict[str, Schema] = {
        "code": {"enum": [*english["test_run"], *english["errors"]]},
        "proven": {"type": "boolean", "description": "Whether ComfyControl ran the workflow, and it ran here."},
        "at": TEXT,
        "message": TEXT,
        "next_step": TEXT,
    }
    blamed: dict[str, Schema] = {
        "field": {"enum": ["endpoint", "headers"], "description": "The form field that probably needs correcting."},
        "service_message": {"type": "string", "description": "ComfyControl's own words."},
    }
    old: dict[str, Schema] = {"old": {"type": "boolean", "description": "Whether the runner has changed since."}}
    run: dict[str, Schema] = {
        "id": TEXT,
        "started_at": TEXT,
        "steps": list_of(shape({"step": {"enum": list(STEPS)}, "at": TEXT})),
        "outcome": {"anyOf": [ref("TestRunOutcome"), {"type": "null"}]},
    }
    count: Schema = {"type": "integer", "minimum": 0}
    port, may_have = guarded_port(count)
    return {
        "Error": error,
        "ErrorAnswer": shape({"error": ref("Error")}),
        "ConflictAnswer": shape(
            {"error": ref("Error")},
            {"candidates": list_of(ref("Runner")) | {"description": "With `runner_exists`: those with this endpoint."}},
        ),
        "Account": answer_schema(Account),
        "Runner": answer_schema(Runner),
        "WorkflowRun": answer_schema(WorkflowRun),
        "Status": _status(),
        "TokenBody": body_schema(bodies.TokenBody),
        "NewRunner": body_schema(bodies.NewRunner),
        "RunnerChange": body_schema(bodies.RunnerChange) | {"minProperties": 1},
        "Preferences": answer_schema(Preferences),
        "PreferencesChange": body_schema(bodies.PreferencesChange),
        "PreferencesAnswer": shape({"preferences": ref("Preferences")}),
        "EndpointCheck": body_schema(bodies.EndpointCheck),
        "Connection": shape(connection, description="What the page gets for an accepted token."),
        "Disconnected": shape({"left_at_service": {"anyOf": [ref("Runner"), {"type": "null"}]}}),
        "RunnerAnswer": shape({"runner": ref("Runner")}),
        "TestRunOutcome": shape(outcome, blamed, "How a test run ended."),
        "LastTestRun": shape({**outcome, **old}, blamed, "How the last test run ended."),
        "TestRun": shape(run, description="A test run. `outcome` is null until it ends. Times are ISO 8601, UTC."),
        "TestRunAnswer": shape({"run": {"anyOf": [ref("TestRun"), {"type": "null"}]}}),
        "TunnelChoice": body_schema(bodies.TunnelChoice),
        "Tunnel": tunnel(list(english["tunnel"]), list(english["errors"])),
        "TunnelAnswer": shape({"tunnel": ref("Tunnel"), "agents": tunnel_agents()}),
        "GuardedPortChange": body_schema(bodies.GuardedPortChange),
        "GuardedPort": shape(port, may_have, "The state of the guarded port."),
        "GuardedPortAnswer": shape({"guarded_port": ref("GuardedPort")}),
        "WorkflowBody": body_schema(bodies.WorkflowBody),
        "TemplateBody": body_schema(bodies.TemplateBody),
        "Template": answer_schema(Template),
        "TemplateAnswer": shape({"template": ref("Template")}),
        "TemplateForm": shape(
            {
                "fields": list_of(shape(field)),
                "filled_in": shape({"random": count, "timestamp": count}, description="What ComfyControl fills in."),
                "problems": list_of(shape(problem)),
            },
            description="What ComfyControl asks for when someone runs the template.",
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
        "Suggestions": shape(
            {
                "name": TEXT,
                "endpoints": list_of(ref("SuggestedAddress")),
                "tags": list_of(TEXT),
                "tunnel": shape(
                    {"run": TEXT, "downloads": TEXT},
                    {"install": TEXT | {"description": "Omitted if no single command installs it."}},
                    "The commands that open a tunnel, for a machine without a public address.",
                ),
            }
        ),
        "Verdict": shape(
            verdict,
            {
                "address": {"type": "string", "description": "The endpoint to use instead, if one is known."},
                "way": shape(
                    {"code": {"enum": list(get_args(WayIn))}, "message": TEXT, "next_step": TEXT},
                    description="Who can get in, if that is known.",
                ),
            },
            "What responds at an address. Only `proven` says that it leads to this ComfyUI.",
        ),
        "Identity": shape({"proof": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}),
        "Texts": shape({**language, "texts": {"type": "object"}}, description="The texts of the page."),
    }
