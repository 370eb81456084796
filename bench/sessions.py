"""Sessions to measure with, made once and kept in a cache folder.

A session exists in four forms with the same words: in a store of its own, reviewed by `REVIEWER` with nothing hidden;
as mini-swe-agent's file; as SWE-agent's file; and as the text that a pager shows.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reviewer.formats import read_source, sources
from reviewer.trajectory import Action, Source, Step, StepBuilder, Task, Trajectory
from store import Store

REVIEWER = "bench"
KB, MB = 1000, 1000_000

_VERSION = 2
"""Raise it when what is made here changes. Stores of an older Errata are brought up to date by themselves."""

_BLOCK = MB
_TEXT = (
    "building installing compiling linking checking found missing error warning note failed passed skipped retry "
    "connection refused timeout socket port 8000 model weights tokenizer layer shard loading cached download "
    "requirement already satisfied package wheel version 3.11 cmake target object static library shared include"
)
_WORDS = _TEXT.split()


def log_lines(seed: int, size: int) -> str:
    """A log of so many characters, as a build writes one. Beyond a megabyte its lines come again."""
    chance = random.Random(seed)
    lines: list[str] = []
    written = 0
    while written < min(size, _BLOCK):
        number = chance.randrange(1_000_000)
        words = " ".join(chance.choices(_WORDS, k=chance.randint(3, 14)))
        lines.append(f"[{number:06}] src/{chance.choice(_WORDS)}/part_{number % 997}.c: {words}")
        written += len(lines[-1]) + 1
    block = "\n".join(lines) + "\n"
    return (block * (size // len(block) + 1))[:size]


def noise(seed: int, size: int) -> str:
    """Text that does not compress to much less than three quarters, in lines."""
    chance = random.Random(seed)
    text = chance.randbytes(size // 2 + 1).hex()
    return "\n".join(text[at : at + 100] for at in range(0, size, 101))[:size]


def trajectory(name: str, steps: int, output: int, large: Mapping[int, int] | None = None) -> Trajectory:
    """A session of so many steps with outputs of so many characters each; `large` gives other sizes by ordinal."""
    chance = random.Random(len(name) + steps)
    build = StepBuilder()
    for ordinal in range(1, steps + 1):
        thought = " ".join(chance.choices(_WORDS, k=40)).capitalize() + "."
        command = (
            f"cd /srv/build_{ordinal} && python -m pytest tests/test_{ordinal}.py -x | grep '{chance.choice(_WORDS)}'"
        )
        text = log_lines(ordinal, (large or {}).get(ordinal, output))
        action = Action("bash", command)
        build.next_turn().add(thought=thought, action=action, output=text, exit_code=ordinal % 3 // 2)
    return made(name, build.steps)


def made(name: str, steps: list[Step]) -> Trajectory:
    source = Source("mini-swe-agent", f"{name}.traj.json", hashlib.sha256(name.encode()).hexdigest())
    return Trajectory(source, steps, Task(id=name, title=name), agent="bench", model="none")


# -- the other programs' files


def as_mini(session: Trajectory) -> str:
    """A session as mini-swe-agent v2 writes it."""
    messages: list[dict[str, object]] = [{"role": "user", "content": session.task.title}]
    for step in session.steps:
        call = f"call_{step.ordinal}"
        answer = f"<returncode>{step.exit_code}</returncode>\n<output>\n{step.output or ''}</output>"
        messages += [
            {
                "role": "assistant",
                "content": f"{step.thought}\n\n```mswea_bash_command\n{step.command}\n```",
                "extra": {"actions": [{"command": step.command, "tool_call_id": call}]},
            },
            {
                "role": "tool",
                "tool_call_id": call,
                "content": answer,
                "extra": {"raw_output": step.output or "", "returncode": step.exit_code},
            },
        ]
    return json.dumps(
        {"trajectory_format": "mini-swe-agent-1.1", "info": {"mini_version": "2.0"}, "messages": messages}
    )


def as_swe_agent(session: Trajectory) -> str:
    """A session as SWE-agent 1.x writes it."""
    steps = [
        {
            "action": step.command,
            "observation": step.output or "",
            "thought": step.thought,
            "response": f"{step.thought}\n\n```\n{step.command}\n```",
            "execution_time": 0.1,
            "state": {"working_dir": "/srv"},
            "query": [],
        }
        for step in session.steps
    ]
    info = {"exit_status": "submitted", "submission": "", "model_stats": {}}
    return json.dumps({"environment": "bench", "trajectory": steps, "history": [], "info": info})


def as_text(session: Trajectory) -> str:
    """A session as a pager shows it."""
    return "".join(f"{step.thought}\n$ {step.command}\n{step.output or ''}\n" for step in session.steps)


# -- kept


@dataclass(frozen=True)
class Kept:
    """A session in a store of its own. `id` is the trajectory's, `steps` how many it has."""

    title: str
    id: str
    steps: int
    store: Path


@dataclass(frozen=True)
class Session(Kept):
    """A session in its four forms."""

    mini: Path
    swe_agent: Path
    text: Path


class Cache:
    """The folder in which what is slow to make is kept. Each thing is made in full or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = folder / f"made-{_VERSION}"
        self._made.mkdir(parents=True, exist_ok=True)

    def make(self, name: str, write: Callable[[Path], None]) -> Path:
        """The path of something by name, which `write` makes at the path it is given when it is not there yet."""
        path = self._made / name
        if not path.exists():
            print(f"making {path}", flush=True)
            part = path.with_name(f"part-{name}")
            for left in (part, *(part.with_name(part.name + suffix) for suffix in ("-wal", "-shm"))):
                left.unlink(missing_ok=True)
            write(part)
            part.rename(path)
            part.with_name(part.name + ".lock").unlink(missing_ok=True)
        return path

    def store(self, name: str, write: Callable[[Path], None]) -> Path:
        """The same of a store."""
        path = self.make(name, write)
        Store(path).close()  # brings one that an older Errata made up to date
        return path

    def kept(self, made_by: Callable[[], Trajectory], name: str) -> Kept:
        """A session in a store."""

        def write(path: Path) -> None:
            with Store(path) as store:
                head, _ = store.trajectories.add(made_by())
                reveal(store, head.id)

        path = self.store(f"{name}.db", write)
        with Store(path, write=False) as store:
            (head,) = store.trajectories.all()
        return Kept(head.title, head.id, head.steps, path)

    def session(self, made_by: Callable[[], Trajectory], name: str) -> Session:
        """A session in all its forms."""
        made_once = cache(made_by)
        kept = self.kept(made_once, name)

        def form(suffix: str, write: Callable[[Trajectory], str]) -> Path:
            return self.make(f"{name}.{suffix}", lambda path: _write(path, write(made_once())))

        return Session(
            **vars(kept),
            mini=form("traj.json", as_mini),
            swe_agent=form("traj", as_swe_agent),
            text=form("txt", as_text),
        )

    def sample(self, file: Path) -> Session:
        """A real session: one of the samples."""

        def read() -> Trajectory:
            (session,) = read_source(next(sources(file)))
            return session

        return self.session(read, file.name.removesuffix(".traj.json"))

    def store_of_size(self, size: int) -> Path:
        """A store whose file has so many bytes at least: sessions of outputs that hardly compress."""

        def write(path: Path) -> None:
            with Store(path) as store:
                for number in _until(lambda: path.stat().st_size >= size):
                    output = log_lines(number, MB) + noise(number, 19 * MB)
                    step = Step(1, 1, Action("bash", "cat dump"), output, exit_code=0)
                    more = [Step(n, n, Action("bash", f"make part_{n}"), log_lines(n, 2 * KB)) for n in range(2, 100)]
                    kept, _ = store.trajectories.add(made(f"dump {number}", [step, *more]))
                    reveal(store, kept.id)

        return self.store(f"store-{size // MB}mb.db", write)

    def store_of_steps(self, steps: int) -> Path:
        """A store of so many small steps, a thousand to a session."""

        def write(path: Path) -> None:
            chance = random.Random(steps)
            lines = log_lines(0, MB).splitlines()
            with Store(path) as store:
                for number in range(-(-steps // 1000)):
                    build = StepBuilder()
                    for n in range(1000):
                        output = "\n".join(chance.choices(lines, k=4)) + f"\nid-{number * 1000 + n}\n"
                        command = f"make part_{n} && ./run --seed {chance.randrange(10_000)}"
                        build.next_turn().add(thought="Next.", action=Action("bash", command), output=output)
                    store.trajectories.add(made(f"session {number}", build.steps))

        return self.store(f"steps-{steps}.db", write)


def reveal(store: Store, trajectory_id: str) -> None:
    """Let the reviewer see all of a session, as `R` does."""
    session = store.session(REVIEWER, trajectory_id)
    session.reveal(len(session.steps))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogatepass")


def _until(reached: Callable[[], bool]) -> Iterator[int]:
    number = 0
    while not (number and reached()):
        yield number
        number += 1


def errata_environment(store: Path) -> dict[str, str]:
    """The names that tell Errata which store, and who reviews."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {"ERRATA_STORE": str(store), "ERRATA_REVIEWER": REVIEWER, "PYTHONPATH": path, "LANG": "C.UTF-8"}
