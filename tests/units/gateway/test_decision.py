"""Who gets through the guarded port, row by row."""

from itertools import product
from typing import Any, get_args

import pytest

from comfycontrol_pack.comfycontrol.gateway.decision import Decision, Facts, Key, decide

ALLOWED, UNAUTHORIZED, FORBIDDEN = Decision.ALLOWED, Decision.UNAUTHORIZED, Decision.FORBIDDEN
PREFIXES = ("", "/api")
KEYS: tuple[Key, ...] = get_args(Key)
WORTHLESS = [key for key in KEYS if key != "right"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X")

# What running workflows takes, by the templates of ComfyUI 0.3.40 to 0.33.
OPEN: dict[str, tuple[str, ...]] = {
    "/prompt": ("GET", "HEAD", "POST"),
    "/queue": ("GET", "HEAD", "POST"),
    "/history": ("GET", "HEAD", "POST"),
    "/history/{prompt_id}": ("GET", "HEAD"),
    "/jobs": ("GET", "HEAD"),
    "/jobs/{job_id}": ("GET", "HEAD"),
    "/jobs/{job_id}/cancel": ("POST",),
    "/jobs/cancel": ("POST",),
    "/view": ("GET", "HEAD"),
    "/upload/image": ("POST",),
    "/upload/mask": ("POST",),
    "/object_info": ("GET", "HEAD"),
    "/object_info/{node_class}": ("GET", "HEAD"),
    "/models": ("GET", "HEAD"),
    "/models/{folder}": ("GET", "HEAD"),
    "/embeddings": ("GET", "HEAD"),
    "/features": ("GET", "HEAD"),
    "/system_stats": ("GET", "HEAD"),
    "/interrupt": ("POST",),
    "/free": ("POST",),
}
# Everything else that a ComfyUI answers, or that looks like what is open.
CLOSED = (
    "/",
    "/*",
    "/api",
    "/apiprompt",
    "/api/api/jobs",
    "/api/api/prompt",
    "/docs/*",
    "/extensions",
    "/extensions/some-pack/*",
    "/experiment/models",
    "/experiment/models/preview/{folder}/{path_index}/{filename}",
    "/global_subgraphs/{id}",
    "/history/*",
    "/i18n",
    "/internal/folder_paths",
    "/internal/logs",
    "/manager/reboot",
    "/models/*",
    "/models/{folder}/{name}",
    "/prompt/{prompt_id}",
    "/settings",
    "/settings/{id}",
    "/some-pack/run",
    "/upload/{kind}",
    "/upload/image/*",
    "/userdata/{file}",
    "/users",
    "/v2/userdata",
    "/view/*",
    "/view_metadata/{folder_name}",
    "/ws/*",
    "/{path}",
    "/comfycontrol/runner",
    "/comfycontrol/status",
    "/comfycontrol/token",
    "prompt",
    "",
)
EVERY_ROUTE = (*OPEN, *CLOSED, "/ws")


def judged(
    route: str | None, method: str = "GET", key: Key = "right", *, whole: bool = False, **facts: Any
) -> Decision:
    return decide(Facts(method, route, key, **facts), whole_api=whole)


@pytest.mark.parametrize(("route", "prefix"), list(product(OPEN, PREFIXES)))
def test_the_key_opens_what_running_workflows_takes_to_the_methods_it_takes(route: str, prefix: str) -> None:
    for method in METHODS:
        expected = ALLOWED if method in OPEN[route] else FORBIDDEN
        assert judged(prefix + route, method) is expected, method


@pytest.mark.parametrize(("route", "prefix"), list(product(CLOSED, PREFIXES)))
def test_the_key_opens_nothing_else(route: str, prefix: str) -> None:
    for method in METHODS:
        assert judged(prefix + route, method) is FORBIDDEN, method


@pytest.mark.parametrize("key", WORTHLESS)
def test_without_the_one_right_key_nothing_is_open_however_it_is_asked_for(key: Key) -> None:
    kinds = product(EVERY_ROUTE, PREFIXES, METHODS, ("", "websocket", "h2c"), (0, 1, 2), (True, False), (True, False))
    for route, prefix, method, upgrade, hosts, origin_form, whole in kinds:
        facts = Facts(method, prefix + route, key, upgrade, hosts, origin_form)
        assert decide(facts, whole_api=whole) is UNAUTHORIZED, facts
    assert judged(None, key=key) is UNAUTHORIZED


@pytest.mark.parametrize(("key", "prefix", "whole"), list(product(KEYS, PREFIXES, (False, True))))
def test_the_proof_that_an_address_leads_here_is_for_everybody(key: Key, prefix: str, *, whole: bool) -> None:
    proof = f"{prefix}/comfycontrol/identity"
    assert judged(proof, key=key, whole=whole) is ALLOWED
    if key != "right":
        for method in METHODS[1:]:
            assert judged(proof, method, key, whole=whole) is UNAUTHORIZED, method
        for facts in ({"hosts": 2}, {"hosts": 0}, {"origin_form": False}, {"upgrade": "websocket"}):
            assert judged(proof, key=key, whole=whole, **facts) is UNAUTHORIZED, facts


# What was sent, and the route that the router resolves for it: the path's own text counts for nothing.
SPELLINGS = [
    ("/prompt", "/prompt", ALLOWED),
    ("/api/prompt", "/api/prompt", ALLOWED),
    ("/pro%6dpt", "/prompt", ALLOWED),
    ("/prompt?/internal/logs", "/prompt", ALLOWED),
    ("//prompt", "/*", FORBIDDEN),
    ("/prompt/", "/*", FORBIDDEN),
    ("/prompt/..;/", "/*", FORBIDDEN),
    ("/prompt/../internal/logs", "/internal/logs", FORBIDDEN),
    ("/%2e%2e/prompt", "/*", FORBIDDEN),
    ("/view/..%2f..%2fsettings", None, FORBIDDEN),
    ("/PROMPT", None, FORBIDDEN),
    ("/history/..%2fsettings", "/history/{prompt_id}", ALLOWED),
]


@pytest.mark.parametrize(("sent", "route", "expected"), SPELLINGS)
def test_however_a_path_is_written_the_route_that_answers_is_judged(
    sent: str, route: str | None, expected: Decision
) -> None:
    assert judged(route) is expected, sent
    assert judged(route, key="missing") is UNAUTHORIZED, sent


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_connection_is_turned_over_to_comfyuis_websocket_alone(prefix: str) -> None:
    assert judged(f"{prefix}/ws", upgrade="websocket") is ALLOWED
    for method in METHODS[1:]:
        assert judged(f"{prefix}/ws", method, upgrade="websocket") is FORBIDDEN, method
    for upgrade in ("", "h2c", "tls/1.0", "websocket, h2c", "WebSocket"):
        assert judged(f"{prefix}/ws", upgrade=upgrade) is FORBIDDEN, upgrade
    for route in (*OPEN, *CLOSED):
        for method in OPEN.get(route, METHODS):
            assert judged(prefix + route, method, upgrade="websocket") is FORBIDDEN, (method, route)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("facts", [{"hosts": 0}, {"hosts": 2}, {"origin_form": False}])
def test_what_two_programs_may_understand_differently_is_closed_with_the_key_as_well(
    facts: dict[str, Any], *, whole: bool
) -> None:
    for route, prefix in product(EVERY_ROUTE, PREFIXES):
        assert judged(prefix + route, whole=whole, **facts) is FORBIDDEN, route


def test_the_whole_api_is_what_comfyui_answers_and_no_tunnel_to_elsewhere() -> None:
    for route in EVERY_ROUTE:
        for method in METHODS:
            expected = FORBIDDEN if method in {"TRACE", "CONNECT"} else ALLOWED
            assert judged(route, method, whole=True) is expected, (method, route)
        assert judged(route, upgrade="websocket", whole=True) is ALLOWED
        assert judged(route, "POST", upgrade="websocket", whole=True) is FORBIDDEN
        assert judged(route, upgrade="h2c", whole=True) is FORBIDDEN
    assert judged(None, whole=True) is FORBIDDEN
