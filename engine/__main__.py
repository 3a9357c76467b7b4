"""`python -m engine`: the engine's command line."""

import os
import sys

# Before torch loads: its threads would spin while they wait, and starve the window and each other.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from engine.terminal.cli import main

if __name__ == "__main__":
    sys.exit(main())
