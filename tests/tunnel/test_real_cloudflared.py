"""The real cloudflared, in a network of its own in which the public names lead to an edge on this machine.

It needs root on Linux, `CLOUDFLARED` and `CLOUDFLARED_EDGE`: the edge is a program that stands where Cloudflare stands.
It takes `--public IP:PORT --edge IP:PORT --quick IP:PORT --names NAME,... --dir DIR`, hands out quick tunnels of these
names, relays https of the public name, writes the authority of its certificates to `DIR/ca.pem`, and is told its faults
at `POST /__fault`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.timeout(560)
@pytest.mark.parametrize("story", ["real_story.py", "page_story.py"])
def test_the_story_with_the_real_agent(story: str, tmp_path: Path) -> None:
    played = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pytest.ini"]
    command = ["unshare", "-n", "-m", *played, "--basetemp", str(tmp_path / "inside"), f"tunnel/{story}"]
    ended = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=550, check=False)  # noqa: S603 - ours
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    assert " passed" in ended.stdout
