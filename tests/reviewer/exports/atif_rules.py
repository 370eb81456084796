"""The rules of ATIF's RFC 0001 (version 1.7), checked by code of our own: which members there are, of which type, and
how they refer to each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

Shape = dict[str, tuple[type, ...]]

TEXT, WHOLE, NUMBER, OBJECT, LIST, TRUTH = (str,), (int,), (int, float), (dict,), (list,), (bool,)

ROOT: Shape = {
    "schema_version": TEXT,
    "session_id": TEXT,
    "trajectory_id": TEXT,
    "agent": OBJECT,
    "steps": LIST,
    "notes": TEXT,
    "final_metrics": OBJECT,
    "continued_trajectory_ref": TEXT,
    "extra": OBJECT,
    "subagent_trajectories": LIST,
}
AGENT: Shape = {"name": TEXT, "version": TEXT, "model_name": TEXT, "tool_definitions": LIST, "extra": OBJECT}
TOTALS: Shape = {
    "total_prompt_tokens": WHOLE,
    "total_completion_tokens": WHOLE,
    "total_cached_tokens": WHOLE,
    "total_cost_usd": NUMBER,
    "total_steps": WHOLE,
    "extra": OBJECT,
}
STEP: Shape = {
    "step_id": WHOLE,
    "timestamp": TEXT,
    "source": TEXT,
    "model_name": TEXT,
    "reasoning_effort": (str, int, float),
    "message": TEXT,
    "reasoning_content": TEXT,
    "tool_calls": LIST,
    "observation": OBJECT,
    "metrics": OBJECT,
    "extra": OBJECT,
    "is_copied_context": TRUTH,
    "llm_call_count": WHOLE,
}
AGENT_ONLY = {"model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics"}
CALL: Shape = {"tool_call_id": TEXT, "function_name": TEXT, "arguments": OBJECT, "extra": OBJECT}
RESULT: Shape = {"source_call_id": TEXT, "content": TEXT, "subagent_trajectory_ref": LIST, "extra": OBJECT}
METRICS: Shape = {
    "prompt_tokens": WHOLE,
    "completion_tokens": WHOLE,
    "cached_tokens": WHOLE,
    "cost_usd": NUMBER,
    "prompt_token_ids": LIST,
    "completion_token_ids": LIST,
    "logprobs": LIST,
    "extra": OBJECT,
}


def problems(document: Any) -> list[str]:
    """What is wrong with a document; nothing when it is valid."""
    return list(_root(document))


def _root(root: Any) -> Iterator[str]:
    yield from _object(root, ROOT, {"schema_version", "agent", "steps"}, "")
    if root.get("schema_version") not in {f"ATIF-v1.{minor}" for minor in range(9)}:
        yield "schema_version: not a version of ATIF"
    yield from _object(root["agent"], AGENT, {"name", "version"}, "/agent")
    if "final_metrics" in root:
        yield from _object(root["final_metrics"], TOTALS, set(), "/final_metrics")
    for index, step in enumerate(root["steps"]):
        place = f"/steps/{index}"
        yield from _object(step, STEP, {"step_id", "source", "message"}, place)
        if step.get("step_id") != index + 1:
            yield f"{place}: step_id is not {index + 1}"
        yield from _step(step, place)


def _step(step: Any, place: str) -> Iterator[str]:
    if step.get("source") not in {"system", "user", "agent"}:
        yield f"{place}: source"
    if step.get("source") != "agent" and AGENT_ONLY & step.keys():
        yield f"{place}: {AGENT_ONLY & step.keys()} in a step that is not the agent's"
    if "timestamp" in step:
        try:
            datetime.fromisoformat(step["timestamp"])
        except ValueError:
            yield f"{place}: timestamp"
    if "metrics" in step:
        yield from _object(step["metrics"], METRICS, set(), f"{place}/metrics")
    ids = []
    for number, call in enumerate(step.get("tool_calls", [])):
        yield from _object(call, CALL, {"tool_call_id", "function_name", "arguments"}, f"{place}/tool_calls/{number}")
        ids.append(call.get("tool_call_id"))
    if len(set(ids)) < len(ids):
        yield f"{place}: two calls of one id"
    if "observation" in step:
        yield from _object(step["observation"], {"results": LIST}, {"results"}, f"{place}/observation")
        for result in step["observation"]["results"]:
            yield from _object(result, RESULT, set(), f"{place}/observation")
            if "content" not in result and "subagent_trajectory_ref" not in result:
                yield f"{place}: a result without content"
            if result.get("source_call_id") is not None and result["source_call_id"] not in ids:
                yield f"{place}: a result of a call that is not there"


def _object(value: Any, shape: Shape, required: set[str], place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: not an object"
        return
    for name in required - value.keys():
        yield f"{place}: no {name}"
    for name, item in value.items():
        if name not in shape:
            yield f"{place}: {name} is not in the format"
        elif not isinstance(item, shape[name]) or (isinstance(item, bool) and shape[name] != TRUTH):
            yield f"{place}/{name}: {type(item).__name__}"
