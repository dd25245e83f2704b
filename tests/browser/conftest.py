"""A stage per test: the double, a host with the pack in it, and a browser. The host is small, or a real ComfyUI."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.stage import NEWEST, Stage, host_kinds
from playwright.sync_api import expect

from comfy_host import surroundings
from service_double import ServiceDouble

# Nothing else runs a workflow.
collect_ignore = [] if surroundings.has_real_comfyui() else ["test_workflows_run.py"]


@pytest.fixture(scope="session", params=host_kinds())
def host_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def set_stage(host_kind: str, stage_pool: StagePool, request: pytest.FixtureRequest) -> Iterator[Callable[..., Stage]]:
    """Sets a stage with options of the test's own: frontend, theme, width, further host options."""
    stages: list[Stage] = []
    failed_before = request.session.testsfailed
    with ServiceDouble() as double:

        def make(frontend: str = NEWEST, **options: Any) -> Stage:
            stage = stage_pool.lend(host_kind, double, frontend, **options)
            stages.append(stage)
            return stage

        yield make
        failed = request.session.testsfailed > failed_before
        for stage in stages:
            if failed:
                stage.picture_of_failure(request.node.name)
            stage_pool.take_back(stage, spoiled=failed)


@pytest.fixture
def stage(set_stage: Callable[..., Stage]) -> Stage:
    return set_stage()


@pytest.fixture(scope="module")
def shared_stage(host_kind: str, stage_pool: StagePool, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One stage for all tests of a file, which leave it as they found it."""
    yield from lent_stage(host_kind, stage_pool, request.session)


@pytest.fixture
def open_form(shared_stage: Stage) -> Iterator[Panel]:
    """The form of a connected instance. Whatever the test does to it, no runner comes of it."""
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    # One that failed may have left something open, which is no fault of the next.
    panel.close_dialogs()
    panel.open_form()
    expect(panel.field("Name")).not_to_have_value("")
    yield panel
    panel.close_form()
    assert shared_stage.double.runners() == []
