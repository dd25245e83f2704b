"""What a person sees and does: ComfyUI's page with the panel in it, and the service behind it."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from browser.panel import BOOT_MS, READY, Panel
from playwright.sync_api import Browser, BrowserContext

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host
from service_double import Account, ServiceDouble

PACK = Path(__file__).parent.parent.parent
OUTPUT = Path(__file__).parent.parent / "output"
NEWEST = "1.58.1"
VERSIONS = ("1.21.7", "1.28.9", "1.49.6", "1.58.1")
WIDE = (1280, 900)
NARROW = (480, 900)

# Faults of ComfyUI's own page, seen without the pack too: 1.28.9 on a machine without nodes, 1.49 while it starts, 1.58
# looking for the models of the workflow that it begins with.
_NOT_OURS = re.compile(
    r"reading 'id'|graph accessed before initialization|Failed to load resource|ResizeObserver|https://huggingface\.co/"
)


def host_kinds() -> list[str]:
    return ["small", "real"] if surroundings.has_real_comfyui() else ["small"]


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
    user_directory: Path
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
        panel.page.wait_for_function(READY, timeout=BOOT_MS)
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

    def settings(self, user: str = "default") -> dict[str, Any]:
        settings: dict[str, Any] = requests.get(f"{self.host.url}/settings", headers=_as(user), timeout=10).json()
        return settings

    def save_settings(self, settings: Mapping[str, Any], user: str = "default") -> None:
        url = f"{self.host.url}/settings"
        requests.post(url, json=dict(settings), headers=_as(user), timeout=10).raise_for_status()

    def resize(self, size: tuple[int, int]) -> None:
        self.size = size
        for panel in self.panels:
            if not panel.page.is_closed():
                panel.page.set_viewport_size({"width": size[0], "height": size[1]})

    def forget_runners(self) -> None:
        """As before the first registration, without the way there: nothing at the service, nothing remembered here."""
        for runner in self.double.runners():
            self.double.remove_runner(runner["id"])
        store = self.user_directory / "__comfycontrol" / "memory.json"
        store.write_text(json.dumps({**json.loads(store.read_text()), "runner": None, "attention": None}))

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
    tokens: Sequence[str] = (),
    **more: Any,
) -> Stage:
    account = double.add_account(name="Ada Lovelace", tier="pro")
    # Before the host starts: it may use them at once.
    for token in tokens:
        double.add_token(account, token)
    # Its own, also where a test has two of them.
    user_directory = Path(tempfile.mkdtemp(prefix="user-", dir=folder))
    (user_directory / "default").mkdir()
    # Without the first, ComfyUI's templates cover the page at its first start.
    chosen = {
        "Comfy.TutorialCompleted": True,
        "Comfy.ColorPalette": theme,
    }
    # As an owner has chosen before. It has tests of its own; in the others, registering must not depend on it.
    (user_directory / "__comfycontrol").mkdir(mode=0o700)
    (user_directory / "__comfycontrol" / "memory.json").write_text(json.dumps({"check_address": check_address}))
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
    return Stage(double, host, browser, account, double.add_token(account), frontend, theme, size, user_directory)


def lasting_stage(kind: str, browser: Browser, folders: pytest.TempPathFactory) -> Iterator[Stage]:
    """For fixtures: a stage that many tests use one after the other."""
    with ServiceDouble() as double:
        stage = build_stage(kind, browser, double, folders.mktemp("stage"), NEWEST)
        yield stage
        stage.close()


def _as(user: str) -> dict[str, str]:
    return {"Comfy-User": user}


def _note(faults: list[str], text: str) -> None:
    if not _NOT_OURS.search(text):
        faults.append(text)
