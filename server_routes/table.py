"""The one table of routes, from which they are mounted, guarded and documented.

It names modules instead of importing them, so that what a route needs is loaded on its first call, not at ComfyUI's
start.
"""

from http import HTTPStatus

from .guards import LANGUAGE_HEADER, MOST_BYTES_OF_WORKFLOW
from .route import Query, Route

ROUTES = (
    Route(
        "GET",
        "/comfycontrol/status",
        "status.status",
        "Status",
        "The state of this instance.",
        "Strangers only get the basic state, from memory. They never cause a call to ComfyControl.",
        who="anyone; owners get more",
        queries=(
            Query("refresh", "`1` asks ComfyControl first, with at most one call. For owners; otherwise ignored.", "1"),
        ),
    ),
    Route(
        "GET",
        "/comfycontrol/suggestions",
        "address.suggestions",
        "Suggestions",
        "The values that fill in the registration form: name, addresses, tags.",
        "Asks the tunnel agents on this machine (300 ms at most), and nothing else.",
        queries=(
            Query(
                "page",
                "The address of the calling page. Behind some proxies, only the page knows it.",
                "https://comfy.example.com",
            ),
        ),
    ),
    Route(
        "GET",
        "/comfycontrol/address-kind",
        "address.address_kind",
        "Kinds",
        "The kind of an address. Calls nothing.",
        queries=(Query("endpoint", "Any text; the answer says if it is no address.", "http://192.168.1.5:8188"),),
    ),
    Route(
        "GET",
        "/comfycontrol/identity",
        "identity.identity",
        "Identity",
        "The proof that an address leads to this instance.",
        "An HMAC of the nonce, with a secret of this instance. It reveals neither the host nor the account.",
        who="anyone",
        queries=(
            Query("nonce", "New for each request.", "Zk3vJwq8b1fT0yLr5mXa", "^[A-Za-z0-9_-]{16,128}$", required=True),
        ),
        # The address check waits for this answer, which must not queue behind calls that wait for the service.
        own_thread=True,
    ),
    Route(
        "GET",
        "/comfycontrol/texts",
        "page_texts.texts",
        "Texts",
        "The texts of the page in one language.",
        who="anyone",
        queries=(Query("language", "A language code as in ComfyUI. Unknown ones give English.", "zh"),),
    ),
    Route(
        "GET",
        "/comfycontrol/runners",
        "runner.runners",
        "Runners",
        "All runners in the account.",
        "Makes one call to ComfyControl per hundred runners.",
    ),
    Route(
        "GET",
        "/comfycontrol/history",
        "runner.history",
        "History",
        "The latest workflows that this instance's runner ran.",
        "Makes one call to ComfyControl.",
    ),
    Route(
        "GET",
        "/comfycontrol/diagnostics",
        "status.diagnostics",
        "Diagnostics",
        "Information for finding a problem.",
        "Versions, state, kinds of addresses, last error codes. For people to read; any version may add to it.",
    ),
    Route(
        "POST",
        "/comfycontrol/endpoint-check",
        "address.check_endpoint",
        "Verdict",
        "Check whether an address leads here.",
        "Calls the address with these headers, if it is public. Takes up to 5 seconds. Limit: ten checks per minute.",
        body="EndpointCheck",
    ),
    Route(
        "PUT",
        "/comfycontrol/token",
        "account.connect",
        "Connection",
        "Enter an API token and become an owner.",
        "Checks the token with ComfyControl and returns it encrypted. The caller saves that text as ComfyUI's setting"
        " `ComfyControl.ApiToken`. Limit for callers who are not owners: ten tokens per minute, six from one address."
        f" `{LANGUAGE_HEADER}` is required, because no page of another site can send it.",
        who="anyone; owners get more",
        needs_own_header=True,
        body="TokenBody",
    ),
    Route(
        "DELETE",
        "/comfycontrol/token",
        "account.disconnect",
        "Disconnected",
        "Forget the token, owners and runner.",
        "Calls nothing, so it works while ComfyControl is unavailable. Returns the runner that stays at ComfyControl.",
        decides=("token", "runner"),
    ),
    Route(
        "POST",
        "/comfycontrol/runner",
        "runner.register",
        "RunnerAnswer",
        "Make this instance a runner: create one or take one over.",
        "If the account has runners with this endpoint and you omit `take_over`, the answer is 409 `runner_exists` with"
        " `candidates`: repeat the request with `take_over`. When you take a runner over, omitted fields stay"
        " unchanged.",
        decides=("runner",),
        body="NewRunner",
        status=HTTPStatus.CREATED,
    ),
    Route(
        "PATCH",
        "/comfycontrol/runner",
        "runner.change",
        "RunnerAnswer",
        "Change this instance's runner.",
        "Omitted and null fields stay unchanged. Any other field is replaced as a whole.",
        body="RunnerChange",
    ),
    Route(
        "POST",
        "/comfycontrol/test-run",
        "test_run.start_test_run",
        "TestRunAnswer",
        "Make ComfyControl send a workflow, to prove that it reaches this instance.",
        "It counts as one workflow in the account and leaves an entry in its gallery. If a test is in progress, returns"
        " that one. At most 30 calls to ComfyControl and two minutes. Sends `comfycontrol.status` at each step.",
        status=HTTPStatus.ACCEPTED,
    ),
    Route(
        "GET",
        "/comfycontrol/test-run",
        "test_run.test_run",
        "TestRunAnswer",
        "The state of the latest test run, or null if this process has not started one.",
    ),
    Route(
        "DELETE",
        "/comfycontrol/test-run",
        "test_run.give_up_test_run",
        "TestRunAnswer",
        "Stop waiting for the current test run.",
        "The workflow that was sent keeps running.",
    ),
    Route(
        "PATCH",
        "/comfycontrol/preferences",
        "preferences.prefer",
        "PreferencesAnswer",
        "Set what the extension may do automatically.",
        "`keep_address` updates the runner when the registered address no longer leads here and this machine has"
        " another that does. `check_address` checks the endpoint when the panel is opened and before registering."
        " Omitted and null fields stay unchanged.",
        body="PreferencesChange",
    ),
    Route(
        "GET",
        "/comfycontrol/guarded-port",
        "guarded_port.guarded_port",
        "GuardedPortAnswer",
        "The state of the guarded port, and what it rejected since ComfyUI started.",
    ),
    Route(
        "PATCH",
        "/comfycontrol/guarded-port",
        "guarded_port.change_guarded_port",
        "GuardedPortAnswer",
        "Open or close the guarded port, or change what it lets in.",
        "Opening it changes nothing at ComfyControl: to give the runner the key, register or change it with `guard`."
        " Closing it removes the key from the runner's headers first.",
        decides=("gateway",),
        body="GuardedPortChange",
    ),
    Route(
        "GET",
        "/comfycontrol/tunnel",
        "tunnel.tunnel",
        "TunnelAnswer",
        "The state of this instance's tunnel, and the available agents.",
    ),
    Route(
        "POST",
        "/comfycontrol/tunnel",
        "tunnel.open_tunnel",
        "TunnelAnswer",
        "Open a tunnel to the guarded port.",
        "Nothing is downloaded. The tunnel reopens whenever ComfyUI starts. This also turns on `keep_address`.",
        decides=("tunnel",),
        body="TunnelChoice",
        status=HTTPStatus.ACCEPTED,
    ),
    Route(
        "DELETE",
        "/comfycontrol/tunnel",
        "tunnel.stop_tunnel",
        "TunnelAnswer",
        "Stop the tunnel.",
        "Takes up to 12 seconds.",
        decides=("tunnel",),
    ),
    Route(
        "POST",
        "/comfycontrol/template-form",
        "template.template_form",
        "TemplateForm",
        "The form that ComfyControl will show for a workflow, and the problems in it.",
        "Calls nothing. The body can be up to 4 MB.",
        body="WorkflowBody",
        most_bytes=MOST_BYTES_OF_WORKFLOW,
    ),
    Route(
        "POST",
        "/comfycontrol/template",
        "template.save_template",
        "TemplateAnswer",
        "Save a workflow as a template in the account.",
        "Creates a template, or with `template_id` changes that one. The body can be up to 4 MB.",
        body="TemplateBody",
        most_bytes=MOST_BYTES_OF_WORKFLOW,
    ),
)
