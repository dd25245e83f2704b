import subprocess
import sys
from pathlib import Path
from typing import get_args

import state_page

from comfycontrol_pack.comfycontrol.runners.state import State

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "states.md"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "scripts" / "state_page.py"
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )


def test_the_page_is_not_stale() -> None:
    result = run("--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_page_is_noticed_and_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "states.md"
    assert run("--check", "--page", str(page)).returncode == 1
    page.write_text(PAGE.read_text(encoding="utf-8").replace("Enable", "Unable"), encoding="utf-8")
    stale = run("--check", "--page", str(page))
    assert stale.returncode == 1
    assert "python scripts/state_page.py" in stale.stdout
    assert run("--page", str(page)).returncode == 0
    assert page.read_bytes() == PAGE.read_bytes()


def test_every_state_is_explained_and_no_other() -> None:
    assert list(state_page.MEANINGS) == list(get_args(State))
