import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "platforms.md"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "scripts" / "platform_table.py"
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_is_not_stale() -> None:
    result = run("--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_page_is_noticed_and_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "platforms.md"
    assert run("--check", "--page", str(page)).returncode == 1
    page.write_text(PAGE.read_text(encoding="utf-8").replace("RunPod", "WalkPod"), encoding="utf-8")
    stale = run("--check", "--page", str(page))
    assert stale.returncode == 1
    assert "python scripts/platform_table.py" in stale.stdout
    assert run("--page", str(page)).returncode == 0
    assert page.read_bytes() == PAGE.read_bytes()
