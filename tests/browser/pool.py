"""Hosts and pages that stages use one after the other: to start them takes seconds, to make them as new does not."""

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from browser.anew import choose, forget, leave_all, sleep, wake
from browser.panel import Panel
from browser.setting import Setting
from browser.stage import NEWEST, Stage, build_stage, new_context, open_page, start_host
from playwright.sync_api import Browser, BrowserContext, Error

from comfy_host.fresh_start import write_user_directory
from comfy_host.process import HostProcess
from service_double import ServiceDouble

# Of each version one, and one more: pages cost memory. Fewer would be started anew where tests go through the versions.
_MOST = 5
_OF_THE_SETTING = {each.name for each in fields(Setting)}
# With it the pack does things by itself from the start on.
_AT_START = "COMFYCONTROL_REGISTER"
_TOKEN_SETTING = "ComfyControl.ApiToken"
_NO_SERVICE = {"COMFYCONTROL_API_URL": "http://127.0.0.1:9"}


@dataclass
class _Kept:
    """A host, and a browser in which a page of it may be open."""

    frontend: str
    user_directory: Path
    host: HostProcess
    context: BrowserContext
    panel: Panel | None = None
    # What ComfyUI's own settings were before a stage changed them, by their ids.
    defaults: dict[str, Any] = field(default_factory=dict)

    def discard(self) -> None:
        self.context.close()
        self.host.stop()


class StagePool:
    """Lends stages.

    Args:
        browser: where their pages are.
        folder: where their hosts keep what they keep.

    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._idle: list[_Kept] = []
        self._lent: dict[int, _Kept] = {}
        self._doubles: dict[int, ServiceDouble] = {}

    def lend(
        self,
        kind: str,
        double: ServiceDouble | None = None,
        frontend: str = NEWEST,
        *,
        alone: bool = False,
        tokens: tuple[str, ...] | list[str] = (),
        **options: Any,
    ) -> Stage:
        """Give a stage on which nothing has happened yet.

        Args:
            kind: of host.
            double: the stage's own where none is given.
            frontend: the version of ComfyUI's page.
            alone: with a host of its own: for who changes the pack's files, or what ComfyUI reads at its start.
            tokens: what the account has before the host starts.
            options: those of a `Setting`, and further ones of the host.

        """
        own = double is None
        double = ServiceDouble().__enter__() if double is None else double
        chosen = {name: options.pop(name) for name in _OF_THE_SETTING & set(options)}
        setting = Setting(**chosen)
        if alone or tokens or options or kind == "real" or _AT_START in setting.environment:
            stage = build_stage(
                kind, self._browser, double, self._folder, frontend, setting=setting, tokens=tokens, **options
            )
        else:
            stage = self._staged(double, frontend, setting)
        if own:
            self._doubles[id(stage)] = double
        return stage

    def take_back(self, stage: Stage, *, spoiled: bool = False) -> None:
        """After the test; a spoiled one is used by nobody any more."""
        double = self._doubles.pop(id(stage), None)
        kept = self._lent.pop(id(stage), None)
        try:
            if kept is None or spoiled or stage.spent or not self._tidied(kept, stage):
                stage.close()
            else:
                self._idle.append(kept)
        finally:
            if double:
                double.__exit__(None, None, None)

    def close(self) -> None:
        for kept in self._idle:
            kept.discard()
        self._idle.clear()

    def _staged(self, double: ServiceDouble, frontend: str, setting: Setting) -> Stage:
        kept = next((each for each in self._idle if each.frontend == frontend), None)
        if kept is not None:
            self._idle.remove(kept)
            try:
                self._make_new(kept, double, setting)
            except (Error, AssertionError, requests.RequestException) as error:
                warnings.warn(f"A stage could not be made as new, and is started anew: {error}", stacklevel=2)
                kept.discard()
                kept = None
        if kept is None:
            kept = self._started(frontend, setting)
            if setting.settings:
                # Opened without these first: what they were before is told by the page alone.
                self._make_new(kept, double, replace(setting, settings={}))
                kept.panel = open_page(kept.context, kept.host.url)
            self._make_new(kept, double, setting)
        account = double.add_account(name="Ada Lovelace", tier="pro")
        token = double.add_token(account)
        place = kept.user_directory
        looks = (setting.theme, setting.size)
        stage = Stage(double, kept.host, self._browser, account, token, frontend, *looks, place, setting.address)
        stage.contexts.append(kept.context)
        stage.ready = kept.panel
        self._lent[id(stage)] = kept
        return stage

    def _started(self, frontend: str, setting: Setting) -> _Kept:
        while self._idle and len(self._idle) + len(self._lent) >= _MOST:
            self._idle.pop(0).discard()
        user_directory = Path(tempfile.mkdtemp(prefix="user-", dir=self._folder))
        write_user_directory(user_directory, {}, {})
        host = start_host("small", user_directory, frontend, _NO_SERVICE, fresh_start=True)
        return _Kept(frontend, user_directory, host, new_context(self._browser, setting.size))

    def _make_new(self, kept: _Kept, double: ServiceDouble, setting: Setting) -> None:
        panel = kept.panel
        if panel:
            wake(panel)
            leave_all(panel, setting.size)
            wanted = {**kept.defaults, **setting.comfyui_settings, _TOKEN_SETTING: ""}
            kept.defaults = {**choose(panel, wanted), **kept.defaults}
        kept.host.fresh_start(setting.environment_with(double), setting.comfyui_settings, setting.memory)
        if panel:
            forget(panel)

    def _tidied(self, kept: _Kept, stage: Stage) -> bool:
        """Close all but one page of the kept browser; gives whether what is left can be used again."""
        if not kept.host.running:
            return False
        for context in stage.contexts[1:]:
            context.close()
        open_ones = [each for each in [stage.ready, *stage.panels] if each and not each.page.is_closed()]
        there = [
            each for each in open_ones if each.page.context == kept.context and each.page.url.startswith(kept.host.url)
        ]
        kept.panel = there[-1] if there else None
        for page in kept.context.pages:
            if kept.panel is None or page != kept.panel.page:
                page.close()
        if kept.panel is None:
            # What it has in its storage would greet the next one.
            kept.context.close()
            kept.context = new_context(self._browser, stage.size)
        else:
            sleep(kept.panel)
        return True


def lent_stage(
    kind: str, pool: StagePool, session: pytest.Session, frontend: str = NEWEST, **options: Any
) -> Iterator[Stage]:
    """For fixtures: a stage that many tests use one after the other."""
    failed_before = session.testsfailed
    stage = pool.lend(kind, None, frontend, **options)
    yield stage
    pool.take_back(stage, spoiled=session.testsfailed > failed_before)
