"""Real bash sessions to try Errata on (`*.traj.json`), each with a gold review (`*.gold.json`). See README.md."""
