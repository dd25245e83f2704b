from pathlib import Path

import pytest
from units.tunnel.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
