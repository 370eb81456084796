"""Every act a key can do, in one table: the keys, the `?` help, the palette and the footer all come from it.

An action belongs to a place (the queue, the review, the guide) and is done by that place's method `do_NAME`.
`hint` is its entry in the footer, "keys|what", for those that have one; with a "~" before it when a narrow screen
may leave it out.
"""

from __future__ import annotations

from msgspec import Struct


class Action(Struct, frozen=True):
    """name: of the method, and with its place the name in a keymap ("review.next_step"). group: a heading in help."""

    place: str
    name: str
    keys: tuple[str, ...]
    title: str
    group: str
    hint: str = ""

    @property
    def id(self) -> str:
        return f"{self.place}.{self.name}"


def _actions(place: str, *rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> tuple[Action, ...]:
    return tuple(
        Action(place, name, tuple(keys.split()), title, group, hint[0] if hint else "")
        for group, name, keys, title, *hint in rows
    )


REVIEW = _actions(
    "review",
    ("Move", "next_step", "j down", "next step", "j/k|step"),
    ("Move", "previous_step", "k up", "previous step"),
    ("Move", "next_unjudged", "tab", "next command without a rating", "~Tab|next unjudged"),
    ("Move", "previous_unjudged", "shift+tab", "previous command without a rating"),
    ("Move", "next_failing", "]", "next failing command"),
    ("Move", "previous_failing", "[", "previous failing command"),
    ("Move", "next_hint", "}", "next hint"),
    ("Move", "previous_hint", "{", "previous hint"),
    ("Move", "go_to", "g", "go to a step by its number (Enter alone: the first)"),
    ("Move", "last_step", "G", "last step that may be seen"),
    ("Move", "search", "/", "search commands, thoughts and outputs"),
    ("Move", "next_match", "n", "next match"),
    ("Move", "previous_match", "N", "previous match"),
    ("Move", "filter", "f", "filter the list of steps"),
    ("Look", "scroll_down", "J", "scroll down a line"),
    ("Look", "scroll_up", "K", "scroll up a line"),
    ("Look", "page_down", "space pagedown", "scroll down a page"),
    ("Look", "page_up", "b pageup", "scroll up a page"),
    ("Look", "texts_start", "home", "to the start of the step's texts"),
    ("Look", "texts_end", "end", "to their end, and what was said"),
    ("Look", "fold", "o", "open or fold the step's texts", "~o|open"),
    ("Look", "raw", "r", "output in every state it had, then with every byte visible"),
    ("Look", "thought", "t", "thought: folded, whole, hidden"),
    ("Look", "task", "T", "the task the agent was given"),
    ("Look", "reveal", "R", "reveal what is hidden until you judge (recorded)"),
    ("Look", "replay", "p", "replay with the recorded timing, or stop"),
    ("Look", "slower", "<", "replay slower"),
    ("Look", "faster", ">", "replay faster"),
    ("Judge", "rate", "1 0 - .", "rate the command: 1 good, 0 neutral, - bad, . unsure", "1 0 - .|rate"),
    ("Judge", "previous_part", "h left", "choose the previous part of a long command"),
    ("Judge", "next_part", "l right", "choose the next part of a long command"),
    ("Judge", "previous_word", "W", "choose the previous word of the command"),
    ("Judge", "next_word", "w", "choose the next word of the command"),
    ("Judge", "mark", "m", "mark a mistake: two keys for the code (m m: the last one)", "m|mark"),
    ("Judge", "decide", "d", "this step's mistake decided the session (again: it did not)"),
    ("Judge", "suggest", "s", "write a better action", "s|suggest"),
    ("Judge", "suggest_in_editor", "e", "write a better action in $EDITOR"),
    ("Judge", "comment", "c", "comment on this step", "c|comment"),
    ("Judge", "ask_lead", "!", "ask the lead about this step"),
    ("Judge", "answer_hint", "a", "say whether a hint here is right or wrong"),
    ("Judge", "amend", "x", "change or withdraw something said here"),
    ("Judge", "undo", "u", "undo", "u|undo"),
    ("Judge", "redo", "ctrl+r", "redo"),
    ("Judge", "finish", "v", "verdict: answer the questions and submit; reopen", "v|finish"),
    ("Else", "copy", "y", "copy the command"),
    ("Else", "sync", "S", "sync with the hub"),
    ("Else", "guide", "i", "the guide: instructions and codes"),
    ("Else", "help", "? f1", "the keys of this place", "?|keys"),
    ("Else", "palette", ":", "find an action by its name"),
    ("Else", "redraw", "ctrl+l", "paint the screen again"),
    ("Else", "back", "q", "back to the queue", "~q|back"),
)

QUEUE = _actions(
    "queue",
    ("Move", "next", "j down", "next session", "j/k|move"),
    ("Move", "previous", "k up", "previous session"),
    ("Move", "page_down", "space pagedown", "a page down"),
    ("Move", "page_up", "b pageup", "a page up"),
    ("Move", "first", "g home", "first session"),
    ("Move", "last", "end", "last session"),
    ("Act", "open", "enter l right", "open the session", "Enter|open"),
    ("Act", "filter", "/", "show only what holds a text", "/|filter"),
    ("Act", "sort", "o", "sort by another column", "o|sort"),
    ("Act", "sync", "S", "sync with the hub"),
    ("Act", "import_path", "i", "import a file or a folder", "i|import"),
    ("Act", "guide", "G", "the guide: instructions and codes", "G|guide"),
    ("Else", "help", "? f1", "the keys of this place", "?|keys"),
    ("Else", "palette", ":", "find an action by its name"),
    ("Else", "redraw", "ctrl+l", "paint the screen again"),
    ("Else", "quit", "q", "quit", "q|quit"),
)

GUIDE = _actions(
    "guide",
    ("Move", "scroll_down", "j J down", "a line down", "j/k|scroll"),
    ("Move", "scroll_up", "k K up", "a line up"),
    ("Move", "page_down", "space pagedown", "a page down", "space/b|page"),
    ("Move", "page_up", "b pageup", "a page up"),
    ("Move", "top", "g home", "to the top"),
    ("Move", "bottom", "G end", "to the bottom"),
    ("Move", "search", "/", "search", "/|search"),
    ("Move", "next_match", "n", "next match"),
    ("Move", "previous_match", "N", "previous match"),
    ("Else", "help", "? f1", "the keys of this place", "?|keys"),
    ("Else", "palette", ":", "find an action by its name"),
    ("Else", "redraw", "ctrl+l", "paint the screen again"),
    ("Else", "back", "q escape", "back", "q|back"),
)

ACTIONS: dict[str, tuple[Action, ...]] = {"review": REVIEW, "queue": QUEUE, "guide": GUIDE}

PRESETS: dict[str, dict[str, str]] = {
    "errata": {},
    # SWE-agent's inspector: h/l and the arrows change the step, j/k and the arrows scroll, 0 and $ go to the ends.
    "swe-agent": {
        "review.next_step": "l right",
        "review.previous_step": "h left",
        "review.scroll_down": "j down",
        "review.scroll_up": "k up",
        "review.next_part": "J",
        "review.previous_part": "K",
        "review.last_step": "$ G",
    },
}


class KeymapError(ValueError):
    """A keymap that names an unknown action, or gives one key to two."""


def keymap(place: str, changes: dict[str, str]) -> dict[str, Action]:
    """Which action each key does in a place: the table's keys, changed by `changes` (action id to keys).

    Raises KeymapError naming the fault.
    """
    result: dict[str, Action] = {}
    changed = [action for action in ACTIONS[place] if action.id in changes]
    for action in [*changed, *(a for a in ACTIONS[place] if a.id not in changes)]:
        for key in changes[action.id].split() if action.id in changes else action.keys:
            if key in result and action.id in changes:
                raise KeymapError(f"the key {key!r} is given to {result[key].id} and to {action.id}")
            result.setdefault(key, action)
    return result


def check_changes(changes: dict[str, str]) -> None:
    """Raises KeymapError for an action that does not exist."""
    known = {action.id for actions in ACTIONS.values() for action in actions}
    for name in changes:
        if name not in known:
            raise KeymapError(f"there is no action {name!r}; the keys of each place (?) and docs/keys.md name them")
