"""The one error that reaches a user as a line of text."""

from __future__ import annotations


class ErrataError(Exception):
    """Something a person has to know: one clear line saying what, where and what to do.

    The command line prints it to stderr and exits with 2; the screens show it in the status line.
    """


class BadInput(ErrataError):
    """A file that cannot be read as what it was taken for.

    The message reads "NAME: PLACE: what is wrong; what was expected", PLACE being a line, a JSON pointer
    or left out.
    """

    def __init__(self, name: str, problem: str, place: str = "") -> None:
        super().__init__(": ".join(part for part in (name, place, problem) if part))
        self.name = name
        self.place = place
        self.problem = problem


class NotATrajectory(BadInput):
    """A file that looks like no trajectory at all, as against one that is damaged."""
