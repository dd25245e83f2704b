"""Check and test everything: ruff, mypy, tsc, actionlint, and every test, the browser's included.

python scripts/test.py                    all of it
python scripts/test.py --quick            the checks, and the tests of units and routes: in about a minute
python scripts/test.py --no-browser       all but what needs a browser, and the fleet
python scripts/test.py --only-checks      ruff, mypy, tsc and actionlint
python scripts/test.py [pytest arguments] only the tests these choose, such as: -k token tests/units

Needs Python 3.10 or newer and nothing else; what is missing is set up in .venv on the first run. COMFYUI_DIR (and
COMFYUI_PYTHON, its interpreter) have the tests of the browser run in that ComfyUI too.
NGINX, the path of that program, has the attacks on the guarded port come through it as well.
PICTURES, a folder, has the tests of the browser put pictures there; those of tests that failed are in tests/output.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import checks
import suite
import workshop

_PARTS = {"--only-checks": (), "--quick": suite.QUICK, "--no-browser": suite.NO_BROWSER}


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; 0 when all of it passed."""
    if arguments == ["--help"]:
        print(__doc__)
        return 0
    for option in _PARTS:
        if option in arguments and len(arguments) > 1:
            print(f"{option} takes no further arguments.", file=sys.stderr)
            return 2
    part = _PARTS.get(arguments[0]) if arguments else None
    with_browser = part is None
    tools = workshop.set_up(frontends=workshop.FRONTENDS if with_browser else (), node=True)
    browser = tools.browser() if with_browser else None
    workshop.enter(tools)

    chosen = arguments if with_browser else []
    outcomes = [] if chosen else checks.run_checks(tools)
    passed = all(outcome.passed for outcome in outcomes)
    if part == ():
        print("\n", *outcomes, sep="\n")
        return 0 if passed else 1
    if browser:
        workshop.offer_pages(tools, browser)
    return suite.run_tests(part or chosen or suite.WHOLE, outcomes) or (0 if passed else 1)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except workshop.SetUpError as error:
        sys.exit(f"\n{error}")
