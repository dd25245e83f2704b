"""Makes a page that a test has used as if it were just opened, in a tenth of the time that opening it takes."""

from collections.abc import Mapping
from typing import Any

from browser.panel import DIALOGS, TOASTS, Panel
from playwright.sync_api import expect

# Gives what those were before that it had to change.
_CHOOSE = """async (wanted) => {
  const { setting } = window.app.extensionManager;
  const before = {};
  for (const [id, value] of Object.entries(wanted)) {
    // A version that does not know it does not do it.
    const known = setting.get(id) ?? false;
    if (JSON.stringify(known) === JSON.stringify(value)) continue;
    before[id] = known;
    await setting.set(id, value);
  }
  return before;
}"""
# What this browser keeps, what a test has put in the place of the browser's own, and what was told in the corner.
_FORGET = """() => {
  localStorage.clear();
  sessionStorage.clear();
  delete navigator.clipboard;
  delete document.hidden;
  document.activeElement?.blur();
  const { toast } = window.app.extensionManager;
  // The one in newer versions, the other in older ones.
  toast.dismissAll ? toast.dismissAll() : toast.removeAll();
  return Boolean(customElements.get("comfycontrol-instance-row"));
}"""
# As a page that was just opened knows it, and rows that were just built.
_KNOW_NOTHING = """async ({ instance }) => {
  instance.status = instance.problem = undefined;
  for (const row of document.querySelectorAll(".comfycontrol-row > *")) {
    row.replaceWith(document.createElement(row.localName));
  }
  for (const heard of document.querySelectorAll(".comfycontrol-announcement")) heard.textContent = "";
  await instance.update();
  const { state, owner } = instance.status ?? {};
  if (!document.querySelector(".comfycontrol-row")) instance.status = undefined;
  return [state, owner];
}"""


def sleep(panel: Panel) -> None:
    """Have it draw nothing until it is used again."""
    panel.page.evaluate("() => window.pageOfTests.sleep()")


def wake(panel: Panel) -> None:
    panel.page.evaluate("() => window.pageOfTests.wake()")


def leave_all(panel: Panel, size: tuple[int, int]) -> None:
    """Take back what a test has done to this tab from outside, and close all but Settings."""
    context = panel.page.context
    panel.page.unroute_all()
    context.unroute_all()
    context.set_extra_http_headers({})
    context.clear_permissions()
    panel.page.set_viewport_size({"width": size[0], "height": size[1]})
    # Away from whatever shows something as long as it is there.
    panel.page.mouse.move(0, 0)
    panel.close_dialogs()


def choose(panel: Panel, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Set ComfyUI's own settings as a person does; gives what those that had to be changed were before."""
    before: dict[str, Any] = panel.page.evaluate(_CHOOSE, settings)
    return before


def forget(panel: Panel) -> None:
    """Be as if it were just opened, before a host that knows nobody.

    Raises:
        AssertionError: something is still there from before.

    """
    if panel.page.evaluate(_FORGET):
        known = panel.evaluate_module("instance.mjs", _KNOW_NOTHING)
        assert known == ["not_connected", False], known
    if panel.instance_row.is_visible():
        expect(panel.state).to_have_text("Not connected")
        expect(panel.token_button("Save")).to_be_visible()
    shown = panel.page.evaluate(DIALOGS)
    assert shown["all"] == shown["settings"], shown
    expect(panel.page.locator(TOASTS)).to_have_count(0)
    panel.faults.clear()
