from pathlib import Path

import pytest
from units.test_run.scripted_run import ScriptedRun

from service_double import Account, ServiceDouble


@pytest.fixture
def scripted(double: ServiceDouble, account: Account, token: str, tmp_path: Path) -> ScriptedRun:
    return ScriptedRun(double, account, token, tmp_path)
