"""What opens over the foot of a place: one panel a file."""
