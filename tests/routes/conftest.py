from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import ServiceDouble


@pytest.fixture
async def comfyui(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        yield running


@pytest.fixture
async def owner(comfyui: ComfyUI, token: str) -> Browser:
    browser = comfyui.browser()
    await browser.enter_token(token)
    return browser
