"""What each route is for, who may call it, what it takes, what it answers. A test compares it with what is mounted."""

from typing import Any, Literal, NamedTuple

from comfycontrol_pack.server_routes.guards import LANGUAGE_HEADER

from . import failures
from .failures import Failures

RUNNER_ID = "5f0c9e0a-7a3c-4d0e-9a40-6f6f3a2f9f11"
# No token of anybody; the form is the documented one.
TOKEN = "cfc_Example0Token0Of0This0Page"  # noqa: S105 - see above
_ENDPOINT = "https://comfy.example.com"
_RUNNER = {"name": "Studio 3", "endpoint": _ENDPOINT, "tags": ["flux", "24gb"]}
_WORKFLOW = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "$text(prompt, a red fox)", "clip": ["4", 1]}}}


class Query(NamedTuple):
    """A parameter of the query."""

    name: str
    description: str
    example: str
    pattern: str | None = None
    required: bool = False


class Route(NamedTuple):
    """One route.

    `who` is "owners", "anyone", or "both" where owners get more than others do. `answer` and `body` are names of
    components.
    """

    method: str
    path: str
    name: str
    summary: str
    who: Literal["owners", "anyone", "both"]
    answer: str
    failures: Failures
    description: str = ""
    queries: tuple[Query, ...] = ()
    body: str | None = None
    example: dict[str, Any] | None = None
    status: int = 200
    needs_own_header: bool = False


ROUTES = (
    Route(
        "GET",
        "/comfycontrol/status",
        "status",
        "How this instance stands.",
        "both",
        "Status",
        failures.MACHINE + failures.USER,
        "Strangers get the bare state, from memory; they never cause a call to ComfyControl.",
        (Query("refresh", "`1` has ComfyControl asked first, one call at most. For owners; ignored otherwise.", "1"),),
    ),
    Route(
        "GET",
        "/comfycontrol/suggestions",
        "suggestions",
        "What a registration form is filled in with: name, addresses, tags.",
        "owners",
        "Suggestions",
        failures.OWNER,
        "Asks the tunnel agents on this machine (300 ms at most), and nobody else.",
        (Query("page", "The address of the page that asks, which behind some proxies only it knows.", _ENDPOINT),),
    ),
    Route(
        "GET",
        "/comfycontrol/address-kind",
        "addressKind",
        "What kind of address this is. Calls nothing.",
        "owners",
        "Kinds",
        failures.OWNER,
        queries=(Query("endpoint", "Any text; what is no address is told to be none.", "http://192.168.1.5:8188"),),
    ),
    Route(
        "GET",
        "/comfycontrol/identity",
        "identity",
        "The proof that an address leads to this instance.",
        "anyone",
        "Identity",
        failures.NONCE + failures.STORAGE,
        "An HMAC over the nonce, with a secret of this instance. It names neither host nor account.",
        (Query("nonce", "New for every question.", "Zk3vJwq8b1fT0yLr5mXa", "^[A-Za-z0-9_-]{16,128}$", required=True),),
    ),
    Route(
        "GET",
        "/comfycontrol/texts",
        "texts",
        "The sentences of the page in a language.",
        "anyone",
        "Texts",
        (),
        queries=(Query("language", "A language as ComfyUI names it; English for any that is not there.", "zh"),),
    ),
    Route(
        "GET",
        "/comfycontrol/runners",
        "runners",
        "All runners of the account.",
        "owners",
        "Runners",
        failures.OWNER + failures.STORED_TOKEN + failures.SERVICE,
        "One call to ComfyControl for every hundred runners.",
    ),
    Route(
        "GET",
        "/comfycontrol/history",
        "history",
        "The latest workflows that this instance's runner ran.",
        "owners",
        "History",
        failures.OWNER + failures.STORED_TOKEN + failures.SERVICE + failures.OWN_RUNNER,
        "One call to ComfyControl.",
    ),
    Route(
        "GET",
        "/comfycontrol/diagnostics",
        "diagnostics",
        "What helps to find a fault.",
        "owners",
        "Diagnostics",
        failures.OWNER + failures.USER,
        "Versions, state, kinds of address, codes of the last errors. Made for reading, and may grow with any version.",
    ),
    Route(
        "POST",
        "/comfycontrol/endpoint-check",
        "checkEndpoint",
        "Does this address lead here?",
        "owners",
        "Verdict",
        failures.OWNER + failures.BODY + failures.ENDPOINT + failures.HEADERS + failures.CHECKS,
        "Calls the address with these headers, if it is a public one; takes up to 5 seconds. Ten checks a minute.",
        body="EndpointCheck",
        example={"endpoint": _ENDPOINT, "headers": {"X-Api-Key": "secret"}},
    ),
    Route(
        "PUT",
        "/comfycontrol/token",
        "connect",
        "Enter an API token, and become an owner.",
        "both",
        "Connection",
        failures.MACHINE
        + failures.USER
        + failures.PACKAGE
        + failures.BODY
        + failures.TYPED_TOKEN
        + failures.CLAIM
        + failures.ENVIRONMENT
        + failures.SERVICE,
        "The token is checked with ComfyControl, sealed and given back sealed: the caller saves that text as ComfyUI's"
        " setting `ComfyControl.ApiToken`. Of callers who are no owners, ten tokens a minute are checked, four of"
        f" one address. `{LANGUAGE_HEADER}` has to be there: no page of another site can send it.",
        body="TokenBody",
        example={"token": TOKEN},
        needs_own_header=True,
    ),
    Route(
        "DELETE",
        "/comfycontrol/token",
        "disconnect",
        "Forget token, owners and runner.",
        "owners",
        "Disconnected",
        failures.OWNER + failures.DECIDED,
        "Calls nobody, so it works while ComfyControl is away. Answers with the runner that stays at ComfyControl.",
    ),
    Route(
        "POST",
        "/comfycontrol/runner",
        "register",
        "Make this instance a runner: create one, or take one over.",
        "owners",
        "RunnerAnswer",
        failures.OWNER
        + failures.DECIDED
        + failures.BODY
        + failures.FIELDS
        + failures.STORED_TOKEN
        + failures.SERVICE
        + failures.CREATION,
        "Where the account has runners with this endpoint and `take_over` was not given, the answer is 409"
        " `runner_exists` with `candidates`; ask again with `take_over`. Fields left out stay as they are at a runner"
        " that is taken over.",
        body="NewRunner",
        example={**_RUNNER, "headers": {"X-Api-Key": "secret"}},
        status=201,
    ),
    Route(
        "PATCH",
        "/comfycontrol/runner",
        "change",
        "Change the runner of this instance.",
        "owners",
        "RunnerAnswer",
        failures.OWNER
        + failures.DECIDED
        + failures.BODY
        + failures.FIELDS
        + failures.STATUS
        + failures.STORED_TOKEN
        + failures.SERVICE
        + failures.OWN_RUNNER,
        "What is not given, or null, stays as it is. A field that is given is replaced as a whole.",
        body="RunnerChange",
        example={"status": "disabled"},
    ),
    Route(
        "PATCH",
        "/comfycontrol/preferences",
        "prefer",
        "Say what the extension may do by itself.",
        "owners",
        "PreferencesAnswer",
        failures.OWNER + failures.BODY,
        "`keep_address` updates the runner when the address that is registered no longer leads here and this machine"
        " has another that does; `check_address` has the endpoint checked when the panel is opened and before"
        " registering."
        " What is not given, or null, stays as it is.",
        body="PreferencesChange",
        example={"keep_address": True},
    ),
    Route(
        "POST",
        "/comfycontrol/template-form",
        "templateForm",
        "The form that ComfyControl will show for a workflow, and what is wrong with it.",
        "owners",
        "TemplateForm",
        failures.OWNER + failures.WORKFLOW,
        "Calls nobody. The body may have 4 MB.",
        body="WorkflowBody",
        example={"workflow": _WORKFLOW},
    ),
    Route(
        "POST",
        "/comfycontrol/template",
        "saveTemplate",
        "Save a workflow as a template of the account.",
        "owners",
        "TemplateAnswer",
        failures.OWNER + failures.WORKFLOW + failures.TEMPLATE + failures.STORED_TOKEN + failures.SERVICE,
        "Creates one; with `template_id`, that one is changed. The body may have 4 MB.",
        body="TemplateBody",
        example={"name": "A fox", "description": "An animal of your choice.", "workflow": _WORKFLOW},
    ),
)
