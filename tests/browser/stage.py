"""What a person sees and does: ComfyUI's page with the panel in it, and the service behind it."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from browser.panel import BOOT_MS, READY, Panel
from browser.setting import ADDRESS, Setting
from playwright.sync_api import Browser, BrowserContext, expect

from comfy_host import surroundings
from comfy_host.fresh_start import write_user_directory
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host
from service_double import Account, ServiceDouble

PACK = Path(__file__).parent.parent.parent
OUTPUT = Path(__file__).parent.parent / "output"
NEWEST = surroundings.NEWEST
VERSIONS = ("1.21.7", "1.28.9", "1.49.6", NEWEST)

# Faults of ComfyUI's own page, seen without the pack too: 1.28.9 on a machine without nodes, 1.49 while it starts, 1.58
# looking for the models of the workflow that it begins with.
_NOT_OURS = re.compile(
    r"reading 'id'|graph accessed before initialization|Failed to load resource|ResizeObserver|https://huggingface\.co/"
)


# In a host's process, names and addresses of a test's choice lead to this machine.
_SMALL_INTERNET = Path(__file__).parent / "small_internet"
_INIT = (Path(__file__).with_name("page_init.js")).read_text(encoding="utf-8")


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
    # The public address of the machine.
    address: str = ADDRESS
    # Where the page is opened: a proxy's address, where there is one before the host.
    url: str = ""
    contexts: list[BrowserContext] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    # A tab of the first browser that is open already, and as new.
    ready: Panel | None = None
    # Whether its page or its host must not be used by another test.
    spent: bool = False

    def __post_init__(self) -> None:
        # For the service, too, the machine's name leads to this host.
        self.double.resolve[ADDRESS.rpartition("/")[2]] = self.host.url.rpartition("/")[2]

    def new_browser(self) -> BrowserContext:
        """A browser that shares nothing with the others: another person, or another machine."""
        context = new_context(self.browser, self.size)
        self.contexts.append(context)
        return context

    def open(self, context: BrowserContext | None = None) -> Panel:
        """Open ComfyUI's page in a new tab: of this browser, of the one used first, or of a first one."""
        panel = self._opened(context)
        panel.close_settings()
        return panel

    def open_settings(self, context: BrowserContext | None = None) -> Panel:
        panel = self._opened(context)
        panel.open_settings()
        return panel

    def _opened(self, context: BrowserContext | None) -> Panel:
        if context is None and self.ready and not self.url:
            panel, self.ready = self.ready, None
        else:
            context = context or (self.contexts[0] if self.contexts else self.new_browser())
            panel = open_page(context, self.url or self.host.url)
        self.panels.append(panel)
        return panel

    def open_connected(self) -> Panel:
        panel = self.open_settings()
        panel.be_connected(self.token)
        expect(panel.state).to_have_text("Not registered")
        return panel

    def open_registered(self, name: str = "Workstation") -> Panel:
        return self._registered(self.open_connected(), name=name)

    def registered_anew(self, **more: Any) -> Panel:
        """Give the first tab, with a runner that nothing has happened to; whatever became of the one before."""
        panel = self.panels[0] if self.panels else self.open_connected()
        self.forget_runners()
        panel.look_again()
        return self._registered(panel, **more)

    def _registered(self, panel: Panel, **more: Any) -> Panel:
        panel.be_registered(**{"name": "Workstation", "endpoint": self.address, "tags": [], **more})
        panel.expect_registered()
        return panel

    @contextmanager
    def away(self, panel: Panel) -> Iterator[None]:
        """As when a person closes the tab, and opens ComfyUI again at the end of the block."""
        panel.page.goto("about:blank")
        yield
        panel.page.goto(self.url or self.host.url)
        panel.page.wait_for_function(READY, timeout=BOOT_MS)

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
        """For people to look at, where they ask for it."""
        folder = surroundings.pictures()
        if folder:
            self._take(folder, state)

    def picture_of_failure(self, test: str) -> None:
        self._take(OUTPUT, f"failed-{test}")

    def _take(self, folder: Path, state: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, panel in enumerate(self.panels):
            if not panel.page.is_closed():
                name = re.sub(r"[^\w.-]+", "-", f"{self.frontend}-{self.theme}-{self.size[0]}-{state}-{number}")
                panel.page.screenshot(path=folder / f"{name}.png", animations="disabled")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.host.stop()


def build_stage(
    kind: str,
    browser: Browser,
    double: ServiceDouble,
    folder: Path,
    frontend: str,
    *,
    setting: Setting | None = None,
    tokens: Sequence[str] = (),
    **more: Any,
) -> Stage:
    """Set a stage with a host of its own.

    Args:
        tokens: what the account has before the host starts: it may use them at once.
        more: further options of the host.

    """
    setting = setting or Setting()
    account = double.add_account(name="Ada Lovelace", tier="pro")
    for token in tokens:
        double.add_token(account, token)
    # Its own, also where a test has two of them.
    user_directory = Path(tempfile.mkdtemp(prefix="user-", dir=folder))
    write_user_directory(user_directory, setting.comfyui_settings, setting.memory)
    environment = setting.environment_with(double)
    host = start_host(kind, user_directory, frontend, environment, **more)
    token = double.add_token(account)
    return Stage(
        double, host, browser, account, token, frontend, setting.theme, setting.size, user_directory, setting.address
    )


def start_host(
    kind: str, user_directory: Path, frontend: str, environment: Mapping[str, str], **more: Any
) -> HostProcess:
    options = HostOptions(
        pack=PACK,
        user_directory=user_directory,
        frontend=surroundings.frontend(frontend),
        environment={
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_SMALL_INTERNET), os.environ.get("PYTHONPATH")])),
            **environment,
        },
        pack_name="comfyui-comfycontrol",
        **more,
    )
    return start_real_comfyui(*surroundings.real_comfyui(), options) if kind == "real" else start_small_host(options)


def new_context(browser: Browser, size: tuple[int, int]) -> BrowserContext:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_init_script(_INIT)
    return context


def open_page(context: BrowserContext, url: str) -> Panel:
    panel = Panel(context.new_page())
    panel.page.on("pageerror", lambda error: _note(panel.faults, str(error)))
    panel.page.on("console", lambda said: _note(panel.faults, said.text) if said.type == "error" else None)
    panel.page.goto(url)
    panel.page.wait_for_function(READY, timeout=BOOT_MS)
    return panel


def _as(user: str) -> dict[str, str]:
    return {"Comfy-User": user}


def _note(faults: list[str], text: str) -> None:
    if not _NOT_OURS.search(text):
        faults.append(text)
