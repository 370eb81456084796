"""Hints: that each rule fires where it should, and not where it should not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.annotation import Span
from reviewer.formats import read_trajectories
from reviewer.hints import RULES, hints, hints_of, iter_hints, rule_named
from reviewer.trajectory import Action, Step, Trajectory
from tests.examples import COPIED
from tests.reviewer.hints.conftest import called, found, hint, ran, rules, session
from tests.strategies import texts

# --- commands ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "less README",
        "cd x && vim a.py",
        "top",
        "python3 -m http.server 8000",
        "npm run dev",
        "npm start",
        "flask run",
        "uvicorn app:app",
        "cd /app && sudo /usr/local/bin/vllm serve m",
        "tail -f log",
        "docker compose up",
        "python manage.py runserver",
        "nginx -g 'daemon off;'",
        "bash -c 'uvicorn app:app'",
    ],
)
def test_what_holds_the_shell(command: str) -> None:
    assert "blocks" in rules(ran(command))
    assert "blocks" not in rules(ran(command, code=0))


@pytest.mark.parametrize(
    "command",
    [
        "uvicorn app:app &",
        "nohup uvicorn app:app > log 2>&1 &",
        "timeout 5 uvicorn app:app",
        "top -b -n 1",
        "docker compose up -d",
        "tail -5 log",
        "less a | head",
        "npm run build",
        "uvicorn --version",
        "python -m pip install flask",
        "echo less",
        "cat <<'E'\nvim a\nE",
    ],
)
def test_what_does_not_hold_the_shell(command: str) -> None:
    assert "blocks" not in rules(ran(command))


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ~/models",
        "sudo rm -r --force /srv/data",
        "rm -fr -- x",
        "cd /x && git reset --hard HEAD~1",
        "git -C /x --no-pager clean -fdx",
        "git checkout -- .",
        "git push --force origin main",
        "mkfs.ext4 /dev/sdb1",
        "dd if=/dev/zero of=/dev/sda bs=1M",
        "> /etc/hosts",
        "echo x > ~/.bashrc",
        "echo x | sudo tee /etc/fstab",
        "chmod -R 777 /var/www",
        "psql -c 'drop table users;'",
        "sqlite3 a.db <<'SQL'\nDELETE FROM users;\nSQL",
        "find . -name '*.py' -delete",
        "bash -c 'rm -rf /srv'",
        "for f in *; do rm -rf $f; done",
        "xargs rm -rf < list",
        "crontab -r",
        "truncate -s 0 app.log",
        "ufw disable",
    ],
)
def test_destructive_commands(command: str) -> None:
    one = hint("destructive", ran(command))
    assert one.span is not None
    assert one.span.of == "command"


@pytest.mark.parametrize(
    "command",
    [
        "rm a.txt",
        "rm -rf /tmp/work build dist __pycache__ node_modules",
        "echo 'rm -rf /'",
        "grep -rn 'git reset --hard' .",
        "cat > notes.md <<'E'\nrm -rf /\nDROP TABLE x;\nE",
        "git reset HEAD a.py",
        "git clean -n",
        "git checkout main",
        "git restore --staged .",
        "dd if=a of=b.img",
        "dd if=/dev/zero of=/dev/null",
        "chmod 777 x",
        "chmod -R u+w .",
        "echo x >> ~/.bashrc",
        "psql -c 'DELETE FROM users WHERE id = 3;'",
        "sort x > /etc/new.conf",
        "# rm -rf /",
        "find . -name __pycache__ -exec rm -rf {} +",
        "tar -rf a.tar b",
    ],
)
def test_commands_that_destroy_nothing_of_note(command: str) -> None:
    assert "destructive" not in rules(ran(command))


def test_what_the_agent_made_itself_it_may_remove() -> None:
    assert "destructive" not in rules(ran("mkdir -p work"), ran("rm -rf work"))
    assert "destructive" not in rules(ran("git clone https://x.example/a/llama.git"), ran("rm -rf llama"))
    assert "destructive" in rules(ran("ls"), ran("rm -rf work"))


def test_configuration_that_was_seen_is_overwritten() -> None:
    write = ran("cat > /etc/app/a.conf <<'E'\nx\nE")
    assert "destructive" in rules(ran("ls /etc/app/*", "/etc/app/a.conf\n"), write)
    assert "destructive" not in rules(write)


def test_a_check_whose_result_is_thrown_away() -> None:
    for command in ("pytest -q || true", "cd x && curl -s localhost || :", "make test || true", "[ -f x ] || exit 0"):
        assert "masked-check" in rules(ran(command)), command
    for command in ("rm x || true", "pytest -q; true", "pytest -q || exit 1", "mkdir x || true", "pytest && true"):
        assert "masked-check" not in rules(ran(command)), command
    assert hint("masked-check", ran("ls; pytest -q || true")).span == Span(of="command", start=4, end=21)


def test_a_test_that_was_there_is_changed() -> None:
    listing = ran("ls tests", "tests/test_a.py\n", 0)
    for command in (
        "sed -i 's/19/18/' tests/test_a.py",
        "rm tests/test_a.py",
        "cat > /repo/tests/test_a.py <<'E'\nE",
        "git rm tests/test_a.py",
    ):
        assert "test-edit" in rules(listing, ran(command)), command
        assert "test-edit" not in rules(ran(command)), command
    for command in (
        "pytest tests/test_a.py",
        "cat tests/test_a.py",
        "sed -i s/a/b/ app.py",
        "sed -n 1p tests/test_a.py",
    ):
        assert "test-edit" not in rules(listing, ran(command)), command


def test_tests_changed_with_an_editor() -> None:
    edit = called("str_replace_editor", "/r/tests/test_a.py", command="str_replace", old_str="1", new_str="2")
    create = called("str_replace_editor", "/r/test_new.py", command="create", file_text="")
    assert "test-edit" in rules(edit)
    assert "test-edit" in rules(called("Edit", "", file_path="/r/tests/test_a.py", old_string="", new_string=""))
    assert "test-edit" not in rules(called("str_replace_editor", "/r/tests/test_a.py", command="view"))
    assert "test-edit" not in rules(create)
    assert "test-edit" not in rules(create, called("str_replace_editor", "/r/test_new.py", command="str_replace"))
    assert "test-edit" not in rules(create, ran("rm /r/test_new.py"))
    assert "test-edit" not in rules(called("Read", "/r/tests/test_a.py"))


def test_shell_state_that_is_lost() -> None:
    for command in ("cd /app", "export A=1", "source venv/bin/activate", "ls && cd /app", ". ./env"):
        assert "shell-state" in rules(ran(command), fresh_shells=True), command
        assert "shell-state" not in rules(ran(command)), command
    for command in ("cd /app && make", "export A=1; make", "source v/bin/activate && pip install x", "cat x"):
        assert "shell-state" not in rules(ran(command), fresh_shells=True), command


def test_fresh_shells_are_told_from_the_working_directory() -> None:
    stays = [ran("cd /app", cwd="/"), ran("ls", cwd="/"), ran("export A=1", cwd="/")]
    moves = [ran("cd /app", cwd="/"), ran("ls", cwd="/app"), ran("export A=1", cwd="/app")]
    assert "shell-state" in rules(*stays)
    assert "shell-state" not in rules(*moves)
    assert "shell-state" not in rules(ran("cd .", cwd="/"), ran("ls", cwd="/"), ran("export A=1", cwd="/"))


def test_a_command_that_is_not_what_it_looks_like() -> None:
    one = hint("deceptive", ran("ls; \u0441url x"))
    assert one.span == Span(of="command", start=4, end=8)
    assert "deceptive" not in rules(ran("echo привет ✔️"))
    assert "deceptive" not in rules({"action": Action("keys", "\x03", is_shell=False, is_input=True)})


# --- several steps -------------------------------------------------------------------------------------------------


def test_the_same_failing_action_again() -> None:
    fails = ran("make  all", code=2)
    assert hint("repeated", fails, ran("make all", code=2)).why.startswith("the same command failed in step 1")
    assert "repeated" in rules(fails, ran("cat Makefile", code=0), ran("make all", code=2))
    assert "repeated" not in rules(fails, ran("sed -i s/a/b/ Makefile", code=0), ran("make all", code=2))
    assert "repeated" not in rules(fails, ran("make all", code=0))
    assert "repeated" not in rules(ran("make all", code=0), ran("make all", code=2))


def test_an_error_that_the_next_action_ignores() -> None:
    error = ran("pip install torch", "ERROR: Failed building wheel for tokenizers\n")
    assert "ignored-error" in rules(error, ran("ls /srv", thought="Let me start the server."))
    for step in (
        ran("ls /srv", thought="The build failed."),
        ran("pip download tokenizers"),
        ran("cat build.log", thought="Why was the wheel refused?"),
    ):
        assert "ignored-error" not in rules(error, step)
    assert "ignored-error" not in rules(ran("ls", "a\n"), ran("id"))


def test_success_claimed_after_a_failure() -> None:
    fails = ran("make", code=2)
    assert "claim" in rules(fails, {"thought": "The server is now working. All tests pass."})
    assert "claim" in rules(fails, called("submit", ""))
    assert "claim" in rules(fails, ran("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"))
    for thought in ("It was not successful.", "Let me check that it works now.", "This should be fixed.", "Hm."):
        assert "claim" not in rules(fails, {"thought": thought}), thought
    assert "claim" not in rules(ran("make", code=0), {"thought": "All tests pass."})


def test_a_command_that_prints_its_own_success() -> None:
    assert "said-success" in rules(ran("make; echo 'all tests passed' > result.txt"))
    for command in ("make && echo 'all tests passed'", "echo done", "grep success log", "echo success | cat"):
        assert "said-success" not in rules(ran(command)), command


# --- the whole -----------------------------------------------------------------------------------------------------


def test_one_pass_over_steps_as_they_come(trajectory: Trajectory) -> None:
    taken: list[int] = []

    def one_by_one() -> Iterator[Step]:
        for step in trajectory.steps:
            taken.append(step.ordinal)
            yield step

    first = next(iter_hints(one_by_one()))
    assert taken == list(range(1, first.step + 1))
    assert hints(trajectory.steps) == list(iter_hints(trajectory.steps)) == hints_of(trajectory)
    assert COPIED not in {hint.step for hint in hints(trajectory.steps)}


def test_no_rule_knows_what_comes_later(trajectory: Trajectory) -> None:
    whole = hints(trajectory.steps)
    for end in range(len(trajectory.steps) + 1):
        assert hints(trajectory.steps[:end]) == [hint for hint in whole if hint.step <= end]


def test_rules_that_do_not_read_the_output_do_not_depend_on_it() -> None:
    blind = {rule.name for rule in RULES if not rule.reads_output}
    shown = session(
        ran("rm -rf /srv; pytest || true; vim x", "Traceback (most recent call last):\n", thought="It works now.")
    )
    hidden = session(ran("rm -rf /srv; pytest || true; vim x", thought="It works now."))
    assert [h for h in hints(shown) if h.rule in blind] == [h for h in hints(hidden) if h.rule in blind] != []


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert rule_named("exit-code") is RULES[0]
    assert rule_named("of the future") is None


def test_every_line_is_one_line() -> None:
    hostile = "a\nb\r\x1b[2J"
    steps = session(ran(f"rm -rf '{hostile}'"), ran(f"vim '{hostile}'"), ran("x", f"error: {hostile}"))
    assert all("\n" not in hint.why for hint in hints(steps))


_WORDS = [
    "rm",
    " -rf ",
    "git",
    " reset",
    "||",
    "true",
    "\n",
    "'",
    '"',
    "$(",
    ")",
    "<<E",
    "E\n",
    ">",
    "/etc/x",
    "cd ",
    "&",
    " ",
]
_LINES = [
    "Error: x",
    "\r",
    "\x1b[31m",
    "tests/test_a.py",
    "password: ",
    "/bin/x: not found",
    "\n",
    "[y/n]",
    "\0",
    "ghp_",
]


@given(st.lists(st.tuples(texts | st.lists(st.sampled_from(_WORDS)).map("".join),
                          texts | st.lists(st.sampled_from(_LINES)).map("".join),
                          st.sampled_from([None, 0, 1, 127]), st.booleans(), texts), max_size=5))  # fmt: skip
def test_never_raises(values: list[tuple[str, str, int | None, bool, str]]) -> None:
    steps = session(
        *(
            {
                "action": Action("edit" if text else "bash", command, is_shell=shell, arguments={"path": text}),
                "output": output,
                "exit_code": code,
                "thought": text,
                "cwd": text or None,
            }
            for command, output, code, shell, text in values
        )
    )
    for one in hints(steps):
        assert one.why.strip() and "\n" not in one.why
        if one.span and one.span.of == "command":
            assert 0 <= one.span.start <= one.span.end <= len(steps[one.step - 1].command)
        elif one.span:
            assert one.span.end <= (steps[one.step - 1].output or "").count("\n") + 1


@pytest.mark.parametrize(
    "unit", ["a/", "test_", "password ", "error ", "\x1b[", "a.b_", "://", "eyJ", "x: ", "[y/n] ", "\r"]
)
def test_a_hostile_output_takes_no_time(unit: str) -> None:
    began = time.perf_counter()
    hints(session(ran("make", unit * 500_000), ran("make", "\n".join([unit * 20] * 5000))))
    assert time.perf_counter() - began < 3


def test_a_session_in_which_nothing_is_remarkable_has_none() -> None:
    assert found(ran("ls", "a\n", 0), ran("cat a", "text\n", 0), {"thought": "That is all."}) == []


def test_few_hints_in_real_sessions(corpus: Path) -> None:
    """What fires on half of all commands says nothing."""
    commands, fired = 0, Counter[str]()
    for path in sorted(corpus.glob("swe-agent-traj/*.traj")):
        for trajectory in read_trajectories(path):
            commands += trajectory.commands
            fired.update(hint.rule for hint in hints_of(trajectory))
    assert commands > 100
    assert fired and max(fired.values()) < commands / 8
