"""Registers an instance through HTTP alone, as its page does it. Standard library only."""

import json
import urllib.request
from typing import Any

# No proxy of this machine: both are on it.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Make a call; give what its JSON says, or None where there is none."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - addresses of servers that were started here
        url, sent, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    with _OPENER.open(request, timeout=60) as response:
        answer = response.read()
    return json.loads(answer) if answer else None


def connect(comfyui: str, token: str) -> dict[str, str]:
    """Give the instance its token; give the header that makes the caller an owner."""
    connection = ask("PUT", f"{comfyui}/comfycontrol/token", {"token": token}, {"X-ComfyControl-Language": "en"})
    # The page stores it, not the server.
    ask("POST", f"{comfyui}/settings/ComfyControl.ApiToken", connection["sealed_token"])
    return {"X-ComfyControl-Owner": connection["owner_key"]}


def register(comfyui: str, service: str, token: str) -> dict[str, Any]:
    """Make the instance a runner; give it as the service holds it, values of headers masked."""
    draft = {
        "name": "Smoke test",
        "endpoint": "https://comfy.example.com",
        "headers": {"X-Api-Key": "a-value-that-stays-hidden"},
        "tags": ["smoke-test"],
    }
    made = ask("POST", f"{comfyui}/comfycontrol/runner", draft, connect(comfyui, token))["runner"]
    held = ask("GET", f"{service}/double/runners")["runners"]
    runner: dict[str, Any] = next(each for each in held if each["id"] == made["id"])
    return runner
