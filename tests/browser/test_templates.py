"""A workflow becomes a template: what the dialog lists, asks for and saves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from browser.graph import Graph
from browser.panel import Panel
from browser.stage import NEWEST, Stage
from playwright.sync_api import Locator, expect

from service_double import Fault

SetStage = Callable[..., Stage]

# Those that can show dialogs of extensions.
FRONTENDS = ["1.28.9", "1.49.6", NEWEST]
KEPT = "() => (window.app.rootGraph ?? window.app.graph).extra?.comfycontrol"
SAVE_NEW = "Save as a new template"


class Dialog:
    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.form: Locator = panel.page.locator("comfycontrol-template-form")
        self.fields: Locator = self.form.locator(".comfycontrol-template-fields > li")
        self.problem: Locator = self.form.locator(".comfycontrol-problem[role=alert]")
        self.flaws: Locator = self.form.locator(".comfycontrol-flaws li")

    def open(self) -> None:
        self.panel.run_command("ComfyControl.SaveTemplate")
        expect(self.form).to_be_visible()
        self.panel.expect_dialog_at_rest()

    def input(self, label: str) -> Locator:
        return self.form.get_by_label(label, exact=True)

    def button(self, name: str) -> Locator:
        return self.form.get_by_role("button", name=name, exact=True)

    def save(self, name: str, description: str, button: str = "Save template") -> None:
        self.input("Name").fill(name)
        self.input("Description").fill(description)
        self.button(button).click()

    def expect_fault(self, label: str, text: str) -> None:
        field = self.form.locator(".comfycontrol-field").filter(has=self.panel.page.get_by_label(label, exact=True))
        expect(field.get_by_role("alert")).to_contain_text(text)
        expect(self.input(label)).to_be_focused()


def connected(stage: Stage) -> tuple[Panel, Graph, Dialog]:
    panel = stage.open()
    panel.be_connected(stage.token)
    graph = Graph(panel.page)
    graph.begin()
    return panel, graph, Dialog(panel)


def diagnostics(panel: Panel) -> str:
    """What *Copy diagnostics* gives, where the page may not copy it."""
    panel.page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    panel.run_command("ComfyControl.ShowInstance")
    panel.details.get_by_role("button", name="Copy diagnostics").click()
    told = panel.details.get_by_label("Copy the diagnostics from here").input_value()
    panel.details.get_by_role("button", name="Close", exact=True).click()
    return told


def fill_by_hand(graph: Graph) -> None:
    graph.use(
        graph.add("ComfyControlText", "Subject", key="subject", default="a red fox"),
        graph.add("ComfyControlText", "Again", key="subject", default="a red fox"),
        graph.add("ComfyControlText", "Negative", key="negative", default="blur, noise"),
        graph.add("ComfyControlNumber", "Steps", key="steps", default="20"),
        graph.add("ComfyControlChoice", "Sampler", key="sampler", options="euler\nddim"),
        graph.add("ComfyControlImage", "Photo", key="photo"),
        graph.add("ComfyControlSeed"),
        graph.add("ComfyControlTimestamp"),
    )


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_workflow_is_saved_and_the_next_time_changed(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend, settings={"Comfy.PromptFilename": False})
    panel, graph, dialog = connected(stage)
    fill_by_hand(graph)
    stage.double.forget_calls()
    dialog.open()
    expect(dialog.fields).to_have_text(
        [
            "subjectText or numberDefault: a red foxUsed in: Subject, Again",
            "negativeText or numberStarts emptyUsed in: Negative",
            "stepsText or numberDefault: 20Used in: Steps",
            "samplerChoiceOptions: euler, ddimUsed in: Sampler",
            "photoUploadFile uploadUsed in: Photo",
        ]
    )
    expect(dialog.flaws).to_have_count(1)
    expect(dialog.flaws).to_contain_text("Negative")
    expect(dialog.form).to_contain_text("Random seeds filled in by ComfyControl: 1")
    expect(dialog.input("Name")).to_be_focused()
    stage.picture("template")
    # Looking costs the service nothing.
    assert stage.double.calls == []

    dialog.save("Foxes", "Paints foxes")
    expect(panel.toast("Saved as the template Foxes.")).to_be_visible()
    expect(dialog.form).to_have_count(0)
    (held,) = stage.double.templates()
    assert (held["name"], held["description"]) == ("Foxes", "Paints foxes")
    assert held["body"] == graph.export()
    assert panel.page.evaluate(KEPT)["template_id"] == held["id"]

    # The workflow knows it, also when it was saved and opened again.
    workflow = graph.workflow()
    assert workflow["extra"]["comfycontrol"]["template_id"] == held["id"]
    assert stage.token not in str(workflow)
    assert stage.double.url not in str(workflow)
    graph.clear()
    graph.open(workflow)
    dialog.open()
    expect(dialog.input("Name")).to_have_value("Foxes")
    expect(dialog.input("Description")).to_have_value("Paints foxes")
    dialog.save("Red foxes", "Paints foxes", "Save changes")
    expect(panel.toast("The template Red foxes was updated.")).to_be_visible()
    (changed,) = stage.double.templates()
    assert (changed["id"], changed["name"]) == (held["id"], "Red foxes")

    dialog.open()
    dialog.save("Hares", "Paints hares", SAVE_NEW)
    expect(panel.toast("Saved as the template Hares.")).to_be_visible()
    newest, _ = stage.double.templates()
    assert panel.page.evaluate(KEPT)["template_id"] == newest["id"] != held["id"]
    assert stage.double.complaints == []
    assert panel.faults == []


def test_a_workflow_without_placeholders_is_told_how_to_get_some(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    dialog.open()
    expect(dialog.form).to_contain_text("This workflow has no fields for ComfyControl yet.")
    expect(dialog.form).to_contain_text("Add nodes from the ComfyControl category")
    expect(dialog.form).to_contain_text('right-click a value on any node and choose "Ask for this in ComfyControl"')
    expect(dialog.input("Name")).to_have_count(0)
    stage.picture("template-empty")
    dialog.button("Cancel").click()
    expect(dialog.form).to_have_count(0)

    graph.add("ComfyControlSeed")
    dialog.open()
    expect(dialog.form).to_contain_text("ComfyControl asks for no values")
    expect(dialog.button("Save template")).to_be_visible()


def test_what_contradicts_itself_is_told_before_anything_can_be_saved(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.use(
        graph.add("ComfyControlText", "One", key="prompt", default="a fox"),
        graph.add("ComfyControlText", "Two", key="prompt", default="a hare"),
    )
    graph.add("ComfyControlChoice", "Three", key="size", options="large")
    graph.add("ComfyControlText", "Four", key="my prompt")
    dialog.open()
    expect(dialog.flaws).to_have_count(3)
    expect(dialog.form).to_contain_text('their defaults differ: "a fox" and "a hare"')
    expect(dialog.form).to_contain_text("2 to 4 options")
    expect(dialog.form).to_contain_text('"my prompt"')
    expect(dialog.button("Save template")).to_have_count(0)
    stage.picture("template-blocked")


def test_wrong_input_is_told_at_its_field(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    stage.double.forget_calls()
    dialog.open()
    dialog.button("Save template").click()
    dialog.expect_fault("Name", "Enter a name of 1 to 100 characters.")
    dialog.save("Foxes", "d" * 501)
    dialog.expect_fault("Description", "longer than 500 characters")
    assert stage.double.calls == []
    stage.picture("template-faults")

    # What only the service knows stands at the top, with its own words.
    stage.double.template_limit = 0
    dialog.save("Foxes", "Paints foxes")
    expect(dialog.problem).to_contain_text("You have reached your tier's template limit")
    expect(dialog.problem).to_contain_text("Template limit exceeded for your tier")
    expect(dialog.problem).to_be_focused()
    expect(dialog.input("Name")).to_have_value("Foxes")
    stage.double.template_limit = None
    dialog.button("Save template").click()
    expect(dialog.form).to_have_count(0)
    assert len(stage.double.templates()) == 1


def test_a_template_that_is_gone_can_be_saved_anew(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    dialog.open()
    dialog.save("Foxes", "Paints foxes")
    expect(dialog.form).to_have_count(0)
    stage.double.remove_template(stage.double.templates()[0]["id"])
    dialog.open()
    dialog.button("Save changes").click()
    expect(dialog.problem).to_contain_text("This template is not in your account")
    dialog.problem.get_by_role("button", name=SAVE_NEW).click()
    # Not the toast: that of the first time may still be there.
    expect(dialog.form).to_have_count(0)
    (held,) = stage.double.templates()
    assert panel.page.evaluate(KEPT)["template_id"] == held["id"]


def test_a_lost_answer_and_an_impatient_person_make_one_template(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    stage.double.plan(Fault.close_after(method="POST"))
    dialog.open()
    dialog.input("Name").fill("Foxes")
    dialog.input("Description").fill("Paints foxes")
    dialog.button("Save template").evaluate("(button) => { button.click(); button.click(); button.click(); }")
    expect(dialog.form).to_have_count(0)
    assert len(stage.double.templates()) == 1


def test_it_opens_from_this_instance_too_for_owners_alone(stage: Stage) -> None:
    panel = stage.open()
    panel.run_command("ComfyControl.ShowInstance")
    button = panel.details.get_by_role("button", name="Save as ComfyControl template")
    token = panel.details.get_by_label("ComfyControl API token")
    expect(token).to_be_visible()
    expect(button).to_be_hidden()
    token.fill(stage.token)
    token.press("Enter")
    button.click()
    expect(Dialog(panel).form).to_be_visible()


def test_a_stranger_is_asked_for_the_token_first(stage: Stage) -> None:
    panel = stage.open()
    graph, dialog = Graph(panel.page), Dialog(panel)
    graph.begin()
    graph.add("ComfyControlSeed")
    dialog.open()
    dialog.form.get_by_label("ComfyControl API token").fill(stage.token)
    dialog.form.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.button("Save template")).to_be_visible()


def test_what_a_foreign_workflow_says_of_its_template_is_text_and_nothing_else(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlText", "<img src=x>", key="prompt", default="<b>fox</b>")
    foreign: dict[str, Any] = {"template_id": "../runner/x", "template_name": "<i>n</i>", "template_description": 5}
    panel.page.evaluate("(kept) => { window.app.graph.extra.comfycontrol = kept; }", foreign)
    dialog.open()
    expect(dialog.fields).to_contain_text("<b>fox</b>")
    expect(dialog.input("Name")).to_have_value("<i>n</i>")
    expect(dialog.input("Description")).to_have_value("")
    dialog.save("Foxes", "Paints foxes", "Save changes")
    expect(dialog.problem).to_contain_text("This template is not in your account")
    assert stage.double.complaints == []


BROKEN = {
    "throws at once": "() => { throw new TypeError('reading id of undefined'); }",
    "rejects": "async () => { throw 'some text'; }",
    "gives nothing": "async () => undefined",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_whatever_comfyuis_export_throws_is_told_in_words(stage: Stage, broken: str) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    panel.page.evaluate(f"() => {{ window.app.graphToPrompt = {broken}; }}")
    dialog.open()
    expect(dialog.problem).to_contain_text("ComfyUI could not export this workflow.")
    expect(dialog.problem).to_contain_text("bypassed subgraph")
    expect(dialog.form).not_to_contain_text("Reading the workflow")
    dialog.button("Cancel").click()
    expect(dialog.form).to_have_count(0)
    assert "workflow_not_exported" in diagnostics(panel)
    panel.page.evaluate("() => { delete window.app.graphToPrompt; }")
    dialog.open()
    expect(dialog.button("Save template")).to_be_visible()


def test_an_export_that_never_ends_is_told_too(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    stage.spent = True
    graph.add("ComfyControlSeed")
    panel.page.evaluate("() => { window.app.graphToPrompt = () => new Promise(() => {}); }")
    panel.page.clock.install()
    dialog.open()
    expect(dialog.form).to_contain_text("Reading the workflow")
    panel.page.clock.run_for(61_000)
    expect(dialog.problem).to_contain_text("ComfyUI could not export this workflow.")


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_bypassed_subgraph_ends_in_the_form_or_in_words(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel, graph, dialog = connected(stage)
    node = graph.add("ComfyControlText", key="prompt", default="a red fox")
    graph.use(node)
    outer = graph.wrap(node, "key")
    panel.page.evaluate("(id) => { window.app.graph.getNodeById(id).mode = 4; }", outer)
    dialog.open()
    expect(dialog.form).not_to_contain_text("Reading the workflow")
    told = dialog.form.get_by_text("ComfyUI could not export this workflow.")
    asks = dialog.form.get_by_text("This workflow has no fields for ComfyControl yet.")
    # 1.28 exports what is in it, which then leads nowhere.
    expect(told.or_(asks).or_(dialog.fields).first).to_be_visible()


def test_what_fails_in_the_form_is_told_and_leaves_it_usable(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    dialog.open()
    # Whatever it is: here the browser lets nobody into its storage.
    panel.page.evaluate("() => { Storage.prototype.kept = Storage.prototype.getItem; }")
    panel.page.evaluate("() => { Storage.prototype.getItem = () => { throw new DOMException('', 'SecurityError'); }; }")
    dialog.save("Foxes", "Paints foxes")
    expect(dialog.problem).to_contain_text("Something went wrong in the ComfyControl panel.")
    panel.page.evaluate("() => { Storage.prototype.getItem = Storage.prototype.kept; delete Storage.prototype.kept; }")
    dialog.button("Save template").click()
    expect(dialog.form).to_have_count(0)
    assert len(stage.double.templates()) == 1
    assert "page_failed" in diagnostics(panel)


def test_a_template_is_saved_once_although_the_page_cannot_note_it(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    dialog.open()
    panel.page.evaluate(
        """() => { Object.defineProperty(window.app.rootGraph ?? window.app.graph, "extra", {
          configurable: true, get: () => ({}), set() { throw new TypeError("no"); } }); }"""
    )
    dialog.save("Foxes", "Paints foxes")
    expect(panel.toast("Saved as the template Foxes.")).to_be_visible()
    expect(dialog.form).to_have_count(0)
    panel.page.evaluate("() => { delete (window.app.rootGraph ?? window.app.graph).extra; }")
    panel.page.evaluate("() => { (window.app.rootGraph ?? window.app.graph).extra = {}; }")


def test_what_was_typed_is_not_thrown_away_without_a_question(stage: Stage) -> None:
    panel, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    dialog.open()
    dialog.input("Description").fill("Paints foxes")
    panel.page.keyboard.press("Escape")
    panel.leaving.get_by_role("button", name="Keep editing").click()
    expect(dialog.input("Description")).to_have_value("Paints foxes")
    expect(dialog.input("Description")).to_be_focused()
    dialog.button("Cancel").click()
    panel.leaving.get_by_role("button", name="Discard changes").click()
    expect(dialog.form).to_have_count(0)


def test_a_field_wired_to_nothing_and_connected_keys_are_pointed_out(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.add("ComfyControlText", "Lonely", key="prompt", default="a fox")
    dialog.open()
    expect(dialog.flaws).to_have_text(re.compile("Lonely.*not connected to anything.*prompt.*no effect"))
    expect(dialog.button("Save template")).to_be_visible()
    dialog.button("Cancel").click()

    graph.begin()
    giver = graph.add("ComfyControlTimestamp")
    choice = graph.add("ComfyControlChoice", "Sampler", key="sampler")
    text = graph.add("ComfyControlText", "Subject", key="subject")
    assert graph.link(giver, 1, choice, "options")
    assert graph.link(giver, 1, text, "key")
    dialog.open()
    expect(dialog.form).to_contain_text("Sampler The options come from another node. Enter them on this node")
    expect(dialog.form).to_contain_text("Subject The key comes from another node. Enter it on this node")
    expect(dialog.form).not_to_contain_text("asks for no values")
    expect(dialog.button("Save template")).to_have_count(0)


def test_without_fields_it_says_what_it_could_not_read_and_why(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.know("Prompt", {"text": ["STRING", {}]}, ["STRING"])
    for title, text in {"One": "$Text(prompt)", "Two": "$upload(photo)", "Three": "a $text(x) b"}.items():
        graph.add("Prompt", title, text=text)
    dialog.open()
    expect(dialog.form).to_contain_text("This workflow has no fields for ComfyControl yet.")
    expect(dialog.form).to_contain_text("ComfyControl cannot read this as a placeholder:")
    expect(dialog.flaws).to_have_text(
        [
            re.compile(r"One Write it exactly as \$text\(prompt\).*\$Text\(prompt\)"),
            re.compile(r"Two ComfyControl does not know .*\$upload\(photo\)"),
            re.compile(r"Three .*whole value.*a \$text\(x\) b"),
        ]
    )
    stage.picture("template-unread")


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_without_fields_an_example_is_a_click_away_and_gives_the_name(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel, _, dialog = connected(stage)
    dialog.open()
    dialog.button("Open an example").click()
    expect(dialog.form).to_have_count(0)
    panel.page.wait_for_function("window.app.graph._nodes.some(({ type }) => type === 'ComfyControlChoice')")
    dialog.open()
    expect(dialog.fields.first).to_contain_text("size")
    # Named by nobody yet, but it has a title.
    expect(dialog.input("Name")).to_have_value("comfycontrol_coloured_noise")


def test_an_example_that_cannot_be_opened_is_told(stage: Stage) -> None:
    panel, _, dialog = connected(stage)
    panel.page.route("**/workflow_templates/**", lambda route: route.fulfill(status=404, body="none"))
    dialog.open()
    dialog.button("Open an example").click()
    expect(dialog.problem).to_contain_text("The example could not be opened.")
    expect(dialog.problem).to_contain_text("template browser")
    panel.page.unroute("**/workflow_templates/**")


def test_a_workflow_without_a_title_gives_no_name(stage: Stage) -> None:
    _, graph, dialog = connected(stage)
    graph.add("ComfyControlSeed")
    dialog.open()
    expect(dialog.input("Name")).to_have_value("")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_looks_right_in_both_themes(set_stage: SetStage, theme: str) -> None:
    stage = set_stage(theme=theme)
    _, graph, dialog = connected(stage)
    fill_by_hand(graph)
    dialog.open()
    expect(dialog.fields).to_have_count(5)
    stage.picture("template-look")
    stage.resize((480, 900))
    stage.picture("template-narrow")
    overflow = "(form) => form.scrollWidth - form.clientWidth"
    assert dialog.form.evaluate(overflow) <= 0
