import os
from pathlib import Path

import checks
import pytest
import suite
from workshop import ROOT, Workshop


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


@pytest.mark.parametrize(("change", "passes"), [(("runs-on:", "runs-on:"), True), (("runs-on:", "runs-onn:"), False)])
def test_a_mistake_in_a_workflow_of_github_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    passes: bool,  # noqa: FBT001 - a column
) -> None:
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert files
    copies = tmp_path / ".github" / "workflows"
    copies.mkdir(parents=True)
    for file in files:
        (copies / file.name).write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    assert checks._actionlint(Workshop()).passed is passes
