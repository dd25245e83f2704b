"""The scripts are run by a person, not imported; the one that compares languages is, too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
