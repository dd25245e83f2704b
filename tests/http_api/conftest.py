"""The scripts are run by a person, not imported; the description of the routes is, too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "scripts"))
