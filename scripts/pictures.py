"""Takes the pictures of the README anew, from ComfyUI's real page with the extension in it.

python scripts/pictures.py    writes docs/pictures: three that stand still, and one that moves, from token to runner
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import workshop
from workshop import NEWEST_FRONTEND, ROOT, TESTS, SetUpError

if TYPE_CHECKING:
    from browser.panel import Panel
    from browser.stage import Stage

PICTURES = ROOT / "docs" / "pictures"
NAME = "comfy.example.com"
SIZE = (1120, 880)
# As many colors as the page needs, so that the one that moves is small.
_COLORS = 128
_SHOWN_MS = 1600
_LAST_SHOWN_MS = 4000


class Film:
    """The moving picture: what the page shows now is its next frame."""

    def __init__(self, panel: Panel) -> None:
        self._page = panel.page
        self._frames: list[bytes] = []

    def take(self) -> bytes:
        """Keep what the page shows; gives it as PNG."""
        self._frames.append(self._page.screenshot(animations="disabled"))
        return self._frames[-1]

    def save(self, file: Path) -> None:
        """Write it as GIF, which shows itself wherever a README is read."""
        from PIL import Image

        first, *others = (
            Image.open(io.BytesIO(frame)).convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
            for frame in self._frames
        )
        shown = [_SHOWN_MS] * len(others) + [_LAST_SHOWN_MS]
        first.save(file, save_all=True, append_images=others, duration=shown, loop=0, optimize=True)


def take_all(stage: Stage, folder: Path) -> None:
    """Go from the token to a runner that has run a workflow, and take a picture of each step."""
    from playwright.sync_api import expect

    panel = stage.open_settings()
    film = Film(panel)
    film.take()
    panel.token_field.fill(stage.token)
    film.take()
    panel.token_button("Save").click()
    expect(panel.token_button("Replace")).to_be_visible()
    (folder / "settings.png").write_bytes(film.take())
    panel.open_form()
    expect(panel.field("Endpoint")).not_to_have_value("")
    panel.field("Name").fill("Workstation")
    film.take()
    panel.dialog.screenshot(path=folder / "form.png", animations="disabled")
    panel.register()
    panel.expect_registered()
    film.take()
    panel.action("Send a test workflow").click()
    film.take()
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    expect(panel.test_run.locator(".comfycontrol-ran")).to_be_visible()
    film.take()
    panel.test_run.get_by_role("button", name="Close").click()
    expect(panel.state).to_have_attribute("data-claim", "proven")
    (folder / "registered.png").write_bytes(film.take())
    film.save(folder / "from_token_to_runner.gif")


@contextmanager
def _stage() -> Iterator[Stage]:
    from browser.setting import Setting
    from browser.stage import NEWEST, build_stage
    from playwright.sync_api import sync_playwright

    from comfy_host import surroundings
    from service_double import ServiceDouble

    setting = Setting(size=SIZE, address=f"https://{NAME}")
    with sync_playwright() as playwright, ServiceDouble() as double, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=surroundings.browser(), args=surroundings.CHROMIUM_ARGUMENTS
        )
        stage = build_stage("small", browser, double, Path(folder), NEWEST, setting=setting)
        # A proxy before it would have ended TLS.
        double.resolve[NAME] = stage.host.url
        try:
            yield stage
        finally:
            stage.close()


def main() -> int:
    """Take them."""
    tools = workshop.set_up(frontends=[NEWEST_FRONTEND])
    browser = tools.browser()
    workshop.enter(tools)
    sys.path.insert(0, str(TESTS))
    workshop.offer_pages(tools, browser)
    with _stage() as stage:
        take_all(stage, PICTURES)
    print(f"Written to {PICTURES}.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetUpError as error:
        sys.exit(f"\n{error}")
