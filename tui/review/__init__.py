"""The review screen: the place itself, the list of steps, the texts of a step, and what was said."""
