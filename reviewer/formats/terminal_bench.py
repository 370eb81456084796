"""A trial of terminal-bench 1: the folder that it leaves of one agent's run on one task.

Source: terminal-bench's harness/models.py, terminal/ (tmux_session, docker_compose_manager), agents/terminus*, and
trials of its leaderboard.

The steps are from the first of these that is there:

1. `agent-logs/episode-N/response.txt`, terminus' answers (see terminus). What came back is what the next episode's
   `prompt.txt` shows of the screen, after all commands of the turn: it stands at the last of them.
2. `sessions/agent.cast`, as a recording (see asciicast): the keys that were sent to tmux, and the screen. An agent
   that was installed into the container shows there as the one command that started it, and its words.
3. `commands.txt`, also when it stands alone: the keys that were sent, a Python literal a line. No outputs.

`results.json` may be missing or broken. The panes, the logs and the tests' recording are in the folder's hash, and
are not read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviewer.formats import asciicast, terminus
from reviewer.formats.conversation import Call, Message, Result, Speaker, to_task, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, iso
from reviewer.formats.folder import Folder
from reviewer.formats.format import Facts, FolderFormat, Format, always, never, sometimes
from reviewer.formats.text_protocols import cut_reasoning
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, Source, StepBuilder, StepStatus, Trajectory

NAME = "terminal-bench"

_CAST, _COMMANDS, _EPISODES = "sessions/agent.cast", "commands.txt", "agent-logs"
_RESULTS = ("trial_name", "is_resolved", "task_id")
_LONGEST_LINE = 1 << 20


def matches(document: Document) -> bool:
    """A list of keys that stands alone."""
    return document.shape == "text" and document.file_name == _COMMANDS and next(_keys(document), None) is not None


def read(document: Document) -> Iterator[Trajectory]:
    yield _of_keys(document, document.source(NAME))


def matches_folder(folder: Folder) -> bool:
    main = folder.has(_CAST) or bool(_episodes(folder)) or folder.has(_COMMANDS)
    if not main:
        return False
    if folder.has("results.json"):
        results = folder.side("results.json").object()
        return not results or not results.keys().isdisjoint(_RESULTS)
    return folder.has(_CAST) and folder.has(_COMMANDS)


def read_folder(folder: Folder) -> Iterator[Trajectory]:
    results, source = folder.side("results.json"), folder.source(NAME)
    if episodes := _episodes(folder):
        trajectory = _of_episodes(folder, source, episodes)
    elif folder.has(_CAST):
        trajectory = replace(next(asciicast.read(folder.document(_CAST))), source=source)
    else:
        trajectory = _of_keys(folder.document(_COMMANDS), source)
    yield replace(
        trajectory,
        task=to_task(
            results["instruction"].text("") or trajectory.task.instructions,
            results["task_id"].label(),
            trajectory.task.system,
        ),
        outcome=_outcome(results),
        started_at=iso(_began(results)) or trajectory.started_at,
        totals={name: value for name, value in results.mapping().items() if name.startswith("total_") and value},
    )


def _outcome(results: Node) -> str:
    failure = results["failure_mode"].text("")
    words = [] if results["is_resolved"].absent else ["resolved" if results["is_resolved"].flag() else "not resolved"]
    return ", ".join(words + [failure] * (failure not in ("", "unset", "none")))


def _began(results: Node) -> Any:
    return results["agent_started_at"].moment() or results["trial_started_at"].moment()


# -- terminus


def _episodes(folder: Folder) -> list[str]:
    """The folders of the episodes that have an answer, in order."""
    found: list[str] = []
    while folder.has(f"{_EPISODES}/episode-{len(found)}/response.txt"):
        found.append(f"{_EPISODES}/episode-{len(found)}")
    return found


def _of_episodes(folder: Folder, source: Source, episodes: list[str]) -> Trajectory:
    messages: list[Message] = []
    for episode in episodes:
        place = f"{episode}/response.txt"
        if folder.has(f"{episode}/prompt.txt"):
            prompt = _text(folder.document(f"{episode}/prompt.txt"))
            asked = Message(Speaker.HARNESS if messages else Speaker.USER, f"{episode}/prompt.txt", prompt)
            if messages and messages[-1].calls:
                asked.text, asked.results = "", [Result(prompt, answers_turn=True)]
            messages.append(asked)
        messages.append(_answer(_text(folder.document(place)), place))
    return to_trajectory(source, messages)


def _text(document: Document) -> str:
    return document.data().decode("utf-8", "surrogateescape")


def _answer(text: str, place: str) -> Message:
    reasoning, text = cut_reasoning(text)
    answer = terminus.read_answer(text)
    if answer is None:
        return Message(Speaker.AGENT, place, text, reasoning, status=StepStatus.FORMAT_ERROR)
    calls = [Call(to_action(tool, arguments), place) for tool, arguments in answer.calls]
    return Message(Speaker.AGENT, place, answer.thought if calls or answer.said else text, reasoning, calls)


# -- keys alone


def _of_keys(document: Document, source: Source) -> Trajectory:
    build = StepBuilder()
    for number, keys in _keys(document, strictly=True):
        build.next_turn().add(action=_pressed(keys), pointer=f"{document.file_name} line {number}")
    return Trajectory(source=source, steps=build.steps)


def _keys(document: Document, *, strictly: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The keys of each line, which is a Python text or list of texts. strictly: raise BadInput for another line."""
    for number, line in enumerate(document.lines(), start=1):
        if not line.strip():
            continue
        keys = _literal(line)
        if keys is not None:
            yield number, keys
        elif strictly:
            raise document.bad("expected a Python text or list of texts", f"line {number}")
        else:
            return


def _literal(line: str) -> list[str] | None:
    if len(line) > _LONGEST_LINE or line[:1] not in "['\"":
        return None
    try:
        value = ast.literal_eval(line.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    keys = [value] if isinstance(value, str) else value
    return keys if isinstance(keys, list) and keys and all(isinstance(key, str) for key in keys) else None


def _pressed(keys: list[str]) -> Action:
    """Keys as an action: a text that ends with Enter is a command."""
    *text, last = keys
    if text and last == "Enter":
        return Action("terminal", "".join(text))
    typed = "".join(keys)
    return replace(to_action(terminus.TOOL, {"keystrokes": typed}), tool="terminal")


FORMAT = Format(
    name=NAME,
    title="terminal-bench trial (folder)",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("terminus' answers, else the recording, else `commands.txt`"),
        output=sometimes("the next episode's prompt, or the recording"),
        exit_code=sometimes("only where the recording's shell marks it"),
        directory=sometimes("as far as a recording's prompts show it"),
        time=sometimes("the recording's; of the trial, `results.json`"),
        duration=sometimes("the recording's"),
        thought=sometimes("the words in terminus' answers"),
        reasoning=sometimes("the `<think>` before terminus' answers"),
        usage=never("only totals, in `results.json`"),
        task=sometimes("`task_id` and `instruction` of `results.json`"),
        agent=never(),
        model=never(),
        outcome=sometimes("`is_resolved` and `failure_mode` of `results.json`"),
    ),
    shapes=("text",),
    folder=FolderFormat(matches_folder, read_folder),
)
