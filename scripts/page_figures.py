"""What bench.py measures in ComfyUI's real page: what is loaded at boot, and how soon the form is there."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import smoke
from playwright.sync_api import Page, Response, sync_playwright
from server_figures import host

# A container's Chromium runs as root and has no graphics card; and it shall not call home meanwhile.
_CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# The small host mounts the pack under this name.
_OURS = "/extensions/comfycontrol/"

# The app is ready when the command is there: ComfyUI's page registers commands after all scripts have run.
_READY = "window.app?.extensionManager?.command?.commands?.some(({ id }) => id === 'ComfyControl.RegisterInstance')"

# Clicks and waits in the page itself, for Playwright's own way there would count as ours. On the screen means: it has
# a size, and the frame in which it got it has been drawn.
_OPEN_FORM = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const began = performance.now();
  document.querySelector("comfycontrol-instance-row .comfycontrol-primary").click();
  let box;
  do {
    if (performance.now() - began > 10_000) throw new Error("no form within ten seconds");
    await frame();
    box = document.querySelector("comfycontrol-runner-form form")?.getBoundingClientRect();
  } while (!box?.height);
  await frame();
  return performance.now() - began;
}"""


@dataclass(frozen=True)
class PageFigures:
    """What a person waits for."""

    boot_bytes: int
    boot_scripts: int
    form_milliseconds: float


def measure(browser: Path, frontend: Path, repetitions: int) -> PageFigures:
    """Open the page, then the form so many times; give what was loaded at boot, and the median time of the form."""
    from service_double import ServiceDouble

    with ServiceDouble() as double, host(double.url, frontend) as comfyui, _page(browser) as page:
        smoke.ask("POST", f"{comfyui}/settings", {"Comfy.TutorialCompleted": True})
        loaded: list[Response] = []
        page.on("response", lambda response: loaded.append(response) if _OURS in response.url else None)
        page.goto(comfyui)
        page.wait_for_function(_READY, timeout=60_000)
        # What is loaded a little later belongs to the boot as well.
        page.wait_for_load_state("networkidle")
        boot = [len(response.body()) for response in loaded]

        _connect(page, double.add_token(double.add_account()))
        times = []
        for _ in range(repetitions):
            page.wait_for_load_state("networkidle")
            double.forget_calls()
            times.append(page.evaluate(_OPEN_FORM))
            if double.calls:
                raise SystemExit("A call reached the service between the click and the form; that must not be.")
            # Not Escape: while a dialog opens, ComfyUI's page may not listen for it yet.
            page.locator("comfycontrol-runner-form").get_by_role("button", name="Cancel").click()
            page.locator("comfycontrol-runner-form").wait_for(state="detached")
    return PageFigures(sum(boot), len(boot), statistics.median(times))


def _connect(page: Page, token: str) -> None:
    # Not awaited: in some versions it ends only when the dialog is closed.
    page.evaluate("() => { app.extensionManager.command.execute('Comfy.ShowSettingsDialog'); }")
    page.get_by_role("dialog").get_by_text("ComfyControl", exact=True).first.click()
    page.locator("comfycontrol-token-row input").fill(token)
    page.keyboard.press("Enter")
    # By its name: before the token is accepted, another button is the first.
    page.locator("comfycontrol-instance-row").get_by_role("button", name="Register this instance").wait_for()


@contextmanager
def _page(browser: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=_CHROMIUM)
        try:
            yield running.new_page(viewport={"width": 1280, "height": 900})
        finally:
            running.close()
