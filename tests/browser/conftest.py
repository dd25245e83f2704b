"""A stage per test: the double, a host with the pack in it, and a browser. The host is small, or a real ComfyUI."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.panel import Panel
from browser.stage import NEWEST, Stage, build_stage, host_kinds, lasting_stage
from playwright.sync_api import Browser, sync_playwright

from comfy_host import surroundings
from service_double import ServiceDouble

# Nothing else runs a workflow.
collect_ignore = [] if surroundings.has_real_comfyui() else ["test_workflows_run.py"]


# Not for the session: while Playwright is open, its loop is the main thread's, and async tests cannot have their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=surroundings.browser(), args=surroundings.CHROMIUM_ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(scope="session", params=host_kinds())
def host_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def set_stage(
    host_kind: str, chromium: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Stage]]:
    """Sets a stage with options of the test's own: frontend, theme, width, further host options."""
    stages: list[Stage] = []
    with ServiceDouble() as double:

        def make(frontend: str = NEWEST, **options: Any) -> Stage:
            stage = build_stage(host_kind, chromium, double, tmp_path, frontend, **options)
            stages.append(stage)
            return stage

        yield make
        for stage in stages:
            if request.session.testsfailed:
                stage.picture(f"failed-{request.node.name}")
            stage.close()


@pytest.fixture
def stage(set_stage: Callable[..., Stage]) -> Stage:
    return set_stage()


@pytest.fixture(scope="module")
def shared_stage(host_kind: str, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all tests of a file, which leave it as they found it: a page takes seconds to start."""
    yield from lasting_stage(host_kind, chromium, tmp_path_factory)


@pytest.fixture
def open_form(shared_stage: Stage) -> Iterator[Panel]:
    """The form of a connected instance. Whatever the test does to it, no runner comes of it."""
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    panel.open_form()
    yield panel
    panel.close_form()
    assert shared_stage.double.runners() == []
