"""`python -m tui.cli` is `errata`."""

import sys

from tui.cli import main

sys.exit(main())
