"""Examples of bodies and answers, by the names of their schemas."""

from typing import Any

_RUNNER_ID = "5f0c9e0a-7a3c-4d0e-9a40-6f6f3a2f9f11"
# No token of anybody; the form is the documented one.
_TOKEN = "cfc_Example0Token0Of0This0Page"  # noqa: S105 - see above
_ENDPOINT = "https://comfy.example.com"
_HEADERS = {"X-Api-Key": "secret"}
_WORKFLOW = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "$text(prompt, a red fox)", "clip": ["4", 1]}}}
_DRAFT = {"name": "Studio 3", "endpoint": _ENDPOINT, "tags": ["flux", "24gb"]}
BODIES: dict[str, dict[str, Any]] = {
    "EndpointCheck": {"endpoint": _ENDPOINT, "headers": _HEADERS},
    "TokenBody": {"token": _TOKEN},
    "NewRunner": {**_DRAFT, "headers": _HEADERS},
    "RunnerChange": {"status": "disabled"},
    "PreferencesChange": {"keep_address": True},
    "GuardedPortChange": {"is_on": True},
    "TunnelChoice": {"agent": "cloudflared"},
    "WorkflowBody": {"workflow": _WORKFLOW},
    "TemplateBody": {"name": "A fox", "description": "An animal of your choice.", "workflow": _WORKFLOW},
}
_TIMES = {"created_at": "2026-11-23T23:00:00Z", "updated_at": "2026-11-23T23:00:00Z"}
_RUNNER = {
    "id": _RUNNER_ID,
    "name": _DRAFT["name"],
    "status": "active",
    **_DRAFT,
    "header_names": ["X-Api-Key"],
    **_TIMES,
}
ANSWERS: dict[str, dict[str, Any]] = {
    "Status": {
        "state": "registered",
        "label": "Registered",
        "message": "",
        "next_step": "",
        "actions": ["edit", "disable", "disconnect"],
        "connected": True,
        "registered": True,
        "owner": True,
        "account": {"id": "0d6f4f0e", "name": "Ada Lovelace", "tier": "pro"},
        "token_hint": "cfc_...Page",
        "runner": _RUNNER,
        "source": "settings",
        "seen_at": "2026-11-23T23:00:00Z",
    },
    "GuardedPortAnswer": {
        "guarded_port": {
            "state": "open",
            "address": "127.0.0.1",
            "port": 18188,
            "tunnel": "cloudflared tunnel --url http://localhost:18188",
            "whole_api": False,
            "refused": {"paths": [], "wrong_keys": 0, "without_key": 0},
        }
    },
    "TestRunAnswer": {
        "run": {
            "id": "5b0c2f7f9a1d4e63",
            "started_at": "2026-11-23T23:00:00Z",
            "steps": [{"step": "sent", "at": "2026-11-23T23:00:01Z"}],
            "outcome": None,
        }
    },
    "Connection": {
        "sealed_token": "v2...",
        "owner_key": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "account": {"name": "Ada Lovelace", "tier": "pro"},
        "token_hint": f"cfc_...{_TOKEN[-4:]}",
    },
    "Disconnected": {"left_at_service": _RUNNER},
    "RunnerAnswer": {"runner": _RUNNER},
    "Runners": {"runners": [_RUNNER], "truncated": False},
    "Verdict": {
        "verdict": "proven",
        "may_still_work": False,
        "message": "This address leads to this ComfyUI.",
        "next_step": "Use it as the endpoint.",
    },
}
