"""Every state as the server tells of it, for tests that only look at how the page draws it."""

import json
from pathlib import Path
from typing import Any

from browser.panel import Panel
from playwright.sync_api import Route, expect

_TEXTS = json.loads((Path(__file__).parent.parent.parent / "locales/en/panel.json").read_text(encoding="utf-8"))

_RUNNER = {
    "id": "3f0c",
    "name": "Workstation in the cellar, the one with the big card",
    "status": "active",
    "endpoint": "https://a-rather-long-subdomain-of-a-tunnel-service.proxy.eu-central-1.example.com/gpu/1",
    "tags": ["gpu-rtx-4090", "nights"],
    "header_names": ["X-Gateway-Key"],
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-02-03T04:05:06Z",
}
_WORKFLOWS = [
    {"id": "1", "name": "Portrait", "status": "completed", "completed_at": "2026-02-03T04:05:06Z"},
    {"id": "2", "name": "A series with a long name", "status": "failed", "completed_at": "2026-02-03T04:05:06Z"},
]
_ACTIONS = {
    "not_connected": ["enter_token"],
    "token_rejected": ["enter_token", "disconnect"],
    "token_unreadable": ["enter_token", "disconnect"],
    "not_registered": ["register", "take_over", "disconnect"],
    "registered": ["test_run", "edit", "disable", "disconnect"],
    "disabled": ["enable", "edit", "disconnect"],
    "not_reachable": ["edit", "test_run", "disable", "disconnect"],
    "address_changed": ["update_address", "edit", "test_run", "disable", "disconnect"],
    "runner_gone": ["register_again", "take_over", "disconnect"],
    "another_instance": ["register_as_new", "update_address", "take_over", "disconnect"],
    "service_unreachable": ["retry", "disconnect"],
    "rate_limited": ["retry", "disconnect"],
    "needs_attention": ["enable", "edit", "disconnect"],
}
_PROBLEMS = {
    "service_unreachable": "no_network",
    "needs_attention": "access_denied",
    "token_rejected": "token_rejected",
}
_WITHOUT_RUNNER = {"not_connected", "not_registered"}
STATES = list(_ACTIONS)


def outcome(code: str) -> dict[str, Any]:
    """How a test run ended."""
    return {"code": code, "proven": code == "ran", "at": _RUNNER["updated_at"], **_TEXTS["test_run"][code]}


def told(state: str, tested: str = "") -> dict[str, Any]:
    """An owner's status; `tested` is how the last test run ended."""
    away = state in {"service_unreachable", "rate_limited"}
    actions = _ACTIONS[state]
    status: dict[str, Any] = {
        "state": state,
        **_TEXTS["states"][state],
        # Of a runner that has proven itself, the test is no more the next step.
        "actions": ["edit", "test_run", *actions[2:]] if (state, tested) == ("registered", "ran") else actions,
        "connected": state not in {"not_connected", "token_unreadable"},
        "registered": state not in _WITHOUT_RUNNER,
        "owner": True,
        "account": {"id": "1", "name": "Ada Lovelace", "tier": "pro"},
        "token_hint": "cfc_...Qb7x",
        "source": "settings",
        "seen_at": "2026-02-03T04:05:06Z",
    }
    if state not in _WITHOUT_RUNNER:
        status["runner"] = {**_RUNNER, "status": "disabled" if state == "disabled" else "active"}
    if state in _PROBLEMS:
        status["problem"] = {"code": _PROBLEMS[state], **_TEXTS["errors"][_PROBLEMS[state]], "service_message": "no"}
    if "update_address" in _ACTIONS[state]:
        status["best_address"] = "https://abc123xyz-8188.proxy.runpod.net"
    if state == "registered":
        status["address"] = {"verdict": "refused", **_TEXTS["verdicts"]["refused"]}
    if tested:
        status["test_run"] = {**outcome(tested), "old": False}
    if away:
        status |= {"last_known": {"state": "registered", "label": "Registered"}, "retry_after": 200}
    return status


def tell(panel: Panel, state: str, tested: str = "") -> None:
    """Have the page believe that this is the state, and that a test run ends as the last one did."""
    panel.page.unroute_all()

    def answer_status(route: Route) -> None:
        route.fulfill(json=told(state, tested))

    def answer_history(route: Route) -> None:
        times = {"created_at": "", "started_at": ""}
        route.fulfill(json={"workflows": [{**times, **workflow} for workflow in _WORKFLOWS]})

    def answer_runners(route: Route) -> None:
        runners = [{**_RUNNER, "id": str(number), "name": f"Runner {number}"} for number in range(12)]
        route.fulfill(json={"runners": runners, "truncated": True})

    def answer_test_run(route: Route) -> None:
        steps = [{"step": step, "at": _RUNNER["updated_at"]} for step in ("sent", "assigned")]
        begun = {"id": "1", "started_at": _RUNNER["updated_at"], "steps": steps}
        route.fulfill(json={"run": {**begun, "outcome": outcome(tested)} if tested else None})

    panel.page.route("**/comfycontrol/status*", answer_status)
    panel.page.route("**/comfycontrol/test-run", answer_test_run)
    panel.page.route("**/comfycontrol/history", answer_history)
    panel.page.route("**/comfycontrol/runners", answer_runners)
    panel.look_again()
    expect(panel.page.locator(".comfycontrol-state").last).to_have_text(told(state)["label"])
