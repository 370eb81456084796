"""Runs the commands of a session script, each in a fresh bash under a pty, and records what came back.

    python scripts/record.py scripts/sessions/NAME.toml OUT.traj.json -- PREFIX...

PREFIX is the argv that runs one command given as its last argument, e.g. `scripts/sandbox.sh enter DIR`.
OUT is in mini-swe-agent's v2 tool-call format. Turns that OUT already holds are not run again, so that a
session is driven by appending turns to its script and looking at what they did; changing the commands of a
turn that was run is an error. The command that prints COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT first ends it.

ERRATA_MASK names a file of lines `pattern<TAB>replacement`, applied to commands and outputs before they are
written. It is not in the repository: what is to be masked is not to be published either.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import tomllib
from pathlib import Path
from typing import Any

SUBMIT = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
SYSTEM = "You are a helpful assistant that can interact with a computer through bash."
INSTANCE = (
    "{title}\n\n{task}\n\nEvery command runs in a new shell: directory and variables do not"
    " persist. A command is killed after {timeout} seconds. When you are done, run a command whose first line"
    f" of output is {SUBMIT}, followed by your report."
)
Json = dict[str, Any]


def run(argv: list[str], timeout: float, columns: int, rows: int = 40) -> tuple[bytes, int]:
    """The raw terminal output and the exit code; -1 when it had to be killed."""
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvp(argv[0], argv)
    deadline = time.monotonic() + timeout
    chunks: list[bytes] = []
    status: int | None = None
    timed_out = False
    while True:
        readable, _, _ = select.select([master], [], [], 0.05)
        if readable:
            try:
                chunk = os.read(master, 65536)
            except OSError:  # EIO: the last process on the other side has closed it
                chunk = b""
            if chunk:
                chunks.append(chunk)
                if time.monotonic() < deadline:
                    continue
        elif status is not None:
            break  # ended, and drained; what still runs in the background is not waited for
        if status is None:
            done, code = os.waitpid(pid, os.WNOHANG)
            if done:
                status = code
            elif time.monotonic() > deadline:
                timed_out = True
                os.killpg(pid, signal.SIGKILL)
                status = os.waitpid(pid, 0)[1]
        elif readable:
            break
    os.close(master)
    return b"".join(chunks), -1 if timed_out else os.waitstatus_to_exitcode(status)


class Masks:
    """What must not be published, and what stands in its place."""

    def __init__(self, path: str | None) -> None:
        lines = Path(path).read_text(encoding="utf-8").splitlines() if path else []
        self._pairs = [(re.compile(a), b) for a, _, b in (line.partition("\t") for line in lines if line)]

    def __call__(self, text: str) -> str:
        for pattern, replacement in self._pairs:
            text = pattern.sub(replacement, text)
        return text


def observation(output: str, code: int, exception: str) -> str:
    """What the model is shown, as mini-swe-agent's default template words it."""
    shown: Json = {"returncode": code}
    if len(output) < 10_000:
        shown["output"] = output
    else:
        shown |= {"output_head": output[:5000], "output_tail": output[-5000:]}
        shown |= {"elided_chars": len(output) - 10_000, "warning": "Output too long."}
    if exception:
        shown["exception_info"] = exception
    return json.dumps(shown, indent=2, ensure_ascii=False)


def call(command: str, call_id: str) -> Json:
    function = {"name": "bash", "arguments": json.dumps({"command": command})}
    return {"id": call_id, "type": "function", "function": function}


def record(script: Json, messages: list[Json], prefix: list[str], masks: Masks) -> Json | None:
    """Runs the turns that `messages` does not hold yet and appends them; the exit message when submitted."""
    timeout, columns = int(script.get("timeout", 120)), int(script.get("columns", 100))
    turns = [m for m in messages if m["role"] == "assistant"]
    count = sum(len(m["extra"]["actions"]) for m in turns)
    for position, turn in enumerate(script["turn"]):
        commands = turn["commands"]
        if position < len(turns):
            if [masks(c) for c in commands] != [a["command"] for a in turns[position]["extra"]["actions"]]:
                sys.exit(f"turn {position + 1} was already run with other commands")
            continue
        ids = [f"call_{count + k}" for k in range(1, len(commands) + 1)]
        count += len(commands)
        masked = [masks(c) for c in commands]
        actions = [{"command": c, "tool_call_id": i} for c, i in zip(masked, ids, strict=True)]
        messages.append(
            {
                "role": "assistant",
                "content": turn["thought"].strip(),
                "tool_calls": [call(c, i) for c, i in zip(masked, ids, strict=True)],
                "extra": {"actions": actions, "cost": 0.0, "timestamp": time.time()},
            }
        )
        for command, call_id in zip(commands, ids, strict=True):
            raw, code = run([*prefix, command], timeout, columns)
            ended = time.time()
            output = masks(raw.decode("utf-8", "replace"))
            print(f"\n=== {call_id} [{code}] {command}\n{output}", flush=True)
            if code == 0 and output.lstrip().startswith(SUBMIT):
                report = output.lstrip().removeprefix(SUBMIT).replace("\r\n", "\n").strip() + "\n"
                extra = {"exit_status": "Submitted", "submission": report, "timestamp": ended}
                return {"role": "exit", "content": report, "extra": extra}
            problem = f"Command '{masks(command)}' timed out after {timeout} seconds" if code == -1 else ""
            exception = f"An error occurred while executing the command: {problem}" if problem else ""
            extra = {"raw_output": output, "returncode": code, "timestamp": ended, "exception_info": exception}
            if problem:
                extra |= {"exception_type": "TimeoutExpired", "exception": problem}
            content = observation(output, code, exception)
            messages.append({"role": "tool", "tool_call_id": call_id, "content": content, "extra": extra})
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("script", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("prefix", nargs="+")
    options = parser.parse_args()
    script = tomllib.loads(options.script.read_text(encoding="utf-8"))
    timeout = int(script.get("timeout", 120))
    asked = INSTANCE.format(title=script["title"], task=script["task"].strip(), timeout=timeout)
    messages: list[Json] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": asked}]
    if options.out.exists():
        messages += json.loads(options.out.read_text(encoding="utf-8"))["messages"][2:]
    ending = None
    if messages[-1]["role"] != "exit":
        ending = record(script, messages, options.prefix, Masks(os.environ.get("ERRATA_MASK")))
        messages += [ending] if ending else []
    last = messages[-1].get("extra", {})
    info = {
        "model_stats": {
            "instance_cost": 0.0,
            "api_calls": sum(m["role"] == "assistant" for m in messages),
        },
        "config": {
            "agent": {
                "name": "sample-agent",
                "system_template": SYSTEM,
                "instance_template": INSTANCE,
                "task": script["task"].strip(),
                "title": script["title"],
            },
            "agent_type": "sample-agent",
            "model": {"model_name": "none (scripted)"},
            "model_type": "none (scripted)",
            "environment": {
                "cwd": "/root",
                "env": {"TERM": "xterm-256color", "COLUMNS": str(script.get("columns", 100))},
                "timeout": timeout,
            },
            "environment_type": "Debian 12 chroot in its own namespaces, a pty per command",
        },
        "exit_status": last.get("exit_status", ""),
        "submission": last.get("submission", ""),
    }
    data = {
        "info": info,
        "instance_id": options.script.stem,
        "messages": messages,
        "trajectory_format": "mini-swe-agent-1.1",
    }
    options.out.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
