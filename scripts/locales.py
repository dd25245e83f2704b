"""Compares the languages in locales/ with English.

python scripts/locales.py --check          names every fault of every language; exits with 1 when there is one
python scripts/locales.py --check fr ja    of these alone
python scripts/locales.py --missing fr     prints what there is no French for yet: file, key and the English text
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from comfycontrol.texts import ENGLISH, LANGUAGES, placeholders  # noqa: E402 - the path comes first

LOCALES = ROOT / "locales"
# Ours, and the ones that ComfyUI reads itself.
OUR_FILE = "panel"
COMFYUIS_FILES = ("commands", "main", "nodeDefs", "settings")
FILES = (*COMFYUIS_FILES, OUR_FILE)
# In the files that ComfyUI reads, these are part of a language of their own.
_COMFYUIS_SIGNS = re.compile(r"[@{}|$%]")
# What is typed, copied or looked for somewhere is the same in every language.
_KEPT = re.compile(
    r"https?://[^\s,;\"]*[\w/]"  # addresses
    r"|--[\w-]+ ?\d*|\b[A-Za-z_]*_[\w/.]*\w"  # options; variables and files
    r"|\b\w+\.(?:json|toml|app|run)\b|\bcfc_"
    r"|\b[A-Z]\w*-[A-Z][\w-]*\w|\bngrok-skip-browser-warning\b|\bAuthorization\b"  # headers
    r"|\bComfyControl\b|\bComfyUI\b"
)


class Fault(NamedTuple):
    """Something of a translation that is not as in English."""

    language: str
    file: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"locales/{self.language}/{self.file}.json  {self.key}: {self.what}"


def read(language: str, file: str) -> dict[str, str]:
    """Give the texts of one file by their keys, such as `errors.internal.message`; none where there is no file.

    Raises:
        ValueError: what is there is not a tree of texts.

    """
    path = LOCALES / language / f"{file}.json"
    if not path.is_file():
        return {}
    return dict(_leaves(json.loads(path.read_text(encoding="utf-8")), ""))


def faults(language: str) -> list[Fault]:
    """Everything in which a language differs from English and must not."""
    found = []
    for file in FILES:
        try:
            there = read(language, file)
        except ValueError as error:
            found.append(Fault(language, file, "(the file)", str(error)))
            continue
        english = read(ENGLISH, file)
        found += [Fault(language, file, key, "English has no such key") for key in there.keys() - english.keys()]
        for key, text in english.items():
            what = "is missing" if key not in there else _fault(text, there[key], file)
            if what:
                found.append(Fault(language, file, key, what))
    return found


def missing(language: str) -> list[tuple[str, str, str]]:
    """File, key and English text of everything that has no translation."""
    there = {file: read(language, file) for file in FILES}
    return [
        (file, key, text)
        for file in FILES
        for key, text in read(ENGLISH, file).items()
        if text and not there[file].get(key)
    ]


def _leaves(tree: Any, place: str) -> list[tuple[str, str]]:
    if isinstance(tree, str):
        return [(place, tree)]
    if not isinstance(tree, dict):
        raise ValueError(f"{place or 'the whole'} is neither a text nor an object")  # noqa: TRY004 - as for bad JSON
    return [leaf for name, part in tree.items() for leaf in _leaves(part, f"{place}.{name}" if place else name)]


def _fault(english: str, text: str, file: str) -> str:
    if not text:
        return "is empty" if english else ""
    if not english:
        return "is empty in English"
    if text != text.strip() or "\n" in text:
        return "has blanks around it, or a line break"
    if file != OUR_FILE and _COMFYUIS_SIGNS.search(text):
        return "has one of @ { } | $ %, which ComfyUI reads as something else"
    if placeholders(text) != placeholders(english):
        return f"has the placeholders {sorted(placeholders(text))} instead of {sorted(placeholders(english))}"
    lost = [kept for kept in _KEPT.findall(english) if kept.strip() not in text]
    return f"lacks {', '.join(lost)}, which every language has" if lost else ""


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for; 1 when a language is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", nargs="*", metavar="LANGUAGE", help="all of them where none is named")
    what.add_argument("--missing", metavar="LANGUAGE")
    chosen = parser.parse_args(arguments)
    if chosen.missing is not None:
        lacking = missing(chosen.missing)
        for file, key, text in lacking:
            print(f"{file}.json  {key}: {text}")
        return 1 if lacking else 0
    found = [fault for language in chosen.check or LANGUAGES for fault in faults(language)]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
