"""Small trajectories to test with."""

from __future__ import annotations

import hashlib

from reviewer.trajectory import Action, Source, StepBuilder, StepStatus, Task, Trajectory

FAILED, THOUGHT_ONLY, UNKNOWN_EXIT, COPIED, KEYS = 2, 3, 4, 5, 7
"""Steps: a failing exit code; no action; no exit code known; copied context; keys that interrupt a program."""

JUDGED_WORK = [1, FAILED, UNKNOWN_EXIT, 6, KEYS]
"""The steps that a reviewer is asked to rate."""

HOSTILE_OUTPUT = (
    "downloading 10%\rdownloading 99%\r\n\x1b[31mERROR\x1b[0m \x1b]0;owned\x07nul \0 lone \ud800 \udcff end"
)
"""Carriage returns, escape sequences, NUL, and lone surrogates (a byte that is no UTF-8, a broken JSON escape)."""


def make_trajectory(
    title: str = "serve the model", *, name: str = "run-17.traj.json", source: str = ""
) -> Trajectory:
    """A trajectory as an importer would build it. Another title is another source, unless `source` names one."""
    build = StepBuilder()
    build.next_turn().add(
        prompt="Serve the model on port 8000.",
        thought="First I look around.",
        reasoning="The task names a port.",
        action=Action("bash", "ls -la models/", call_id="call_1", arguments={"timeout": 30}),
        output="total 4\n-rw-r--r-- 1 agent agent 13 \x1b[1mweights.bin\x1b[0m\n",
        exit_code=0,
        cwd="/srv",
        started_at="2025-03-01T10:00:00Z",
        duration=0.25,
        usage={"input_tokens": 812, "output_tokens": 40},
        pointer="/messages/2",
    )
    build.next_turn().add(
        thought="Now serve it.",
        action=Action("bash", "python serve.py --port 5000"),
        output="Traceback (most recent call last):\nModuleNotFoundError: No module named 'vllm'\n",
        exit_code=1,
        status=StepStatus.ERROR,
        duration=1.5,
    )
    build.next_turn().add(thought="vllm is missing. I will install it — für alle Fälle 🤖.")
    build.add(action=Action("bash", "pip install vllm 2>&1 | tail -3"), output=HOSTILE_OUTPUT)
    build.next_turn().add(
        action=Action("bash", "git clone https://models.example/llama.git"),
        output="",
        exit_code=0,
        copied_context=True,
    )
    build.next_turn().add(
        thought="Check it.",
        action=Action("bash", "curl -s localhost:8000/health || true; echo OK"),
        output="OK\n",
        exit_code=0,
        truncated_by_producer=True,
        sidechain=True,
    )
    build.add(action=Action("send_keys", "C-c", is_shell=False, is_input=True), status=StepStatus.TIMEOUT)
    return Trajectory(
        source=Source("swe-agent", name, source or hashlib.sha256(title.encode()).hexdigest()),
        steps=build.steps,
        task=Task(id="llm-13", title=title, instructions="Serve the model on port 8000.\nDo not touch /etc."),
        agent="shell-agent 2",
        model="some-model-1",
        outcome="submitted",
        started_at="2025-03-01T09:59:58Z",
        totals={"cost": 0.31, "api_calls": 4},
    )
