"""What both hosts are asked, in this order: some requests change what later ones see."""

from dataclasses import dataclass, field
from typing import Any

ELSEWHERE = {"Origin": "https://evil.example"}


@dataclass(frozen=True)
class Ask:
    """One request; `body` says that the two answers have to be the same JSON."""

    method: str
    path: str
    body: bool = False
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.method, self.path, *self.headers.values()])


ASKED = [
    Ask("GET", "/users", body=True),
    Ask("GET", "/settings", body=True),
    Ask("POST", "/settings", json={"Tiny.A": 1, "Tiny.B": {"c": [2]}}),
    Ask("POST", "/api/settings/Tiny.A", json="two"),
    Ask("GET", "/api/settings", body=True),
    Ask("GET", "/settings/Tiny.B", body=True),
    Ask("GET", "/settings/unknown", body=True),
    Ask("GET", "/users", body=True),
    Ask("GET", "/settings", body=True, headers={"comfy-user": "nobody"}),
    Ask("GET", "/userdata/comfy.settings.json", body=True),
    Ask("GET", "/userdata"),
    Ask("GET", "/userdata?dir=nowhere"),
    Ask("GET", "/userdata?dir=../__tiny"),
    Ask("GET", "/userdata/..%2F__tiny%2Ftoken"),
    Ask("GET", "/userdata/..%252F__tiny%252Ftoken"),
    Ask("POST", "/userdata/workflows%2Fone.json", body=True, json={}),
    Ask("POST", "/userdata/workflows%2Fone.json?overwrite=false", json={}),
    Ask("GET", "/userdata?dir=workflows&split=true", body=True),
    Ask("GET", "/userdata?dir=workflows", body=True),
    Ask("POST", "/userdata/workflows%2Fone.json/move/workflows%2Ftwo.json", body=True),
    Ask("DELETE", "/userdata/workflows%2Fone.json"),
    Ask("DELETE", "/userdata/workflows%2Ftwo.json"),
    Ask("GET", "/tiny/facts", body=True),
    Ask("GET", "/api/tiny/facts", body=True),
    Ask("GET", "/tiny/fault"),
    Ask("POST", "/tiny/json", body=True, json={"a": 1}),
    Ask("PUT", "/tiny/json"),
    Ask("GET", "/tiny/nothing"),
    Ask("GET", "/api/tiny/nothing"),
    Ask("OPTIONS", "/tiny/json"),
    Ask("POST", "/tiny/json", json={}, headers=ELSEWHERE),
    Ask("OPTIONS", "/tiny/json", headers=ELSEWHERE),
    Ask("POST", "/tiny/json", json={}, headers={"Origin": "null"}),
    Ask("POST", "/tiny/json", json={}, headers={"Origin": "http://127.0.0.1"}),
    Ask("POST", "/tiny/json", json={}, headers={"Origin": "http://localhost"}),
    Ask("POST", "/tiny/json", json={}, headers={"Host": "192.0.2.7:1", **ELSEWHERE}),
    Ask("POST", "/tiny/json", json={}, headers={"Host": "rebound.invalid", **ELSEWHERE}),
    Ask("POST", "/tiny/json", json={}, headers={"Sec-Fetch-Site": "cross-site"}),
    Ask("POST", "/tiny/json", json={}, headers={"Sec-Fetch-Site": "same-site"}),
    Ask("GET", "/extensions/my.tiny-pack/row.js"),
    Ask("GET", "/extensions/my.tiny-pack/row.css"),
    Ask("GET", "/extensions/my.tiny-pack/late.mjs"),
    Ask("GET", "/extensions/my.tiny-pack/shot.png"),
    Ask("GET", "/extensions/my.tiny-pack/nothing.js"),
    Ask("GET", "/extensions/my.tiny-pack/../../__init__.py"),
    Ask("GET", "/i18n", body=True),
    Ask("GET", "/workflow_templates", body=True),
    Ask("GET", "/api/workflow_templates/my.tiny-pack/first.json", body=True),
    Ask("GET", "/workflow_templates/my.tiny-pack/first.json"),
    Ask("GET", "/object_info/TinyNode", body=True),
    Ask("GET", "/object_info/EmptyImage", body=True),
    Ask("GET", "/object_info/PreviewImage", body=True),
    Ask("GET", "/object_info/Unknown", body=True),
    Ask("GET", "/prompt", body=True),
    Ask("GET", "/queue", body=True),
    Ask("GET", "/history", body=True),
    Ask("GET", "/embeddings", body=True),
    Ask("GET", "/features", body=True),
    Ask("GET", "/node_replacements"),
    Ask("GET", "/api/jobs?limit=200&offset=0", body=True),
    Ask("GET", "/system_stats"),
    Ask("GET", "/internal/logs"),
    Ask("GET", "/internal/logs/raw"),
    Ask("GET", "/api/internal/logs"),
    Ask("GET", "/ws"),
    Ask("POST", "/interrupt", json={}),
    Ask("POST", "/queue", json={}),
    Ask("POST", "/history", json={}),
    Ask("GET", "/history/unknown", body=True),
    Ask("GET", "/view"),
    Ask("GET", "/view?filename="),
    Ask("GET", "/view?filename=unknown.png"),
    Ask("GET", "/view?filename=..%2Funknown.png"),
    Ask("GET", "/view?filename=unknown.png&type=unknown"),
    Ask("GET", "/view?filename=unknown.png&type=temp&subfolder=.."),
]
