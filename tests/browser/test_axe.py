"""What axe finds that would keep people from using the panel: nothing, in any state, in both themes."""

from collections.abc import Callable

import pytest
from browser.anew import choose
from browser.panel import Panel
from browser.setting import NARROW, WIDE
from browser.stage import Stage
from browser.told_states import STATES, tell
from playwright.sync_api import expect

from comfy_host import surroundings

SetStage = Callable[..., Stage]

OURS = [
    "comfycontrol-token-row",
    "comfycontrol-instance-row",
    "comfycontrol-runner-form",
    "comfycontrol-instance-details",
    "comfycontrol-runner-list",
    "comfycontrol-disconnect",
    ".comfycontrol-announcement",
]
RUN = """async (ours) => {
  const include = ours.filter((each) => document.querySelector(each)).map((each) => [each]);
  // The best practices would be about ComfyUI's page as a whole: its landmarks, its headings.
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations, passes } = await window.axe.run({ include }, { runOnly });
  const told = (id) => (node) => `${id}: ${node.html} ${node.failureSummary}`;
  const found = violations.flatMap(({ id, nodes }) => nodes.map(told(id)));
  return { found, looked: passes.length };
}"""


class Axe:
    """Looks at each state in turn, and says at the end all that is wrong with any of them."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._found: list[str] = []
        panel.page.evaluate(surroundings.axe())

    def look(self, at: str) -> None:
        self._panel.page.evaluate(
            "() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => 0)))"
        )
        result = self._panel.page.evaluate(RUN, OURS)
        assert result["looked"] > 0
        self._found += [f"{at}: {each}" for each in result["found"]]

    def finds(self, markup: str) -> bool:
        """Whether it would find this."""
        self._panel.token_row.evaluate("(row, markup) => row.insertAdjacentHTML('beforeend', markup)", markup)
        result = self._panel.page.evaluate(RUN, OURS)
        self._panel.token_row.evaluate("(row) => row.lastElementChild.remove()")
        return bool(result["found"])

    def tell(self) -> None:
        if self._found:
            pytest.fail("\n".join(self._found), pytrace=False)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_in_row_and_dialog(set_stage: SetStage, theme: str) -> None:
    stage = set_stage(theme=theme)
    panel = stage.open_settings()
    axe = Axe(panel)
    for state in STATES:
        tell(panel, state)
        axe.look(f"{state}, row")
        stage.picture(f"state-{state}-row")
        panel.open_details()
        axe.look(f"{state}, dialog")
        stage.picture(f"state-{state}-dialog")
        panel.details.get_by_role("button", name="Close").click()
        expect(panel.details).to_have_count(0)
    axe.tell()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_form_list_question_and_what_goes_wrong_in_them(set_stage: SetStage, theme: str) -> None:
    stage = set_stage(theme=theme)
    panel = stage.open_settings()
    axe = Axe(panel)
    assert axe.finds("<input>")
    axe.look("the token's field")
    panel.enter_token("nonsense")
    expect(panel.token_alert).to_be_visible()
    axe.look("a refused token")
    panel.connect(stage.token)
    _look_at_form(panel, axe)
    tell(panel, "registered")
    panel.open_form()
    axe.look("edit")
    panel.button("Change headers").click()
    axe.look("edit, headers")
    panel.close_form()
    panel.token_button("Disconnect...").click()
    axe.look("the question, in the row")
    panel.question.get_by_role("button", name="Cancel").click()
    panel.open_details()
    panel.details.get_by_role("button", name="Disconnect...").click()
    expect(panel.question).to_be_visible()
    axe.look("the question, in a dialog")
    panel.question.get_by_role("button", name="Cancel").click()
    panel.details.get_by_role("button", name="Close").click()
    for tested in ("", "not_reached", "ran"):
        tell(panel, "registered", tested)
        axe.look(f"the row, tested: {tested}")
        panel.action("Send a test workflow").click()
        expect(panel.test_run.get_by_role("button", name="Send")).to_be_visible()
        axe.look(f"the test run, {tested}")
        panel.test_run.get_by_role("button", name="Close").click()
    tell(panel, "runner_gone")
    panel.action("Take over a runner...").click()
    expect(panel.runner_list.get_by_label("Search")).to_be_visible()
    axe.look("the list")
    stage.resize(NARROW)
    axe.look("the list, narrow")
    stage.resize(WIDE)
    panel.runner_list.get_by_label("Search").fill("nowhere")
    axe.look("the list, nothing found")
    panel.runner_list.get_by_label("Search").fill("")
    panel.runner_list.get_by_role("button", name="Take it over: Runner 3").click()
    expect(panel.button("Take it over")).to_be_visible()
    axe.look("the form of a runner that is taken over")
    axe.tell()


def _look_at_form(panel: Panel, axe: Axe) -> None:
    panel.open_form()
    expect(panel.suggested_tags).not_to_have_count(0)
    axe.look("the form")
    panel.field("Name").fill("x" * 101)
    panel.field("Endpoint").fill("nowhere")
    panel.add_tag("fast")
    panel.add_header("Host", "x")
    panel.button("Show the value").click()
    panel.register()
    axe.look("the form, all wrong")
    panel.close_form()


def test_what_the_environment_decides(set_stage: SetStage) -> None:
    token = "cfc_Token0Of0The0Operator"
    values = {"TOKEN": token, "NAME": "pod", "TAGS": "flux", "HEADERS": "X-Key: abc", "ENDPOINT": "http://127.0.0.1:9"}
    environment = {f"COMFYCONTROL_{name}": value for name, value in {**values, "REGISTER": "on"}.items()}
    stage = set_stage(environment=environment, tokens=[token])
    stage.double.wait_for_calls(1, method="POST", path="/v1/runner", seconds=30)
    panel = stage.open_settings()
    axe = Axe(panel)
    panel.enter_token(token)
    expect(panel.instance_row).to_contain_text("Configured by environment variables.")
    # One after the other on one page: what such a host makes of its environment at its start makes it nobody else's.
    for theme in ("dark", "light"):
        choose(panel, {"Comfy.ColorPalette": theme})
        stage.theme = theme
        stage.picture("unattended")
        axe.look(f"the rows, {theme}")
        panel.action("Edit...").click()
        expect(panel.field("Name")).to_have_value("pod")
        stage.picture("unattended-form")
        axe.look(f"the form, {theme}")
        panel.close_form()
    axe.tell()
