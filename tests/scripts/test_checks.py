import os
from pathlib import Path

import checks
import pytest
import suite
from workshop import ROOT


def test_the_copy_follows_its_source_and_what_is_alike_stays_untouched(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for name in ("kept.py", "changed.py", "gone.py", "room/inner.py", "old_room/inner.py", "notes.txt"):
        file = source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("before", encoding="utf-8")
    checks._mirror(source, target)
    os.utime(target / "kept.py", (1, 1))
    (source / "changed.py").write_text("after!", encoding="utf-8")
    (source / "gone.py").unlink()
    (source / "old_room" / "inner.py").unlink()
    (source / "old_room").rmdir()

    checks._mirror(source, target)
    found = sorted(file.relative_to(target).as_posix() for file in target.rglob("*") if file.is_file())
    assert found == ["changed.py", "kept.py", "room/inner.py"]
    assert (target / "kept.py").stat().st_mtime == 1
    assert (target / "changed.py").read_text(encoding="utf-8") == "after!"
    assert not (target / "old_room").exists()


@pytest.mark.parametrize(
    "argument", ["tests", "tests/scripts", "tests/scripts/test_checks.py", "tests/scripts/test_checks.py::test_a[b-c]"]
)
def test_paths_below_tests_are_known_as_such(argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert suite.leads_into_tests(argument)


@pytest.mark.parametrize("argument", ["tests/nothing", "scripts", "-k", "token", ""])
def test_other_arguments_leave_all_tests_chosen(argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert not suite.leads_into_tests(argument)
