"""The review: one session, judged command by command."""

from __future__ import annotations

from store.session import ReviewSession
from tui.host import Host
from tui.panel import Panel
from tui.review.finding import Finding
from tui.review.judging import Judging
from tui.review.looking import Looking
from tui.review.replay import Replay
from tui.review.words import DRAFT_KEYS


class ReviewPlace(Judging, Finding, Looking):
    """A session under review. Its actions stand in the files of its parents."""

    def __init__(self, app: Host, session: ReviewSession) -> None:
        super().__init__(app, session)
        self._replay = Replay(self)
        self._is_behind = False

    def entered(self) -> None:
        super().entered()
        if not self.session.steps:
            self.say("this session has no steps")
        elif not self.session.review.events and self.session.head.task.instructions:
            self.do_task()
        if self.session.draft_places:
            step, kind, _ = min(self.session.draft_places)
            key = DRAFT_KEYS.get(kind, "")
            self.say(f"a draft was kept at step {step}: {key} opens it" if step else "a draft was kept: v opens it")

    def synced(self) -> None:
        """Take in what came, but not under an open panel: what it shows is what the next key is about. What is said
        there supersedes nothing that was not shown.
        """
        self._is_behind = bool(self.panels)
        if not self._is_behind:
            self.session.refresh()

    def close(self, panel: Panel) -> None:
        super().close(panel)
        if self._is_behind:
            self.synced()

    def left(self) -> None:
        super().left()
        self._replay.stop()
        if self.session.steps:
            self.session.keep_place(self.view.step)

    @property
    def hints(self) -> list[str]:
        """Of a review that is read-only, what there is to do but to write."""
        if not self.session.read_only:
            return super().hints
        reopen = [] if self.session.is_anothers else ["v|reopen"]
        return ["j/k|step", "o|open", "/|search", "~f|filter", *reopen, "?|keys", "q|back"]

    def do_replay(self) -> None:
        self._replay.toggle()

    def do_slower(self) -> None:
        self._replay.change_speed(0.5)

    def do_faster(self) -> None:
        self._replay.change_speed(2)

    def do_back(self) -> None:
        self.app.back()
