"""What happens to a runner after it was registered, brought about at the service, at the machine or in the settings."""

import json
from collections.abc import Callable
from typing import Any

import requests
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect

from service_double import Fault

ONE_RUNNER = "/v1/runner/*"
SETTING = "ComfyControl.ApiToken"


class OtherOwner:
    """Who is owner from another browser, and does there what its page would ask of the host."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._headers: dict[str, str] = {}
        self.connect()

    def connect(self) -> None:
        """Enter the token, once more if need be."""
        # The one that a page of another site cannot send.
        self._headers = {"X-ComfyControl-Language": "en"}
        connection = self._ask("PUT", "token", {"token": self._stage.token})
        self._headers["X-ComfyControl-Owner"] = connection["owner_key"]
        self._stage.save_settings({SETTING: connection["sealed_token"]})

    def look(self) -> str:
        """Have ComfyControl asked; gives the state."""
        return str(self._ask("GET", "status?refresh=1")["state"])

    def register(self) -> None:
        self._ask("POST", "runner", {"name": "Workstation", "endpoint": self._stage.address, "tags": []})

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = requests.request(
            method, f"{self._stage.host.url}/comfycontrol/{path}", json=body, headers=self._headers, timeout=30
        )
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content


def look_at_service(panel: Panel, state: str) -> None:
    """Have ComfyControl asked, and see what comes of it."""
    panel.refresh()
    expect(panel.state).to_have_text(state)


def change_in_dashboard(stage: Stage, **change: Any) -> None:
    runner = f"{stage.double.url}/v1/runner/{stage.runner()['id']}"
    authorization = {"Authorization": f"Bearer {stage.token}", "User-Agent": "dashboard"}
    requests.put(runner, json=change, headers=authorization, timeout=10).raise_for_status()


def take_service_away(stage: Stage) -> None:
    stage.double.plan(Fault.close_before(times=None))


def limit_rate(stage: Stage, seconds: int) -> None:
    body = json.dumps({"status": 429, "message": "slow down"})
    stage.double.plan(Fault.answer(429, body, headers={"Retry-After": str(seconds)}, times=None))


def give_unknown_status(stage: Stage) -> None:
    body = json.dumps({**stage.runner(), "status": "paused"})
    stage.double.plan(Fault.answer(200, body, method="GET", path=ONE_RUNNER))


def damage_sealed_token(stage: Stage) -> None:
    stage.save_settings({SETTING: "c3RyYW5nZXI"})


def count_sent(panel: Panel, method: str, path: str) -> Callable[[], int]:
    """Counts what the page sends from now on."""
    seen: list[str] = []
    panel.page.on("request", lambda request: seen.append(request.method) if path in request.url else None)
    return lambda: seen.count(method)
