import sys
from pathlib import Path

import pytest
from units.tunnel.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    if sys.platform == "win32":
        pytest.skip("the played agent is a script")
    return Stage(tmp_path)
