"""What test_real_cloudflared plays with a browser: all that a person at home does, in that namespace."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.panel import Panel
from browser.setting import Setting
from browser.stage import NEWEST, Stage, build_stage, host_kinds
from playwright.sync_api import Browser, expect
from tunnel.real_story import NAMES, fault, internet, status

from service_double import ServiceDouble

__all__ = ["internet"]
pytestmark = pytest.mark.browser
# A connected person's, who has cloudflared: from the started ComfyUI to a workflow that ran in it.
MOST_CLICKS = 4
OPEN = "Open a tunnel with cloudflared"


@pytest.fixture(params=host_kinds())
def home(
    request: pytest.FixtureRequest, chromium: Browser, double: ServiceDouble, internet: Path, tmp_path: Path
) -> Iterator[Stage]:
    """A machine without a public address and with the agent, of whom ComfyControl sees only the public name."""
    fault(tunnel="", connections="", register="")
    double.resolve.update({name: name for name in NAMES})
    double.trust(internet / "ca.pem")
    own = {
        "PATH": f"{internet / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "COMFYCONTROL_TUNNEL_PROGRAM": "",
    }
    setting = Setting(address="", check_address=True, environment=own)
    stage = build_stage(request.param, chromium, double, tmp_path, NEWEST, setting=setting)
    yield stage
    stage.close()


class Clicks:
    """Counts those of a person."""

    def __init__(self, panel: Panel) -> None:
        self.count = 0
        panel.page.expose_function("countClick", self._count)
        panel.page.evaluate("addEventListener('click', (event) => event.isTrusted && countClick(), true)")

    def _count(self) -> None:
        self.count += 1


def test_from_a_started_comfyui_at_home_to_a_workflow_that_comfycontrol_ran_here(home: Stage) -> None:
    panel = home.open_connected()
    clicks = Clicks(panel)
    panel.open_form()
    panel.form.get_by_role("button", name=OPEN).click()
    expect(panel.field("Endpoint")).not_to_have_value("", timeout=60_000)
    address = panel.field("Endpoint").input_value()
    assert address.partition("://")[2] in NAMES
    expect(panel.field("Keep the address up to date")).to_be_checked()
    panel.register()
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    expect(panel.test_run.locator(".comfycontrol-ran")).to_be_visible(timeout=60_000)
    assert clicks.count <= MOST_CLICKS
    home.picture("tunnel-story-ran")
    panel.test_run.get_by_role("button", name="Close").click()
    expect(panel.state).to_have_attribute("data-claim", "proven")
    home.picture("tunnel-story-row")
    assert status(address) == 401
    assert home.double.complaints == []
    assert panel.faults == []
