"""Real files: what the importers count is what the JSON holds, counted here by other code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reviewer.errors import NotATrajectory
from reviewer.formats import Document, detect, read_trajectories
from reviewer.trajectory import StepStatus, Trajectory

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
ABSENT = [Path("absent")]

FOLDERS = {
    "swe-agent-traj": "swe-agent",
    "mini-swe-agent": "mini-swe-agent",
    "atif": "atif",
    "openai-chat": "openai-chat",
    "anthropic-messages": "anthropic-messages",
    "gemini-cli": "gemini-cli",
}

ELSEWHERE = {"inspect-eval", "inspect-json", "claude-code", "codex-rollout"}
ELSEWHERE |= {"openhands-v0", "openhands-v1", "terminal-bench-trial", "asciinema", "typescript", "vivaria"}
"""Folders whose files test_corpus_logs.py and test_corpus_runs.py read."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files, ../shared/corpus, is not here")


def corpus_files() -> list[Path]:
    files = (path.relative_to(CORPUS) for path in CORPUS.rglob("*") if path.is_file())
    here = (path for path in files if path.parts[0] not in ELSEWHERE and path.name != "claude-code.txt")
    return sorted(here) or ABSENT


def format_of(path: Path) -> str | None:
    """The format that is to read a file of the corpus; None when all are to refuse it."""
    if path.parts[0] == "harbor-trial":
        return "atif" if path.name == "trajectory.json" else None
    return FOLDERS.get(path.parts[0]) if path.suffix != ".md" else None


READ = [path for path in corpus_files() if format_of(path)] or ABSENT
REFUSED = [path for path in corpus_files() if not format_of(path)] or ABSENT


def values_in(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]


class Count(NamedTuple):
    """Commands, known exit codes, and steps with a time."""

    commands: int
    exit_codes: int
    times: int


TOLD = re.compile(
    r"<returncode>\d|\[The command completed with exit code \d+\.[^\]]*\](?:\n\[.*\])*\s*$"
    r"|\[Command finished with exit code \d+\]\s*$"
)
"""How the harnesses of the corpus say an exit code in an output's text: mini-swe-agent and OpenHands."""


def codes_in(outputs: Iterable[Any]) -> int:
    texts = (part["text"] if isinstance(out, list) else out for out in outputs for part in (out or [{}])[:1])
    return sum(bool(TOLD.search(text)) for text in texts if isinstance(text, str))


def count_swe_agent(path: Path) -> list[Count]:
    run = values_in(path)[0]
    steps = run.get("trajectory") or [item for item in run["history"] if item["role"] == "assistant"]
    return [Count(len([step for step in steps if step["action"].strip()]), 0, 0)]


def count_mini_swe_agent(path: Path) -> list[Count]:
    run = values_in(path)[0]
    commands, times = 0, 0
    messages = run if isinstance(run, list) else run["messages"]
    for message in messages:
        extra = message.get("extra", {})
        found = len(extra.get("actions", []))
        if message.get("role") == "assistant" and "actions" not in extra:
            found = len(re.findall(r"```(?:bash|mswea_bash_command)\s*\n(.*?)\n```", message["content"], re.DOTALL))
        commands += found
        is_agent = message.get("role") == "assistant" or message.get("object") == "response"
        times += max(found, 1) * is_agent * ("timestamp" in extra)
    fields = [message["extra"]["returncode"] for message in messages if "returncode" in message.get("extra", {})]
    said = codes_in(message["content"] for message in messages if message.get("role") == "user" and not fields)
    return [Count(commands, said + sum(code != -1 for code in fields), times)]


def count_atif(path: Path) -> list[Count]:
    return list(_atif_counts(values_in(path)[0]))


def _atif_counts(trajectory: dict[str, Any]) -> Iterator[Count]:
    agents = [step for step in trajectory["steps"] if step["source"] == "agent"]
    calls = [len(step.get("tool_calls") or []) for step in agents]
    if not any(calls):
        calls = [_in_message(step["message"]) for step in agents]
    results = [(step, out) for step in agents for out in (step.get("observation") or {}).get("results", [])]
    failed = [out for step, out in results if step.get("extra", {}).get("tool_result_is_error")]
    codes = sum(bool(re.match(r"Exit code \d", str(out.get("content")))) for out in failed)
    codes += sum("exit_code" in out.get("extra", {}) for _, out in results)
    last = agents[-1] if agents and agents[-1].get("reasoning_content") else None
    times = 0
    for step, found in zip(agents, calls, strict=True):
        is_told = found or step["message"] or step is last  # a turn that only thought is told with the next
        times += max(found, 1) * bool(is_told) * bool(step.get("timestamp"))
    yield Count(sum(calls), codes + codes_in(out.get("content") for _, out in results), times)
    for part in trajectory.get("subagent_trajectories") or []:
        yield from _atif_counts(part)


def _in_message(message: Any) -> int:
    if not isinstance(message, str):
        return 0
    if message.startswith("{"):
        answer = json.loads(message)
        return len(answer["commands"]) + int(answer["task_complete"])
    return message.count("<function=")


def count_openai_chat(path: Path) -> list[Count]:
    values = values_in(path)
    if isinstance(values[0], list):
        chats = values
    elif "messages" in values[0]:
        chats = [value["messages"] for value in values]
    else:
        chats = [values]
    times = 0
    for value, chat in zip(values, chats, strict=False):
        if isinstance(value, dict) and "response" in value:
            answer = value["response"]["choices"][0]["message"]
            chat.append(answer)
            times = len(answer["tool_calls"])
    return [_openai_count(chat)._replace(times=times) for chat in chats]


def _openai_count(chat: list[dict[str, Any]]) -> Count:
    answers = [message for message in chat if message["role"] == "assistant"]
    calls = sum(len(answer.get("tool_calls") or []) for answer in answers)
    commands = calls or sum(answer["content"].count("<function=") for answer in answers)
    return Count(commands, codes_in(message["content"] for message in chat if message["role"] in ("tool", "user")), 0)


def count_anthropic_messages(path: Path) -> list[Count]:
    return [Count(json.dumps(value).count('"type": "tool_use"'), 0, 0) for value in values_in(path)]


def count_gemini_cli(path: Path) -> list[Count]:
    turns = [message for message in values_in(path)[0]["messages"] if message["type"] == "gemini"]
    calls = [len(turn.get("toolCalls", [])) for turn in turns]
    return [Count(sum(calls), 0, sum(max(found, 1) for found in calls))]


COUNTS = {
    "swe-agent": count_swe_agent,
    "mini-swe-agent": count_mini_swe_agent,
    "atif": count_atif,
    "openai-chat": count_openai_chat,
    "anthropic-messages": count_anthropic_messages,
    "gemini-cli": count_gemini_cli,
}


def counted(trajectory: Trajectory) -> Count:
    """What was read."""
    steps = trajectory.steps
    known, timed = (step.exit_code is not None for step in steps), (step.started_at is not None for step in steps)
    return Count(trajectory.commands, sum(known), sum(timed))


@pytest.mark.parametrize("path", READ, ids=str)
def test_reads_every_command_exit_code_and_time(path: Path) -> None:
    name = format_of(path)
    assert name is not None
    trajectories = list(read_trajectories(CORPUS / path))
    assert detect(Document(CORPUS / path)).name == name
    assert [counted(trajectory) for trajectory in trajectories] == COUNTS[name](CORPUS / path)
    for trajectory in trajectories:
        assert trajectory.steps
        assert [step.ordinal for step in trajectory.steps] == list(range(1, len(trajectory.steps) + 1))
        assert all(step.pointer for step in trajectory.steps)
        assert all(step.action or step.thought or step.reasoning or step.prompt for step in trajectory.steps)
        json.loads(trajectory.canonical)
    assert len({trajectory.id for trajectory in trajectories}) == len(trajectories)


@pytest.mark.parametrize("path", REFUSED, ids=str)
def test_refuses_what_is_of_no_format(path: Path) -> None:
    with pytest.raises(NotATrajectory) as caught:
        list(read_trajectories(CORPUS / path))
    assert str(caught.value).startswith(f"{path.name}: not a trajectory: ")
    assert "\n" not in str(caught.value)


def read_one(name: str) -> Trajectory:
    (trajectory,) = read_trajectories(CORPUS / name)
    return trajectory


@pytest.mark.parametrize("path", [path for path in READ if path.match("swe-agent-traj/[vs]*")] or ABSENT, ids=str)
def test_swe_agent_outputs_are_the_observations(path: Path) -> None:
    run = values_in(CORPUS / path)[0]
    steps, recorded = read_one(str(path)).steps, run["trajectory"]
    assert [step.output for step in steps] == [step["observation"] for step in recorded]
    assert [step.command for step in steps] == [step["action"] for step in recorded]
    states = [step["state"] if isinstance(step["state"], dict) else json.loads(step["state"]) for step in recorded]
    assert [step.cwd for step in steps[1:]] == [state["working_dir"] for state in states[:-1]]
    assert all(step.exit_code is None for step in steps)


@pytest.mark.parametrize("shape", ["responses_api", "textbased", "toolcall_multiaction"])
def test_mini_swe_agent_v2_outputs_are_the_raw_ones(shape: str) -> None:
    path = f"mini-swe-agent/gen_v2_{shape}.traj.json"
    extras = [message.get("extra", {}) for message in values_in(CORPUS / path)[0]["messages"]]
    raw = [(extra["raw_output"], extra["returncode"]) for extra in extras if "raw_output" in extra]
    trajectory = read_one(path)
    last = trajectory.steps[-1]
    assert [(step.output, step.exit_code) for step in trajectory.steps[:-1]] == [
        (output, None if code == -1 else code) for output, code in raw
    ]
    assert [step.command for step in trajectory.steps if step.status is StepStatus.TIMEOUT] == ["sleep 5"]
    assert (last.output, last.exit_code, last.truncated_by_producer) == ("patch here\n", None, True)
    assert trajectory.outcome == "Submitted"


def test_mini_swe_agent_v0_and_v1_exit_codes() -> None:
    codes = [step.exit_code for step in read_one("mini-swe-agent/v0_barelist_github_issue.traj.json").steps]
    assert codes == [1, 0, 0, 0, 0, 0, 0, 1, 0, None]
    trajectory = read_one("mini-swe-agent/rfc_mini-swe-agent-trajectory.json")
    assert [step.output for step in trajectory.steps] == ["", "Hello, world!\n", ""]
    assert [step.exit_code for step in trajectory.steps] == [0, 0, None]
    assert trajectory.model == "anthropic/claude-3-5-sonnet-20241022"


def test_atif_of_claude_code_tells_which_commands_failed() -> None:
    path = next(path for path in READ if path.parts[0] == "harbor-trial" and path.parts[1].startswith("hf-"))
    codes: list[int | None] = []
    for step in values_in(CORPUS / path)[0]["steps"]:
        if step.get("tool_calls"):
            code = re.match(r"Exit code (\d+)", step["observation"]["results"][0]["content"])
            codes.append(int(code[1]) if code and step["extra"].get("tool_result_is_error") else None)
    steps = [step for step in read_one(str(path)).steps if step.action]
    assert [step.exit_code for step in steps] == codes
    assert any(code is not None for code in codes)
    assert {step.cwd for step in steps} == {"/app"}


def test_atif_linear_history_has_the_commands_that_tool_calls_have() -> None:
    name = "atif/terminus2_hello-world-context-summarization{}.trajectory{}.json"
    parts = [read_one(name.format("-linear-history", part)) for part in ("", ".cont-1")]
    linear = [step for part in parts for step in part.steps if step.action]
    with_calls = read_one(name.format("", "")).steps
    assert [step.command for step in linear] == [step.command for step in with_calls]
    assert [step.output for step in linear] == [step.output for step in with_calls]
    assert [step.thought for step in linear] == [step.thought for step in with_calls]


def test_the_same_chat_in_every_form_has_the_same_steps() -> None:
    names = [
        "openai-chat/gen_bare_list.json",
        "openai-chat/gen_message_per_line.jsonl",
        "openai-chat/gen_tool_calls_sft.jsonl",
        "anthropic-messages/gen_messages.json",
        "anthropic-messages/gen_sft.jsonl",
    ]
    first, *others = ([(s.turn, s.command, s.output, s.thought) for s in read_one(name).steps] for name in names)
    assert all(other == first for other in others)


def test_openhands_chats_tell_exit_codes_and_the_response_is_the_last_turn() -> None:
    log = read_one("openai-chat/oh_sdk_litellm_completion_log.json")
    messages = read_one("openai-chat/oh_sdk_fncall-messages.json")
    assert [step.command for step in log.steps] == [step.command for step in messages.steps]
    assert [step.exit_code for step in log.steps if step.action and step.action.is_shell] == [0, 0]
    assert log.steps[-1].action is not None
    assert log.steps[-1].action.tool == "finish"
    assert log.model == "litellm_proxy/claude-sonnet-4-20250514"
