"""SWE-agent's `.traj`, versions 0.x and 1.x.

Source: SWE-agent's agent/agents.py and types.py, and the trajectories in its and SWE-smith's repositories.

The name of the tool, and its call's id, are from `history`, whose actions are those of the trajectory in order, but
for those that the harness refused. Where it names none, the tool is bash: its own tools (`open`, `edit 1:2 …
end_of_edit`) are commands in the agent's shell. An action is "" when the harness could not read the agent's message;
one that 1.x refused (blocked, or not valid bash) has neither output, state nor time. The prompt (`query`, `messages`
before 1.1) is repeated in every step, and is passed over.

A file may hold `history` only, as demonstrations do. A RetryAgent's has `attempts`, each a trajectory; the one that
it chose stands at the top too, as a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_task, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, never, sometimes
from reviewer.formats.tools import SHELLS
from reviewer.trajectory import Action, StepBuilder, StepStatus, Trajectory

NAME = "swe-agent"

_EXITS = ("submit", "exit")
_GIVING_UP = ("Exit due to ", "Exiting due to ")
"""How the harness's last words begin: 1.x records them as a step without an action."""
_TIMED_OUT = re.compile(r"The command '.*' was cancelled because it took more than|EXECUTION TIMED OUT", re.DOTALL)
_DIRECTORY = re.compile(r"\(Current directory: ([^\n]*)\)\n(?:bash-)?\$\s*\Z")

_SPEAKERS = {"system": Speaker.SYSTEM, "user": Speaker.USER, "tool": Speaker.USER, "assistant": Speaker.AGENT}


def matches(document: Document) -> bool:
    return any(_is_run(value) for value in document.sample[:1])


def _is_run(value: dict[str, Any]) -> bool:
    """Whether this is a run: other formats have a `history` too, but of events, not messages."""
    steps, history, attempts = (value.get(name) for name in ("trajectory", "history", "attempts"))
    if isinstance(steps, list):
        return not value.keys().isdisjoint(("history", "info", "environment"))
    if isinstance(attempts, list) and attempts:
        return isinstance(attempts[0], dict) and "trajectory" in attempts[0]
    return isinstance(history, list) and bool(history) and isinstance(history[0], dict) and "role" in history[0]


def read(document: Document) -> Iterator[Trajectory]:
    runs = (run for record in records(document) for run in _runs(record))
    return numbered(_trajectory(document, run) for run in runs)


def _runs(root: Node) -> Iterator[Node]:
    """The attempts of a run, and what stands at the top unless it is a copy of one."""
    attempts = root["attempts"].optional_elements()
    yield from attempts
    if not attempts or (not root["trajectory"].absent and _deeds(root) not in map(_deeds, attempts)):
        yield root


def _deeds(run: Node) -> list[str]:
    return [step["action"].text() for step in run["trajectory"].optional_elements()]


def _trajectory(document: Document, root: Node) -> Trajectory:
    info, config = root["info"], root["replay_config"].embedded()
    facts: dict[str, Any] = {
        "agent": f"SWE-agent {info['swe_agent_version'].text('')}".strip(),
        "model": config["agent"]["model"]["name"].text(""),
        "outcome": info["exit_status"].text(""),
        "totals": info["model_stats"].mapping(),
    }
    task_id = _task_id(root["environment"].text(""), config)
    messages = [_message(node) for node in root["history"].optional_elements()]
    if root["trajectory"].absent:
        root["history"].elements()  # a run has one of the two
        return to_trajectory(document.source(NAME), _answered(messages), task_id, **facts)
    asked = next((message.text for message in messages if _is_question(message)), "")
    builder = StepBuilder()
    _add_steps(builder, root["trajectory"].elements(), messages, _directory(asked))
    return Trajectory(document.source(NAME), builder.steps, to_task(asked, task_id), **facts)


def _task_id(environment: str, config: Node) -> str:
    """The instance's name, which is the environment's in some versions and the agent's or the problem's in others."""
    problem = config["problem_statement"].value
    names = [problem.get("id") if isinstance(problem, dict) else None, config["agent"]["name"].text(""), environment]
    return next((name for name in names if isinstance(name, str) and "__" in name), "")


def _add_steps(builder: StepBuilder, nodes: Sequence[Node], history: Sequence[Message], cwd: str | None) -> None:
    calls = [(message, call) for message in history if not message.demonstration for call in message.calls]
    heard = ""
    for node in nodes:
        text, observation = node["action"].text(), node["observation"].optional_text()
        refused = _is_refused(node)
        values: dict[str, Any] = {
            "thought": node["thought"].text("") or ("" if text.strip() else node["response"].text("")),
            "reasoning": node["reasoning_content"].text(""),
            "prompt": heard,
            "duration": node["execution_time"].number(),
            "cwd": cwd,
            "pointer": node.place,
        }
        heard = ""
        builder.next_turn()
        if not text.strip():
            unread = not values["thought"].startswith(_GIVING_UP)
            builder.add(status=StepStatus.FORMAT_ERROR if unread else StepStatus.OK, **values)
            heard = observation or ""
            continue
        action = _action(text)
        if calls and calls[0][1].action.command == text:
            message, call = calls.pop(0)
            action = call.action
            values["reasoning"] = values["reasoning"] or message.reasoning
        result = Result(None, status=StepStatus.NOT_EXECUTED) if refused else _result(observation)
        builder.add(action=action, output=result.text, status=result.status, **values)
        cwd = _working_directory(node["state"]) or (cwd if refused else None)


def _is_refused(node: Node) -> bool:
    """Whether 1.x recorded an action that it then did not run: it has no trace of having run."""
    return (node["observation"].value, node["state"].value, node["execution_time"].value) == ("", {}, 0)


def _result(observation: str | None) -> Result:
    timed_out = observation is not None and _TIMED_OUT.match(observation.lstrip())
    return Result(observation, status=StepStatus.TIMEOUT if timed_out else StepStatus.OK)


def _working_directory(state: Node) -> str | None:
    """The working directory in a state, which in 0.x may be a text that is no JSON."""
    return state.embedded()["working_dir"].text("") or None


def _action(text: str, tool: str = "", call_id: str | None = None) -> Action:
    """An action as it stands: most of SWE-agent's own tools are commands in the agent's shell."""
    word = text.split(maxsplit=1)[0]
    if word in _EXITS or word.startswith("exit_"):
        return Action(tool or word, text, is_shell=False, call_id=call_id)
    is_window_edit = text.rstrip().endswith("end_of_edit")
    is_shell = not is_window_edit and (not tool or tool in SHELLS)
    return Action(tool or "bash", text, is_shell=is_shell, call_id=call_id)


def _message(node: Node) -> Message:
    """An item of the history."""
    message = Message(node["role"].one_of(_SPEAKERS), node.place, node["content"].content())
    message.demonstration = node["is_demo"].flag()
    if message.speaker is not Speaker.AGENT:
        return message
    message.text = node["thought"].text("") or message.text
    blocks = node["thinking_blocks"].optional_elements()
    message.reasoning = "\n\n".join(block["thinking"].text("") for block in blocks)
    calls = node["tool_calls"].optional_elements()
    tool = calls[0]["function"]["name"].text() if len(calls) == 1 else ""
    call_id = calls[0]["id"].label() if len(calls) == 1 else ""
    if (text := node["action"].text("")).strip():
        message.calls = [Call(_action(text, tool, call_id or None), node.place)]
    elif not node["action"].absent:
        message.status = StepStatus.FORMAT_ERROR
    return message


def _answered(messages: Sequence[Message]) -> Sequence[Message]:
    """A history whose observations answer the actions before them, as they stand in the prompt."""
    cwd: str | None = None
    calls: list[Call] = []
    for message in messages:
        if message.speaker is Speaker.AGENT:
            message.cwd = None if message.demonstration else cwd
            calls = message.calls
        elif message.speaker is Speaker.USER:
            cwd = cwd if message.demonstration else _directory(message.text)
            for call in calls:
                call.result = _result(message.text)
                message.text = ""
            calls = []
    return messages


def _is_question(message: Message) -> bool:
    return message.speaker is Speaker.USER and not message.demonstration


def _directory(prompt: str) -> str | None:
    match = _DIRECTORY.search(prompt[-2000:])
    return match[1] if match else None


FORMAT = Format(
    name=NAME,
    title="SWE-agent trajectory",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("`trajectory[].action`, one text a step"),
        output=always("`observation`, whole (the prompt's form of it, in `history`, may be cut)"),
        exit_code=never(),
        directory=always(
            '`state.working_dir` of the step before; of the first, the prompt\'s "(Current directory: …)"'
        ),
        time=never(),
        duration=sometimes("`execution_time` (1.x)"),
        thought=always("`thought`"),
        reasoning=sometimes("`reasoning_content`, or the `thinking_blocks` of `history`"),
        usage=never("only totals, in `info.model_stats`"),
        task=always("the first message of `history`; the instance's id, from `replay_config` or `environment`"),
        agent=always("`info.swe_agent_version`"),
        model=sometimes("`replay_config`"),
        outcome=sometimes("`info.exit_status`"),
    ),
)
