"""A stage per test: the double, a host with the pack in it, and a browser. The host is small, or a real ComfyUI."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.stage import NEWEST, Stage, build_stage, host_kinds
from playwright.sync_api import Browser, sync_playwright

from comfy_host import surroundings
from service_double import ServiceDouble


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=surroundings.browser(), args=surroundings.CHROMIUM_ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(params=host_kinds())
def host_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def set_stage(
    host_kind: str, chromium: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Stage]]:
    """Sets a stage with options of the test's own: frontend, theme, width, further host options."""
    stages: list[Stage] = []
    with ServiceDouble() as double:

        def make(frontend: str = NEWEST, **options: object) -> Stage:
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
