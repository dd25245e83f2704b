import json
import os
import subprocess
import sys

import pytest
from workshop import ROOT

# It needs no browser, yet the page.
pytestmark = pytest.mark.browser


def test_the_smoke_test_registers_runs_a_workflow_and_prints_the_runner() -> None:
    # In the small host, also where the other tests run in a real ComfyUI too: that takes a minute to start.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COMFYUI_")}
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(ROOT / "scripts" / "demo.py"), "--headless-smoke"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "The runner completed a workflow; pictures: 1" in ended.stdout
    runner = json.loads(ended.stdout[ended.stdout.index("{") :])
    assert runner["name"] == "Smoke test"
    assert runner["status"] == "active"
    assert runner["headers"] == {"X-Api-Key": "********"}
