"""Whatever the service says is shown as text: no script of it runs, no element of it is made, and nothing is turned."""

import json
import re
from typing import Any

import pytest
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import Locator, Route, expect

from service_double import Fault

pytestmark = pytest.mark.browser

# Each would set this mark if it were taken for markup.
MARK = "window.taken = (window.taken ?? 0) + 1"
HOSTILE = {
    "image": f"<img src=x onerror='{MARK}'>",
    "script": f"</strong></span><script>{MARK}</script>",
    "svg": f"<svg/onload='{MARK}'>",
    "attribute": f"\" autofocus onfocus='{MARK}' x=\"",
    "template": "{{constructor.constructor('window.taken=1')()}}${window.taken=1}",
}
RIGHT_TO_LEFT = {
    "override": "Runner \u202egnp.exe",
    "letters": "\u05e8\u05e5 1",
    "unclosed": "\u2067\u202b\u202eRunner",
}
# What the panel makes its parts of. None that the texts above ask for is among them.
OURS = (
    "button, h2, h3, p, div, span, strong, bdi, ul, li, dl, dt, dd, time, code, q, i, input, label, section, a, form, "
    "details, summary"
)
LEFT_EDGES = """(element) => {
  const edges = [];
  const range = document.createRange();
  for (const node of element.childNodes) {
    if (node.nodeType !== Node.TEXT_NODE) continue;
    for (let place = 0; place < node.data.length; place += 1) {
      range.setStart(node, place);
      range.setEnd(node, place + 1);
      if (node.data[place].trim()) edges.push(range.getBoundingClientRect().left);
    }
  }
  return edges;
}"""


def ours_only(place: Locator) -> None:
    """No element that the panel does not make, and no listener in an attribute."""
    strange = f"*:not({OURS}):not([class^=comfycontrol]):not(comfycontrol-action-buttons)"
    foreign = place.evaluate(
        """(root, strange) => [...root.querySelectorAll("*")]
             .filter((one) => (one.matches(strange) && !one.localName.startsWith("comfycontrol-"))
               || one.getAttributeNames().some((name) => name.startsWith("on")))
             .map((one) => one.outerHTML)""",
        strange,
    )
    assert foreign == []


def nothing_ran(panel: Panel) -> None:
    assert panel.page.evaluate("() => window.taken ?? null") is None


@pytest.fixture
def panel(shared_stage: Stage) -> Panel:
    stage = shared_stage
    panel = stage.panels[0] if stage.panels else stage.open_connected()
    stage.double.no_faults()
    stage.double.enforce_rate_limit = False
    stage.forget_runners()
    panel.look_again()
    expect(panel.state).to_have_text("Not registered")
    return panel


def add_all(stage: Stage, texts: dict[str, str], endpoint: str) -> None:
    for text in texts.values():
        # What the service holds need not have come through our form.
        stage.double.add_runner(stage.account, name=text, endpoint=endpoint, tags=[text])


def close(panel: Panel) -> None:
    panel.runner_list.get_by_role("button", name="Cancel").click()
    expect(panel.runner_list).to_have_count(0)


def test_names_and_tags_of_the_accounts_runners(shared_stage: Stage, panel: Panel) -> None:
    add_all(shared_stage, HOSTILE, "https://comfy.example.com/<b>bold</b>")
    panel.action("Take over a runner...").click()
    rows = panel.runner_list.locator(".comfycontrol-runners > li")
    expect(rows).to_have_count(len(HOSTILE))
    expect(rows.locator("strong")).to_have_text(list(reversed(HOSTILE.values())))
    ours_only(panel.runner_list)
    nothing_ran(panel)
    close(panel)


def test_the_words_of_the_service_when_it_refuses(shared_stage: Stage, panel: Panel) -> None:
    message = "".join(HOSTILE.values())[:250]
    refusal = Fault.answer(400, json.dumps({"status": 400, "message": message}), path="/v1/runner", times=1)
    shared_stage.double.plan(refusal)
    panel.action("Take over a runner...").click()
    problem = panel.runner_list.get_by_role("alert")
    expect(problem).to_contain_text(message[:60])
    ours_only(panel.runner_list)
    nothing_ran(panel)
    close(panel)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_runner_that_is_this_instances(shared_stage: Stage, panel: Panel, kind: str) -> None:
    stage = shared_stage
    text = HOSTILE[kind]
    stage.double.add_runner(stage.account, name=text, endpoint=stage.address, tags=[text])
    panel.open_form()
    panel.field("Name").fill(text)
    panel.register()
    panel.button(f"Take it over: {text}").click()
    panel.expect_registered()
    runner = stage.runner()
    stage.double.add_run(runner["id"], name=text, status=text)
    expect(panel.instance_row.locator("strong")).to_have_text(text)
    ours_only(panel.instance_row)
    details = panel.open_details()
    expect(details.locator(".comfycontrol-workflow-name")).to_have_text(text)
    ours_only(details)
    nothing_ran(panel)
    details.get_by_role("button", name="Close").click()
    expect(panel.details).to_have_count(0)


@pytest.mark.parametrize("kind", HOSTILE)
def test_account_and_runner_as_this_instance_tells_of_them(panel: Panel, kind: str) -> None:
    text = HOSTILE[kind]

    def twisted(route: Route) -> None:
        status = route.fetch().json()
        runner = {"id": text, "name": text, "status": text, "endpoint": text, "tags": [text], "header_names": [text]}
        status |= {"state": "registered", "registered": True, "account": {"name": text, "tier": text}}
        status |= {"token_hint": text, "runner": {**runner, "created_at": text, "updated_at": text}}
        route.fulfill(json=status)

    panel.page.route("**/comfycontrol/status*", twisted)
    panel.look_again()
    expect(panel.instance_row.locator("strong")).to_have_text(text)
    expect(panel.token_row.locator("strong")).to_have_text(text)
    ours_only(panel.instance_row)
    ours_only(panel.token_row)
    details = panel.open_details()
    expect(details.locator("dd").first).to_have_text(text)
    ours_only(details)
    nothing_ran(panel)
    details.get_by_role("button", name="Close").click()
    expect(panel.details).to_have_count(0)
    panel.page.unroute("**/comfycontrol/status*")


@pytest.mark.parametrize("kind", HOSTILE)
def test_suggestions_that_an_agent_of_this_machine_makes(panel: Panel, kind: str) -> None:
    text = HOSTILE[kind]
    told = {"code": text, "severity": "warning", "sentence": text}
    endpoint = {"url": f"https://{text}", "source": text, "certainty": "high", "kind": [told], "note": text}
    header = {"name": text, "value": text, "known": False}
    tunnel = {"run": text, "install": text, "downloads": "https://example.com"}
    answer = {"name": text, "endpoints": [{**endpoint, "headers": [header]}], "tags": [text], "tunnel": tunnel}
    panel.page.route("**/comfycontrol/suggestions*", lambda route: route.fulfill(json=answer))
    panel.open_form()
    expect(panel.suggested_tags).to_have_text([f"+ {text}"])
    expect(panel.form).to_contain_text(text)
    ours_only(panel.form)
    nothing_ran(panel)
    panel.page.unroute("**/comfycontrol/suggestions*")
    panel.close_form()


@pytest.mark.parametrize("kind", RIGHT_TO_LEFT)
def test_a_runners_name_turns_nothing_that_stands_beside_it(shared_stage: Stage, panel: Panel, kind: str) -> None:
    stage = shared_stage
    name = RIGHT_TO_LEFT[kind]
    stage.double.add_runner(stage.account, name=name, endpoint=stage.address)
    panel.open_form()
    panel.field("Name").fill("Mine")
    panel.register()
    beside = panel.form.locator(".comfycontrol-choice li > span")
    expect(beside).to_contain_text(re.compile(r"active \d{4}-\d\d-\d\d"))
    edges: list[float] = beside.evaluate(LEFT_EDGES)
    assert edges
    assert edges == sorted(edges)
    panel.close_form()


@pytest.mark.parametrize("kind", RIGHT_TO_LEFT)
def test_a_name_within_a_sentence_turns_no_word_of_it(panel: Panel, kind: str) -> None:
    script = """({ fill }, name) => {
      const line = document.body.appendChild(document.createElement("p"));
      line.textContent = fill("{name} 123 was changed", { name });
      const range = document.createRange();
      const from = line.textContent.indexOf(" 123");
      const edges = [...line.textContent].map((_, place) => {
        range.setStart(line.firstChild, place);
        range.setEnd(line.firstChild, place + 1);
        return range.getBoundingClientRect().left;
      }).slice(from);
      line.remove();
      return edges;
    }"""
    edges: Any = panel.evaluate_module("texts.mjs", script, RIGHT_TO_LEFT[kind])
    assert edges == sorted(edges)
