"""A small stand-in for ComfyUI's server, and a launcher for a real one."""

import sys
from pathlib import Path

# A pack imports ComfyUI's modules by absolute name. First on the path, because the repository has a folder "nodes" too.
STAND_INS = Path(__file__).parent / "stand_ins"
if str(STAND_INS) not in sys.path:
    sys.path.insert(0, str(STAND_INS))
