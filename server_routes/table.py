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
        "How this instance stands.",
        "Strangers get the bare state, from memory; they never cause a call to ComfyControl.",
        who="anyone; owners get more",
        queries=(
            Query("refresh", "`1` has ComfyControl asked first, one call at most. For owners; ignored otherwise.", "1"),
        ),
    ),
    Route(
        "GET",
        "/comfycontrol/suggestions",
        "address.suggestions",
        "Suggestions",
        "What a registration form is filled in with: name, addresses, tags.",
        "Asks the tunnel agents on this machine (300 ms at most), and nobody else.",
        queries=(
            Query(
                "page",
                "The address of the page that asks, which behind some proxies only it knows.",
                "https://comfy.example.com",
            ),
        ),
    ),
    Route(
        "GET",
        "/comfycontrol/address-kind",
        "address.address_kind",
        "Kinds",
        "What kind of address this is. Calls nothing.",
        queries=(Query("endpoint", "Any text; what is no address is told to be none.", "http://192.168.1.5:8188"),),
    ),
    Route(
        "GET",
        "/comfycontrol/identity",
        "identity.identity",
        "Identity",
        "The proof that an address leads to this instance.",
        "An HMAC over the nonce, with a secret of this instance. It names neither host nor account.",
        who="anyone",
        queries=(
            Query("nonce", "New for every question.", "Zk3vJwq8b1fT0yLr5mXa", "^[A-Za-z0-9_-]{16,128}$", required=True),
        ),
        # The address check waits for this answer, which must not queue behind calls that wait for the service.
        own_thread=True,
    ),
    Route(
        "GET",
        "/comfycontrol/texts",
        "page_texts.texts",
        "Texts",
        "The sentences of the page in a language.",
        who="anyone",
        queries=(Query("language", "A language as ComfyUI names it; English for any that is not there.", "zh"),),
    ),
    Route(
        "GET",
        "/comfycontrol/runners",
        "runner.runners",
        "Runners",
        "All runners of the account.",
        "One call to ComfyControl for every hundred.",
    ),
    Route(
        "GET",
        "/comfycontrol/history",
        "runner.history",
        "History",
        "The latest workflows that this instance's runner ran.",
        "One call to ComfyControl.",
    ),
    Route(
        "GET",
        "/comfycontrol/diagnostics",
        "status.diagnostics",
        "Diagnostics",
        "What helps to find a fault.",
        "Versions, state, kinds of address, codes of the last errors. Made for reading, and may grow with any version.",
    ),
    Route(
        "POST",
        "/comfycontrol/endpoint-check",
        "address.check_endpoint",
        "Verdict",
        "Does this address lead here?",
        "Calls the address with these headers, if it is a public one; takes up to 5 seconds. Ten checks a minute.",
        body="EndpointCheck",
    ),
    Route(
        "PUT",
        "/comfycontrol/token",
        "account.connect",
        "Connection",
        "Enter an API token, and become an owner.",
        "The token is checked with ComfyControl, sealed and given back sealed: the caller saves that text as ComfyUI's"
        " setting `ComfyControl.ApiToken`. Of callers who are no owners, ten tokens a minute are checked, six of"
        f" one address. `{LANGUAGE_HEADER}` has to be there: no page of another site can send it.",
        who="anyone; owners get more",
        needs_own_header=True,
        body="TokenBody",
    ),
    Route(
        "DELETE",
        "/comfycontrol/token",
        "account.disconnect",
        "Disconnected",
        "Forget token, owners and runner.",
        "Calls nobody, so it works while ComfyControl is away. Answers with the runner that stays at ComfyControl.",
        decides=("token", "runner"),
    ),
    Route(
        "POST",
        "/comfycontrol/runner",
        "runner.register",
        "RunnerAnswer",
        "Make this instance a runner: create one, or take one over.",
        "Where the account has runners with this endpoint and `take_over` was not given, the answer is 409"
        " `runner_exists` with `candidates`; ask again with `take_over`. Fields left out stay as they are at a runner"
        " that is taken over.",
        decides=("runner",),
        body="NewRunner",
        status=HTTPStatus.CREATED,
    ),
    Route(
        "PATCH",
        "/comfycontrol/runner",
        "runner.change",
        "RunnerAnswer",
        "Change the runner of this instance.",
        "What is not given, or null, stays as it is. A field that is given is replaced as a whole.",
        body="RunnerChange",
    ),
    Route(
        "POST",
        "/comfycontrol/test-run",
        "test_run.start_test_run",
        "TestRunAnswer",
        "Have ComfyControl send a workflow, to prove that it reaches this instance.",
        "It takes a workflow of the account, and leaves an entry in its gallery. Where a run is under way, the answer"
        " is that one. At most 30 calls to ComfyControl and two minutes; `comfycontrol.status` is sent at each step.",
        status=HTTPStatus.ACCEPTED,
    ),
    Route(
        "GET",
        "/comfycontrol/test-run",
        "test_run.test_run",
        "TestRunAnswer",
        "How the test run stands that was started last; null where this process has started none.",
    ),
    Route(
        "DELETE",
        "/comfycontrol/test-run",
        "test_run.give_up_test_run",
        "TestRunAnswer",
        "Give up the test run that is under way.",
        "The workflow that was sent still runs.",
    ),
    Route(
        "PATCH",
        "/comfycontrol/preferences",
        "preferences.prefer",
        "PreferencesAnswer",
        "Say what the extension may do by itself.",
        "`keep_address` updates the runner when the address that is registered no longer leads here and this machine"
        " has another that does; `check_address` has the endpoint checked when the panel is opened and before"
        " registering."
        " What is not given, or null, stays as it is.",
        body="PreferencesChange",
    ),
    Route(
        "GET",
        "/comfycontrol/guarded-port",
        "guarded_port.guarded_port",
        "GuardedPortAnswer",
        "How the guarded port stands, and what it refused since ComfyUI started.",
    ),
    Route(
        "PATCH",
        "/comfycontrol/guarded-port",
        "guarded_port.change_guarded_port",
        "GuardedPortAnswer",
        "Open or close the guarded port, or change what it lets in.",
        "Opening it changes nothing at ComfyControl: the runner gets the key with `guard` when it is registered or"
        " changed. Closing it takes the key out of the runner's headers first.",
        decides=("gateway",),
        body="GuardedPortChange",
    ),
    Route(
        "GET",
        "/comfycontrol/tunnel",
        "tunnel.tunnel",
        "TunnelAnswer",
        "How the tunnel of this instance stands, and which agents there are.",
    ),
    Route(
        "POST",
        "/comfycontrol/tunnel",
        "tunnel.open_tunnel",
        "TunnelAnswer",
        "Open a tunnel to the guarded port.",
        "Nothing is downloaded. It comes back at every start of ComfyUI, and `keep_address` is switched on with it.",
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
        "The form that ComfyControl will show for a workflow, and what is wrong with it.",
        "Calls nobody. The body may have 4 MB.",
        body="WorkflowBody",
        most_bytes=MOST_BYTES_OF_WORKFLOW,
    ),
    Route(
        "POST",
        "/comfycontrol/template",
        "template.save_template",
        "TemplateAnswer",
        "Save a workflow as a template of the account.",
        "Creates one; with `template_id`, that one is changed. The body may have 4 MB.",
        body="TemplateBody",
        most_bytes=MOST_BYTES_OF_WORKFLOW,
    ),
)
