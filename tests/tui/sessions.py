"""Sessions to look at: one with every kind of step, one with a long output, and one that attacks its reader."""

from __future__ import annotations

import hashlib
from typing import Literal

from reviewer.annotation import Comment, Mistake, Rating, Suggestion
from reviewer.rubric import Rubric, built_in_rubric, parse_rubric
from reviewer.trajectory import Action, Source, StepBuilder, StepStatus, Task, Trajectory
from store import Store

REVIEWER = "alice"

GPU, DISK, WROTE, BUILD, SCRIPT, SERVE, INTERRUPT, EDIT, AGAIN, INSTALL, HEALTH, REFUSED, COPIED, WORLD = range(1, 15)
"""The steps of `served_model`, by what they are about."""

_SCRIPT = """cat > serve.py <<'EOF'
import sys
from http.server import HTTPServer

HTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
EOF
chmod +x serve.py"""

_BUILD_OUTPUT = (
    "Cloning into 'llama.cpp'...\n"
    + "".join(f"Receiving objects: {percent}%\r" for percent in range(0, 101, 5))
    + "Receiving objects: 100%, done.\n"
    + "".join(f"[{n:>3}/220] cc -O3 -c src/part_{n:03}.c\n" for n in range(1, 221))
    + "\x1b[33mwarning:\x1b[0m BLAS was not found, the slow kernels are used\n"
    + "linked ./server\n"
)


def served_model(title: str = "serve a model without a GPU", *, steps: int | None = None) -> Trajectory:
    """Fourteen steps, every kind among them. With another title or number of steps it is another session."""
    build = StepBuilder()
    build.next_turn().add(
        prompt="Serve a language model on port 8000.",
        thought="First I look at what this machine has.",
        action=Action("bash", "nvidia-smi"),
        output="bash: nvidia-smi: command not found\n",
        exit_code=127,
        cwd="~",
        duration=0.04,
    )
    build.next_turn().add(
        thought="Now disk and memory.",
        reasoning="A 7B model in four bits wants about 4 GB of each.",
        action=Action("bash", "df -h / && free -g | head -2"),
        output=(
            "Filesystem      Size  Used Avail Use% Mounted on\n"
            "/dev/vda1        79G   71G  4.6G  94% /\n"
            "               total        used        free\n"
            "Mem:              15           2          12\n"
        ),
        exit_code=0,
        cwd="~",
        duration=0.11,
    )
    build.next_turn().add(
        thought=(
            "There is no GPU, so a 7B model would be slow. I will build llama.cpp and serve a small quantised model "
            "on the CPU.\n\nThe disk has 4.6 GB left, which is enough for one model and its build."
        )
    )
    build.next_turn().add(
        thought="Build it.",
        action=Action(
            "bash", "git clone --depth 1 https://code.example/llama.cpp && cd llama.cpp && make -j8 server"
        ),
        output=_BUILD_OUTPUT,
        exit_code=0,
        cwd="~",
        duration=48.2,
    )
    build.next_turn().add(
        thought="I need a small wrapper that I can restart.",
        action=Action("bash", _SCRIPT),
        output="",
        exit_code=0,
        cwd="~/llama.cpp",
        duration=0.02,
    )
    build.next_turn().add(
        thought="Start it.",
        action=Action("bash", "python serve.py --port 5000", arguments={"timeout": 120}),
        output=(
            "Traceback (most recent call last):\n"
            '  File "serve.py", line 5, in <module>\n'
            "\x1b[31mValueError: invalid literal for int() with base 10: '--port'\x1b[0m\n"
        ),
        status=StepStatus.TIMEOUT,
        cwd="~/llama.cpp",
        duration=120.0,
    )
    build.add(action=Action("send_keys", "C-c", is_shell=False, is_input=True), output="^C\n")
    build.next_turn().add(
        thought="The handler is missing.",
        action=Action(
            "str_replace_editor",
            "str_replace serve.py",
            is_shell=False,
            arguments={"old_str": "Handler)", "new_str": "SimpleHTTPRequestHandler)"},
        ),
        output="The file serve.py has been edited.",
        exit_code=0,
    )
    build.next_turn().add(
        action=Action("bash", "nvidia-smi"),
        output="bash: nvidia-smi: command not found\n",
        exit_code=127,
        duration=0.03,
    )
    build.next_turn().add(
        thought="vLLM is said to run on CPUs too.",
        action=Action("bash", "pip install vllm==0.2 2>&1 | tail -3"),
        output="\x1b[31mERROR: Could not build wheels for vllm\x1b[0m\n",
        exit_code=1,
        status=StepStatus.ERROR,
        duration=671.0,
    )
    build.next_turn().add(
        action=Action("bash", "curl -s localhost:8000/health"), output="", exit_code=7, duration=0.01
    )
    build.next_turn().add(
        thought="I could make room first.",
        action=Action("bash", "rm -rf ~/.cache"),
        status=StepStatus.NOT_EXECUTED,
    )
    build.next_turn().add(
        action=Action("bash", "cd ~/llama.cpp"), output="", exit_code=0, duration=0.01, copied_context=True
    )
    build.next_turn().add(
        thought="Zum Schluß ein Gruß: 準備ができました 🎉",
        action=Action("bash", "printf '%s 日本語のモデル\\n' \"$USER\""),
        output="agent 日本語のモデル\n",
        exit_code=0,
        duration=0.01,
    )
    return make(build, title, steps=steps)


def long_output(lines: int = 3000) -> Trajectory:
    """One step whose output has many lines, some of them wider than a screen, each with its number."""
    build = StepBuilder()
    text = "".join(f"line-{n:04}-" + ("wide " * 40 if n % 500 == 0 else "") + "\n" for n in range(1, lines + 1))
    build.next_turn().add(thought="Show it all.", action=Action("bash", "cat log"), output=text, exit_code=0)
    build.next_turn().add(thought="Done.", action=Action("bash", "true"), output="", exit_code=0)
    return make(build, "read a long log")


ATTACKS = (
    "\x1b]52;c;cHduZWQ=\x07",  # write the clipboard
    "\x1b]0;owned\x07\x1b]2;owned\x1b\\",  # the title
    "\x1b[2J\x1b[H\x1b[?1049l",  # clear, home, leave the alternate screen
    "\x1bc\x1b[!p",  # reset
    "\x1b[6n\x1b[c\x1bP$qm\x1b\\",  # questions that the terminal answers on stdin
    "\x9b31m\x9d52;c;cHduZWQ=\x9c\x90q\x9c",  # the same in C1
    "\x00\x07\x08\x0b\x0c\x0e\x0f\x7f\r",
    "\u202egnp.exe\u202c \u2066\u2069 \u200e\u200f\u061c",  # the order of what is read
    "a\u200bb\u00adc\ufeffd\u2028e\u2060f",  # what is not seen
    "[/foo] [red]x[/red] [b [@click=app.quit]click[/] [link=file:///etc/passwd]y[/link] {x} %s \\[",
    "e\u0301\u0323\u0300" * 4 + "\U000e0041\ufe0f\ud800\udc9b",
    "\x1b[38;2;1;2;3m\x1b[48;5;200mcolours\x1b[0m\x1b]8;;file:///etc/passwd\x1b\\link\x1b]8;;\x1b\\",
)
"""What an agent's text may hold that a terminal, or a text-interface library, would obey."""


def hostile() -> Trajectory:
    """Every attack in every text that a step and a task have."""
    build = StepBuilder()
    for attack in ATTACKS:
        build.next_turn().add(
            prompt=f"prompt {attack}",
            thought=f"thought {attack}",
            reasoning=f"reasoning {attack}",
            action=Action("bash", f"echo {attack}", arguments={f"name{attack}": f"value {attack}"}),
            output=f"output {attack}\nnext {attack}\r\nlast {attack}",
            cwd=f"/srv/{attack}",
            exit_code=0,
        )
    build.next_turn().add(action=Action(f"tool{ATTACKS[0]}", ATTACKS[9], is_shell=False), output=None)
    build.next_turn().add(thought="".join(ATTACKS))
    everything = " ".join(ATTACKS)
    return make(
        build,
        f"hostile {everything}",
        instructions=f"Do this: {everything}\n{everything}",
        agent=everything,
        model=f"model {everything}",
        outcome=everything,
    )


_TASK = "Serve a language model on port 8000, as a service that survives a reboot.\nDo not touch /etc."


def make(
    build: StepBuilder,
    title: str,
    *,
    steps: int | None = None,
    instructions: str = _TASK,
    agent: str = "shell-agent 2",
    model: str = "some-model-1",
    outcome: str = "submitted",
) -> Trajectory:
    """A session of the steps that were built, or of the first of them."""
    kept = build.steps[:steps]
    source = hashlib.sha256(f"{title}{len(kept)}".encode("utf-8", "surrogatepass")).hexdigest()
    return Trajectory(
        source=Source("mini-swe-agent", "run.traj.json", source),
        steps=kept,
        task=Task(id="t-1", title=title, instructions=instructions),
        agent=agent,
        model=model,
        outcome=outcome,
        started_at="2025-03-01T10:00:00Z",
    )


def rubric(reveal: Literal["all", "forward", "action-first"]) -> Rubric:
    """The built-in rubric with another reveal policy."""
    return parse_rubric(built_in_rubric().text.replace('reveal = "forward"', f'reveal = "{reveal}"'))


def add(store: Store, trajectory: Trajectory) -> str:
    """Put a trajectory into a store; its full id."""
    with store.connection.transaction():
        head, _ = store.trajectories.add(trajectory)
    return head.id


def judge_some(store: Store, trajectory: str) -> None:
    """Half a review: ratings, mistakes of which one is decisive, a better action, a comment, a question."""
    session = store.session(REVIEWER, trajectory)
    session.rate(GPU, 1)
    session.rate(DISK, 0)
    session.rate(BUILD, -1)
    session.mark(BUILD, Mistake(code="B3", severity=2, note="the disk was 94% full two steps above"))
    session.suggest(BUILD, Suggestion(command="du -sh ~/.cache /var/cache", rationale="Make room first."))
    (entry,) = session.review.suggestions(BUILD)
    session.rate(BUILD, 1, entry.slot)
    session.comment(BUILD, Comment(text="Is a build from source in scope at all?", to_lead=True))
    session.rate(SERVE, -1)
    session.mark(
        SERVE, Mistake(code="P1", severity=3, note="the task says port 8000", recovered_at=EDIT, follows=BUILD)
    )
    session.decide(session.review.mistakes(SERVE)[0].slot)
    session.comment(INSTALL, Comment(text="eleven minutes, and nobody looked at the size of the wheel"))


def judge_all(store: Store, trajectory: str) -> None:
    """A review that is ready to be submitted."""
    session = store.session(REVIEWER, trajectory)
    for ordinal in session.unjudged:
        session.rate(ordinal, 0)
    for question, answer in {"outcome": "partial", "side_effects": "harmless", "fixability": "easy"}.items():
        session.answer(question, answer)


def rating_of(store: Store, trajectory: str, step: int) -> int | str | None:
    """What the store holds, read anew."""
    review = store.log.review(REVIEWER, trajectory)
    return next(
        (e.value.value for e in review.entries(step) if isinstance(e.value, Rating) and e.slot == "agent"), None
    )
