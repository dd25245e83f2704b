import re
from pathlib import Path

from comfycontrol_pack.comfycontrol.version import VERSION


def test_the_version_is_the_one_that_is_published() -> None:
    # Not with tomllib, which Python 3.10 lacks.
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r'^version = "(.+)"$', project, re.MULTILINE) == [VERSION]
