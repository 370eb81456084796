"""Everything a person touches: the command line (tui/cli) and the screens."""
