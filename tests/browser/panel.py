"""One tab of one browser, as a person finds their way in it."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

# A page of several megabytes on a busy machine of two cores.
BOOT_MS = 60_000
# What takes a moment on a quiet machine takes more than the usual five seconds on a busy one.
expect.set_options(timeout=20_000)
# Until its first workflow is open the page closes dialogs, ours too.
READY = """window.app?.extensionManager?.workflow?.activeWorkflow
  && window.app.extensionManager.command.commands.some((each) => each.id === 'ComfyControl.RegisterInstance')"""
# What newer versions show beside a workflow's tab while the mouse is over it is called a dialog too.
_DIALOG = "[role=dialog]:not(.workflow-popover-fade)"
# Settings where the panel's rows are in it; all else that stands over the page.
DIALOGS = f"""() => {{
  const all = [...document.querySelectorAll("{_DIALOG}")];
  const shown = all.filter((each) => each.checkVisibility());
  const settings = shown.filter((each) => each.querySelector("comfycontrol-instance-row"));
  return {{ all: shown.length, settings: settings.length, there: all.length }};
}}"""
# Not only out of sight: 1.28.9 closes whatever is on top when a dialog is gone at last, which may be the next one.
_FEWER = f"(before) => document.querySelectorAll('{_DIALOG}').length < before"
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FOCUSED = """() => {
  const focused = document.activeElement;
  return focused.labels?.[0]?.textContent || focused.ariaLabel || focused.textContent.trim();
}"""


# How often a click is repeated, and how long after it something should have come of it.
_CLICKS = 5
_LOST_MS = 8_000
# Whichever the state offers.
OPENS_FORM = ", ".join(
    f"[data-action={action}]" for action in ("register", "register_again", "register_as_new", "edit")
)
TOASTS = ".p-toast-message, [data-testid=toast]"


@dataclass
class Panel:
    page: Page
    faults: list[str] = field(default_factory=list)

    @property
    def token_row(self) -> Locator:
        return self.page.locator("comfycontrol-token-row").first

    @property
    def instance_row(self) -> Locator:
        return self.page.locator("comfycontrol-instance-row")

    @property
    def form(self) -> Locator:
        return self.page.locator("comfycontrol-runner-form")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog").filter(has=self.page.locator("comfycontrol-runner-form"))

    @property
    def details(self) -> Locator:
        return self.page.locator("comfycontrol-instance-details")

    @property
    def test_run(self) -> Locator:
        return self.page.locator("comfycontrol-test-run")

    @property
    def steps(self) -> Locator:
        """Those of a test run that were reached."""
        return self.test_run.locator("li[data-state=reached]")

    @property
    def runner_list(self) -> Locator:
        return self.page.locator("comfycontrol-runner-list")

    @property
    def question(self) -> Locator:
        """Whether to disconnect, in the token's row or in a dialog."""
        return self.page.locator("comfycontrol-disconnect")

    @property
    def state(self) -> Locator:
        return self.instance_row.locator(".comfycontrol-state")

    @property
    def alert(self) -> Locator:
        return self.form.locator(".comfycontrol-problem")

    def action(self, name: str) -> Locator:
        """A button of the row."""
        return self.instance_row.get_by_role("button", name=name, exact=True)

    def open_details(self) -> Locator:
        self.action("Details...").click()
        expect(self.details.get_by_role("button", name="Close")).to_be_visible()
        self.expect_dialog_at_rest()
        return self.details

    def disconnect(self) -> None:
        self.token_button("Disconnect...").click()
        self.question.get_by_role("button", name="Disconnect", exact=True).click()
        expect(self.state).to_have_text("Not connected")

    def field(self, label: str) -> Locator:
        return self.form.get_by_label(label, exact=True)

    def fault_of(self, label: str) -> Locator:
        fields = self.form.locator(".comfycontrol-field, comfycontrol-endpoint-field")
        return fields.filter(has=self.page.get_by_label(label, exact=True)).get_by_role("alert")

    def button(self, name: str) -> Locator:
        return self.form.get_by_role("button", name=name, exact=True)

    def toast(self, text: str) -> Locator:
        return self.page.locator(TOASTS).filter(has_text=text)

    def run_command(self, command: str) -> None:
        self.page.evaluate("(command) => { window.app.extensionManager.command.execute(command); }", command)

    def open_settings(self) -> None:
        """Open Settings at the panel's rows, where they are not shown already."""
        if self.instance_row.is_visible():
            return
        self.run_command("Comfy.ShowSettingsDialog")
        # By its text: the versions before 1.49 have no test ids.
        self.page.get_by_role("dialog").get_by_text("ComfyControl", exact=True).first.click()
        expect(self.state).not_to_have_text("Checking this instance...")

    def close_settings(self) -> None:
        self.close_dialogs(down_to=0)

    def close_dialogs(self, down_to: int | None = None) -> None:
        """Close what stands over the page, from the top; Settings stay where they show the rows and nothing else."""
        while True:
            shown = self.page.evaluate(DIALOGS)
            if shown["all"] <= (shown["settings"] if down_to is None else down_to):
                return
            self.page.keyboard.press("Escape")
            self._discard()
            self.page.wait_for_function(_FEWER, arg=shown["there"], timeout=20_000)
            self.page.evaluate(DRAWN)

    def enter_token(self, token: str) -> None:
        self.token_row.get_by_label("ComfyControl API token").fill(token)
        self.token_row.get_by_role("button", name="Save").click()

    def connect(self, token: str) -> None:
        self.enter_token(token)
        expect(self.token_row.get_by_role("button", name="Replace")).to_be_visible()

    def be_connected(self, token: str) -> None:
        """As after `connect`, on the way that its button takes: for tests of something else."""
        self.evaluate_module("instance.mjs", "({ instance }, token) => instance.connect(token)", token)

    def be_registered(self, **draft: Any) -> None:
        """As after registering in the form: with a name, an endpoint and tags."""
        self.evaluate_module("instance.mjs", "({ instance }, draft) => instance.register(draft)", draft)

    def open_form(self) -> None:
        """The form to register with, or the one of the runner that is there."""
        self.instance_row.locator(OPENS_FORM).first.click()
        expect(self.field("Name")).to_be_visible()
        self.expect_dialog_at_rest()
        self.expect_answers()

    def expect_answers(self) -> None:
        """Until then, what the form has asked the server comes in above its buttons, and a click may miss them."""
        self.page.wait_for_function("window.pageOfTests.hasAllAnswers()", timeout=20_000)
        self.page.evaluate(DRAWN)

    def expect_dialog_at_rest(self) -> None:
        """Until it is there in whole, 1.28.9 may take the focus, and the next key, to the cross that closes it."""
        expect(self.page.locator(".p-dialog-enter-active")).to_have_count(0)

    def let_anybody_in(self) -> None:
        """Where there is no public address, the form begins with ComfyControl alone."""
        guard = self.form.get_by_label("Let only ComfyControl in")
        expect(guard).to_be_checked()
        guard.uncheck()
        expect(guard).not_to_have_attribute("aria-busy", "true")

    def add_header(self, name: str, value: str) -> None:
        self.button("Add a header").click()
        row = self.form.locator(".comfycontrol-header").last
        row.get_by_label("Header name").fill(name)
        row.get_by_label("Header value").fill(value)

    def register(self) -> None:
        self._send("Register")

    def take_over(self) -> None:
        self._send("Take it over")

    def _send(self, button: str) -> None:
        # As a person does, who looks at what is filled in.
        expect(self.field("Endpoint")).not_to_have_value("")
        self.button(button).click()

    def expect_registered(self) -> None:
        expect(self.form).to_have_count(0)
        expect(self.state).to_have_text("Registered")

    @property
    def addresses(self) -> Locator:
        """Those that are suggested for the endpoint."""
        return self.form.get_by_role("radiogroup", name="Suggested addresses").get_by_role("radio")

    @property
    def keeps_address(self) -> Locator:
        return self.field("Keep the address up to date")

    @property
    def tags_field(self) -> Locator:
        return self.form.locator("comfycontrol-tags-field")

    @property
    def tag_input(self) -> Locator:
        return self.tags_field.locator("input")

    @property
    def tags(self) -> Locator:
        return self.tags_field.locator(".comfycontrol-chip")

    @property
    def suggested_tags(self) -> Locator:
        return self.tags_field.locator(".comfycontrol-suggestion")

    @property
    def headers_field(self) -> Locator:
        return self.form.locator("comfycontrol-headers-field")

    @property
    def header_rows(self) -> Locator:
        return self.form.locator(".comfycontrol-header")

    @property
    def token_field(self) -> Locator:
        return self.token_row.get_by_label("ComfyControl API token")

    @property
    def token_alert(self) -> Locator:
        return self.token_row.get_by_role("alert")

    def token_button(self, name: str) -> Locator:
        return self.token_row.get_by_role("button", name=name, exact=True)

    def add_tag(self, tag: str) -> None:
        self.tag_input.fill(tag)
        self.tag_input.press("Enter")

    def close_form(self) -> None:
        for _ in range(_CLICKS):
            if self.form.count() == 0:
                return
            try:
                self.button("Cancel").click(timeout=_LOST_MS)
                self._discard()
                self.form.wait_for(state="detached", timeout=_LOST_MS)
            except PlaywrightTimeoutError:
                # A note on what was typed came up under the pointer, and the click went to where the button had been.
                continue
        expect(self.form).to_have_count(0)

    @property
    def leaving(self) -> Locator:
        """The question whether what was changed in the form is to be thrown away."""
        return self.page.get_by_role("group", name="Discard your changes?")

    def _discard(self) -> None:
        """Of a form that was changed; it asks at once or not at all."""
        if self.leaving.is_visible():
            self.leaving.get_by_role("button", name="Discard changes").click()

    def focused(self) -> str:
        """What a screen reader would call the element that has the focus."""
        return str(self.page.evaluate(_FOCUSED))

    def expect_focus(self, name: str) -> None:
        self.page.wait_for_function(f"(name) => ({_FOCUSED})() === name", arg=name, timeout=20_000)

    def refresh(self) -> None:
        """Have ComfyControl asked, as when the row is looked at after a while."""
        self.evaluate_module("instance.mjs", "({ instance }) => instance.update({ refresh: true })")

    def look_again(self) -> None:
        """Ask this instance how it stands, as a tab does when another has changed something."""
        with self.page.expect_response("**/comfycontrol/status*") as answer:
            self.page.evaluate("new BroadcastChannel('comfycontrol').postMessage('changed')")
        answer.value.finished()
        self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def reload(self) -> None:
        self.reload_page()
        self.open_settings()

    def reload_page(self) -> None:
        """With Settings closed, and nothing of the panel loaded."""
        self.page.reload()
        self.page.wait_for_function(READY, timeout=BOOT_MS)

    def evaluate_module(self, file: str, script: str, argument: Any = None) -> Any:
        """Run a function `(module, argument) => ...` on a module of the panel as the page has it."""
        # Looked for once: where a test has the page's clock, the page knows no more what it has loaded.
        found = "performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/comfycontrol.js')).name"
        address = f"(window.pageOfTests.script ??= {found})"
        module = f"import(new URL('panel/{file}', {address}))"
        return self.page.evaluate(f"async (argument) => ({script})(await {module}, argument)", argument)
