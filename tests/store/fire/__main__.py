"""Cut the power at many moments of every act, and print what was looked at: python -m tests.store.fire [MOMENTS]."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.store.fire.acts import ACTS
from tests.store.fire.checks import PowerCuts, moments

total: Counter[str] = Counter()
for act in ACTS:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        cuts = PowerCuts(act, Path(folder))
        for cut, seed in moments(cuts.disk, int(sys.argv[1]) if len(sys.argv) > 1 else 800):
            try:
                counts += cuts.check(cut, seed)
            except Exception as error:
                counts["FAILED"] += 1
                sys.stderr.write(f"{act} at {cut}.{seed}: {type(error).__name__}: {error}\n")
    sys.stdout.write(f"{act}, {len(cuts.disk.operations)} operations: {dict(counts)}\n")
    total += counts
sys.stdout.write(f"all: {dict(total)}\n")
sys.exit(bool(total["FAILED"]))
