"""After the whole story, no secret is where a stranger, a workflow or a log could show it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.stage import Stage
from playwright.sync_api import Request, WebSocket, expect

VALUES = ("open-sesame-4711", "the quick brown fox/value+2")
STORAGE = """async () => {
  const databases = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done, failed) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => failed(opening.error);
    });
    databases[name] = {};
    for (const store of database.objectStoreNames) {
      databases[name][store] = await new Promise((done) => {
        const reading = database.transaction(store).objectStore(store).getAll();
        reading.onsuccess = () => done(JSON.stringify(reading.result));
        reading.onerror = () => done("");
      });
    }
    database.close();
  }
  return JSON.stringify({ session: { ...sessionStorage }, databases, cookie: document.cookie, name: window.name });
}"""
DOCUMENT = """() => document.documentElement.outerHTML
  + [...document.querySelectorAll("input, textarea")].map((each) => each.value).join("\\n")"""
WORKFLOW = "async () => JSON.stringify(await window.app.graphToPrompt())"


@dataclass
class Wire:
    """What went over the wire between the page and everything else."""

    messages: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.requests.append(request)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.messages.append(_text(frame)))
        socket.on("framesent", lambda frame: self.messages.append(_text(frame)))


@dataclass
class Story:
    stage: Stage
    panel: Panel
    wire: Wire
    secrets: dict[str, str]
    owner_key: str

    def hits(self, text: str, *, owner_key: bool = True) -> list[str]:
        secrets = {**self.secrets, **({"the owner key": self.owner_key} if owner_key else {})}
        return [name for name, value in secrets.items() if any(form in text for form in _forms(value))]


@pytest.fixture(scope="module")
def own_stage(host_kind: str, stage_pool: StagePool, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """With a host that nobody else uses: it is ended, so that its log is whole."""
    yield from lent_stage(host_kind, stage_pool, request.session, alone=True)


@pytest.fixture(scope="module")
def story(own_stage: Stage) -> Story:
    """Connected, registered with headers, edited, disabled and enabled: in a browser whose wire is tapped."""
    stage, wire = own_stage, Wire()
    context = stage.new_browser()
    context.on("page", lambda page: page.on("websocket", wire.listen))
    context.on("request", wire.note)
    panel = stage.open(context)
    panel.open_settings()
    panel.connect(stage.token)
    panel.open_form()
    for number, value in enumerate(VALUES):
        panel.add_header(f"X-Secret-{number}", value)
    panel.button("Show the value").first.click()
    panel.register()
    panel.expect_registered()
    panel.open_form()
    panel.button("Change headers").click()
    for number, value in enumerate(VALUES):
        panel.header_rows.nth(number).get_by_label("Header value").fill(value)
    panel.button("Save changes").click()
    panel.expect_registered()
    panel.instance_row.get_by_role("button", name="Disable").click()
    expect(panel.state).to_have_text("Disabled")
    secrets = {"the API token": stage.token, **{f"header value {at}": value for at, value in enumerate(VALUES)}}
    story = Story(stage, panel, wire, secrets, panel.page.evaluate("localStorage['comfycontrol.ownerKey']"))
    assert stage.runner()["headers"] == {f"X-Secret-{number}": value for number, value in enumerate(VALUES)}
    assert len(story.owner_key) > 40
    # That a search would find them at all.
    assert story.hits(json.dumps([*secrets.values(), story.owner_key])) == [*secrets, "the owner key"]
    return story


def test_a_secret_goes_over_the_wire_only_where_it_belongs(story: Story) -> None:
    carried: dict[str, set[str]] = {}
    for request in story.wire.requests:
        place = f"{request.method} {urlsplit(request.url).path}"
        for name in story.hits(_body(request), owner_key=False):
            carried.setdefault(name, set()).add(place)
        assert story.owner_key not in _body(request)
        if story.owner_key in json.dumps(request.all_headers()):
            assert "/comfycontrol/" in place
    values = {name: {"POST /api/comfycontrol/runner", "PATCH /api/comfycontrol/runner"} for name in story.secrets}
    assert carried == {**values, "the API token": {"PUT /api/comfycontrol/token"}}


def test_no_secret_is_left_where_it_could_be_read(story: Story) -> None:
    page = story.panel.page
    found = {
        **{f"GET {path}": story.hits(text) for path, text in _served(story.stage).items()},
        "GET status of an owner": story.hits(_status(story)),
        "the document": story.hits(page.evaluate(DOCUMENT)),
        "the page's storage": story.hits(page.evaluate(STORAGE)),
        "localStorage": story.hits(page.evaluate("JSON.stringify(localStorage)"), owner_key=False),
        "the workflow": story.hits(page.evaluate(WORKFLOW)),
        "the socket": story.hits("\n".join(story.wire.messages)),
        "the console": story.hits("\n".join(story.panel.faults)),
        **{
            f"request to {each.url}": story.hits(_said_to(each))
            for each in story.wire.requests
            if _elsewhere(story, each)
        },
        **{f"address {each.url}": story.hits(each.url) for each in story.wire.requests},
    }
    story.stage.host.interrupt()
    found["the log"] = story.hits(story.stage.host.log)
    assert {place: names for place, names in found.items() if names} == {}
    assert story.wire.messages
    assert "registered" in story.stage.host.log


def _served(stage: Stage) -> dict[str, str]:
    """What ComfyUI and the pack answer to anyone who asks."""
    paths = ["/settings", "/comfycontrol/status", "/system_stats", "/internal/logs/raw", "/internal/logs", "/users"]
    paths += ["/object_info", "/userdata?dir=.&recurse=true", "/v2/userdata"]
    answers = {path: _get(stage, path) for path in paths}
    files = json.loads(answers["/userdata?dir=.&recurse=true"])
    assert "comfy.settings.json" in files
    return {**answers, **{name: _get(stage, f"/userdata/{quote(name, safe='')}") for name in files}}


def _get(stage: Stage, path: str) -> str:
    answer = requests.get(f"{stage.host.url}{path}", timeout=10)
    answer.raise_for_status()
    return answer.text


def _status(story: Story) -> str:
    url = f"{story.stage.host.url}/comfycontrol/status?refresh=1"
    answer = requests.get(url, headers={"X-ComfyControl-Owner": story.owner_key}, timeout=10)
    assert answer.json()["owner"] is True
    return answer.text


def _forms(value: str) -> list[str]:
    """As it is, as JSON and an address would have it, and as base64 wherever in a text it stood."""
    encoded = [base64.b64encode(("-" * shift + value).encode()).decode() for shift in range(3)]
    # The ends depend on what stands beside it.
    return [value, json.dumps(value)[1:-1], quote(value), quote(value, safe=""), *(each[4:-4] for each in encoded)]


def _elsewhere(story: Story, request: Request) -> bool:
    return urlsplit(request.url).netloc != urlsplit(story.stage.host.url).netloc


def _said_to(request: Request) -> str:
    return json.dumps(request.all_headers()) + _body(request)


def _body(request: Request) -> str:
    return (request.post_data_buffer or b"").decode("utf-8", errors="replace")


def _text(frame: Any) -> str:
    return frame if isinstance(frame, str) else bytes(frame).decode("utf-8", errors="replace")
