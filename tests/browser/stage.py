"""What a person sees and does: ComfyUI's page with the panel in it, and the service behind it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host
from service_double import Account, ServiceDouble

PACK = Path(__file__).parent.parent.parent
OUTPUT = Path(__file__).parent.parent / "output"
NEWEST = "1.58.1"
VERSIONS = ("1.21.7", "1.28.9", "1.49.6", "1.58.1")
WIDE = (1280, 900)
NARROW = (480, 900)
# A page of several megabytes on a busy machine of two cores.
BOOT_MS = 60_000

# Faults of ComfyUI's own page, seen without the pack too: 1.28.9 on a machine without nodes, 1.49 while it starts.
_NOT_OURS = re.compile(r"reading 'id'|graph accessed before initialization|Failed to load resource|ResizeObserver")


def host_kinds() -> list[str]:
    return ["small", "real"] if surroundings.has_real_comfyui() else ["small"]


@dataclass
class Panel:
    """One tab of one browser."""

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
    def state(self) -> Locator:
        return self.instance_row.locator(".comfycontrol-state")

    @property
    def alert(self) -> Locator:
        return self.form.locator(".comfycontrol-problem")

    def field(self, label: str) -> Locator:
        return self.form.get_by_label(label, exact=True)

    def fault_of(self, label: str) -> Locator:
        return self.form.locator(".comfycontrol-field", has=self.page.get_by_label(label, exact=True)).get_by_role("alert")

    def button(self, name: str) -> Locator:
        return self.form.get_by_role("button", name=name, exact=True)

    def toast(self, text: str) -> Locator:
        return self.page.locator(".p-toast-message, [data-testid=toast]").filter(has_text=text)

    def run_command(self, command: str) -> None:
        self.page.evaluate("(command) => { window.app.extensionManager.command.execute(command); }", command)

    def open_settings(self) -> None:
        self.run_command("Comfy.ShowSettingsDialog")
        # By its text: the versions before 1.49 have no test ids.
        self.page.get_by_role("dialog").get_by_text("ComfyControl", exact=True).first.click()
        expect(self.state).not_to_have_text("Asking this instance...")

    def enter_token(self, token: str) -> None:
        self.token_row.get_by_label("ComfyControl API token").fill(token)
        self.token_row.get_by_role("button", name="Save").click()

    def connect(self, token: str) -> None:
        self.enter_token(token)
        expect(self.token_row.get_by_role("button", name="Replace")).to_be_visible()

    def open_form(self) -> None:
        self.instance_row.locator(".comfycontrol-primary").click()
        expect(self.field("Name")).to_be_visible()

    def add_header(self, name: str, value: str) -> None:
        self.button("Add a header").click()
        row = self.form.locator(".comfycontrol-header").last
        row.get_by_label("Header name").fill(name)
        row.get_by_label("Header value").fill(value)

    def register(self) -> None:
        self.button("Register").click()

    def expect_registered(self) -> None:
        expect(self.form).to_have_count(0)
        expect(self.state).to_have_text("Registered")


@dataclass
class Stage:
    """The double, the host, and the tabs that were opened."""

    double: ServiceDouble
    host: HostProcess
    browser: Browser
    account: Account
    token: str
    frontend: str
    theme: str
    size: tuple[int, int]
    # Where the page is opened: a proxy's address, where there is one before the host.
    url: str = ""
    contexts: list[BrowserContext] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)

    def new_browser(self) -> BrowserContext:
        """A browser that shares nothing with the others: another person, or another machine."""
        width, height = self.size
        context = self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        self.contexts.append(context)
        return context

    def open(self, context: BrowserContext | None = None) -> Panel:
        """Open ComfyUI's page in a new tab: of this browser, of the one used first, or of a first one."""
        if context is None:
            context = self.contexts[0] if self.contexts else self.new_browser()
        panel = Panel(context.new_page())
        panel.page.on("pageerror", lambda error: _note(panel.faults, str(error)))
        panel.page.on("console", lambda said: _note(panel.faults, said.text) if said.type == "error" else None)
        panel.page.goto(self.url or self.host.url)
        panel.page.wait_for_function(
            "window.app?.extensionManager?.command?.commands?.some((each) => each.id === 'ComfyControl.RegisterInstance')",
            timeout=BOOT_MS,
        )
        self.panels.append(panel)
        return panel

    def open_settings(self, context: BrowserContext | None = None) -> Panel:
        panel = self.open(context)
        panel.open_settings()
        return panel

    def open_connected(self) -> Panel:
        panel = self.open_settings()
        panel.connect(self.token)
        return panel

    def open_registered(self, name: str = "Workstation") -> Panel:
        panel = self.open_connected()
        panel.open_form()
        panel.field("Name").fill(name)
        panel.register()
        panel.expect_registered()
        return panel

    def runner(self) -> dict[str, Any]:
        """The one runner that the service holds."""
        (only,) = self.double.runners()
        return only

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = requests.get(f"{self.host.url}/settings", timeout=10).json()
        return settings

    def save_settings(self, settings: Mapping[str, Any]) -> None:
        requests.post(f"{self.host.url}/settings", json=dict(settings), timeout=10).raise_for_status()

    def picture(self, state: str) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        for number, panel in enumerate(self.panels):
            if not panel.page.is_closed():
                name = re.sub(r"[^\w.-]+", "-", f"{self.frontend}-{self.theme}-{self.size[0]}-{state}-{number}")
                panel.page.screenshot(path=OUTPUT / f"{name}.png", animations="disabled")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.host.stop()


def build_stage(  # one per thing a test may want otherwise
    kind: str,
    browser: Browser,
    double: ServiceDouble,
    folder: Path,
    frontend: str,
    *,
    theme: str = "dark",
    size: tuple[int, int] = WIDE,
    check_address: bool = False,
    environment: Mapping[str, str] | None = None,
    **more: Any,
) -> Stage:
    account = double.add_account(name="Ada Lovelace", tier="pro")
    user_directory = folder / f"user-{frontend}-{theme}-{size[0]}"
    (user_directory / "default").mkdir(parents=True, exist_ok=True)
    # Without the first, ComfyUI's templates cover the page at its first start.
    chosen = {
        "Comfy.TutorialCompleted": True,
        "Comfy.ColorPalette": theme,
        # It has tests of its own; in the others, registering must not depend on it.
        "ComfyControl.CheckAddress": check_address,
    }
    (user_directory / "default" / "comfy.settings.json").write_text(json.dumps(chosen))
    options = HostOptions(
        pack=PACK,
        user_directory=user_directory,
        frontend=surroundings.frontend(frontend),
        environment={"COMFYCONTROL_API_URL": double.url, **(environment or {})},
        pack_name="comfyui-comfycontrol",
        **more,
    )
    host = start_real_comfyui(*surroundings.real_comfyui(), options) if kind == "real" else start_small_host(options)
    return Stage(double, host, browser, account, double.add_token(account), frontend, theme, size)


def _note(faults: list[str], text: str) -> None:
    if not _NOT_OURS.search(text):
        faults.append(text)
