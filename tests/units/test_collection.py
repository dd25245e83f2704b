"""What pytest collects is what was written."""

import pytest


def test_tests_in_classes_are_run_too(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getini("python_classes") == ["Test"]
    assert pytestconfig.getini("python_functions") == ["test"]
