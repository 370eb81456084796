"""Looking at a step: scrolling, folding, raw bytes, thoughts, the task."""

from __future__ import annotations

import re

import pytest

from reviewer.annotation import Mistake, dump_value
from reviewer.trajectory import Action, StepBuilder
from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, DISK, SERVE, WROTE

SIZES = [(80, 24), (80, 48), (120, 40), (200, 50), (40, 12)]

_NUMBER = re.compile(r"line-(\d{4})-")


def _seen(desk: Desk) -> list[int]:
    """The numbered lines of the long output that are on the screen."""
    return [int(number) for row in desk.rows for number in _NUMBER.findall(row)]


@pytest.fixture
def long_id(store: Store) -> str:
    """A session with an output of 3000 lines."""
    store.use_rubric(sessions.rubric("all"))
    return sessions.add(store, sessions.long_output())


def _say_much(store: Store, trajectory: str) -> None:
    """So much that the rows of what was said leave few for the texts."""
    session = store.session(sessions.REVIEWER, trajectory)
    session.rate(1, -1)
    for code in ("B1", "B2", "B3", "B4", "B5", "P1"):
        session.mark(1, Mistake(code=code))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("much_said", [False, True], ids=["nothing-said", "much-said"])
async def test_no_line_is_lost_by_paging(store: Store, long_id: str, size: tuple[int, int], much_said: bool) -> None:
    if much_said:
        _say_much(store, long_id)
    async with sit_down(store, long_id, size=size) as desk:
        await desk.press("o")
        down, down_again = _see_all(desk, "space"), _see_all(desk, "pagedown")
        up, up_again = _see_all(desk, "b"), _see_all(desk, "pageup")
    assert down == up == set(range(1, 3001))
    assert not down_again - up and not up_again - down


def _see_all(desk: Desk, key: str) -> set[int]:
    """Press a key until it changes nothing more; the numbers of all lines that were seen."""
    seen: set[int] = set()
    before = ""
    while desk.text != before:
        before = desk.text
        seen.update(_seen(desk))
        desk.press_now(key)
    return seen


async def test_no_line_is_lost_by_scrolling(store: Store, long_id: str) -> None:
    async with sit_down(store, long_id) as desk:
        await desk.press("o")
        assert _see_all(desk, "J") == _see_all(desk, "K") == set(range(1, 3001))


async def test_the_end_of_an_output_is_the_last_row_of_its_window(store: Store, long_id: str) -> None:
    async with sit_down(store, long_id) as desk:
        await desk.press("o", *["space"] * 300)
        (here,) = [place for place, row in enumerate(desk.rows) if "here" in row]
        assert _NUMBER.findall(desk.rows[here - 1]) == ["3000"]


async def test_to_the_start_and_the_end_of_the_texts(store: Store, long_id: str) -> None:
    _say_much(store, long_id)
    async with sit_down(store, long_id) as desk:
        await desk.press("end")
        assert "P1 spec neglect" in desk.text, "what was said stands at the end, whole"
        await desk.press("home")
        assert _seen(desk)[0] == 1
        await desk.press("end", "K")
        assert desk.review.view.is_open


async def test_an_open_text_begins_at_its_start_whatever_opened_it(store: Store, long_id: str) -> None:
    for key in ("o", "J", "space", "K", "b"):
        async with sit_down(store, long_id) as desk:
            assert 3000 in _seen(desk)
            await desk.press(key)
            assert "thought" in desk.rows[3] or "thought" in desk.text
            assert _seen(desk)[0] == 1
            assert 3000 not in _seen(desk)


async def test_what_is_open_is_folded_on_the_next_step(store: Store, long_id: str) -> None:
    async with sit_down(store, long_id) as desk:
        await desk.press("o", "space", "j", "k")
        assert {1, 3000} <= set(_seen(desk))
        await desk.press("o", "o")
        assert {1, 3000} <= set(_seen(desk))


async def test_a_fold_says_how_many_lines_it_hides(store: Store, long_id: str) -> None:
    async with sit_down(store, long_id) as desk:
        hidden = int(re.findall(r"… (\d+) lines …", desk.text)[0])
        assert hidden + len(_seen(desk)) == 3000


async def test_every_byte_of_an_output(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("g", *str(SERVE), "enter", "r")
        assert "␛[31mValueError" in desk.text and "raw (r)" in desk.text
        await desk.press("g", *str(BUILD), "enter")
        assert "Receiving objects: 0%␍Receiving" in desk.text
        await desk.press("r")
        assert "␍" not in desk.text


async def test_changing_between_raw_and_shown_far_down(store: Store) -> None:
    """An output that takes many lines raw, and few when its cursor movements are obeyed."""
    build = StepBuilder()
    output = "first\n" + "".join(f"\x1b[1A\x1b[2K{n}\n" for n in range(2000))
    build.add(action=Action("bash", "watch"), output=output, exit_code=0)
    store.use_rubric(sessions.rubric("all"))
    trajectory = sessions.add(store, sessions.make(build, "a progress display"))
    async with sit_down(store, trajectory) as desk:
        await desk.press("r", "r", "o", *["space"] * 60, "r")
        assert "1999" in desk.text
        await desk.press("K", "b", "J", "r", "K", "r", "J")
        assert desk.app.is_running


async def test_resizing_keeps_the_texts_on_the_screen(store: Store, long_id: str) -> None:
    async with sit_down(store, long_id, size=(40, 60)) as desk:
        await desk.press("o", *["space"] * 100)
        assert _seen(desk)[-1] == 3000
        for size in ((200, 60), (30, 10), (80, 24), (160, 50)):
            await desk.pilot.resize_terminal(*size)
            await desk.pilot.pause()
            assert _seen(desk), desk.text
            assert len(desk.rows) == size[1]


async def test_thoughts_folded_whole_and_hidden(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id, size=(60, 30)) as desk:
        await desk.press("j")
        assert "A 7B model in four bits" in desk.text
        for mode in ("whole", "hidden", "folded"):
            await desk.press("t")
            assert desk.foot == f"thoughts are {mode}"
            assert ("A 7B model" in desk.text) == (mode != "hidden")
        await desk.press("t", "t", "g", *str(WROTE), "enter")
        assert "quantised" in desk.text, "a step that only wrote has nothing else to show"


async def test_the_task(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        for close in ("q", "escape", "enter", "T"):
            await desk.press("T")
            assert "survives a reboot." in desk.text and "Do not touch /etc." in desk.text
            await desk.press(close)
            assert "survives a reboot." not in desk.text


async def test_a_new_review_begins_with_the_task(store: Store, session_id: str) -> None:
    async with sit_down(store) as desk:
        await desk.press("enter")
        assert "survives a reboot." in desk.text
        await desk.press("enter", "1", "q", "enter")
        assert "survives a reboot." not in desk.text, "one that was begun does not"


async def test_the_command_goes_to_the_clipboard(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sit_down(store, session_id) as desk:
        copied: list[str] = []
        monkeypatch.setattr(desk.app, "copy_to_clipboard", copied.append)
        await desk.press("g", *str(DISK), "enter", "y")
        assert copied == ["df -h / && free -g | head -2"]
        assert "clipboard" in desk.foot


async def test_the_parts_of_a_command(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("g", *str(BUILD), "enter", "l")
        assert desk.foot == "part 1 of 3: m marks it"
        await desk.press("right", "l")
        assert desk.foot == "part 3 of 3: m marks it"
        await desk.press("l")
        assert desk.foot == "the whole command"
        await desk.press("left")
        assert desk.foot == "part 3 of 3: m marks it"
        await desk.press("m", "c", "2", "enter")
        (entry,) = desk.said(BUILD, "mistake")
        command = desk.stored.step(BUILD).command
        span = dump_value(entry.value)["span"]
        assert command[span["start"] : span["end"]] == "make -j8 server"
        await desk.press("g", "1", "enter", "l")
        assert desk.foot == "the command has one part; w and W choose a word of it"


_LONG = """cat > conf/モデル.py <<'EOF' && docker run\t-i --turbo 'モデル準備' | tee log
import os
\tprint('準備', 1)
EOF
for f in *.txt; do
\tif [ -f "$f" ]; then
\t\tsort --turbo\t"$f" > "out/$f"
\tfi
done
curl -s "http://localhost:8000/a/long/path/that/is/wider/than/the/screen/and/so/is/broken?x=1" | head"""


def _chosen(desk: Desk) -> str:
    """What is reversed on the screen, its blanks as one."""
    rows = ("".join(part.text for part in strip if part.style and part.style.reverse) for strip in desk.strips)
    return " ".join(" ".join(rows).split())


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (100, 40)], ids=str)
async def test_each_part_of_a_long_command_can_be_seen(store: Store, size: tuple[int, int]) -> None:
    store.use_rubric(sessions.rubric("all"))
    build = StepBuilder()
    build.next_turn().add(thought="Go.", action=Action("bash", _LONG), output="ok\n" * 50, exit_code=0)
    trajectory = sessions.add(store, sessions.make(build, "a long command"))
    async with sit_down(store, trajectory, size=size) as desk:
        seen = []
        await desk.press("l")
        while desk.foot != "the whole command":
            seen.append(_chosen(desk))
            await desk.press("l")
        assert _chosen(desk) == ""
    assert seen[:-2] == [
        "cat > conf/モデル.py <<'EOF'",
        "docker run -i --turbo 'モデル準備'",
        "tee log",
        "import os print('準備', 1) EOF",
        "for f in *.txt",
        '[ -f "$f" ]',
        'sort --turbo "$f" > "out/$f"',
    ]
    assert seen[-2].replace(" ", "").startswith('curl-s"http://') and seen[-2].endswith('x=1"')
    assert seen[-1] == "head"


async def test_a_mistake_points_at_an_option_in_the_middle_of_a_pipeline(store: Store) -> None:
    store.use_rubric(sessions.rubric("all"))
    build = StepBuilder()
    build.add(action=Action("bash", "cat 'in put' | sort --turbo -u | head"), output="", exit_code=0)
    async with sit_down(store, sessions.add(store, sessions.make(build, "options"))) as desk:
        await desk.press("l", "l", "w")
        assert (_chosen(desk), desk.foot) == ("sort", "word 3 of 6: m marks it")
        await desk.press("w")
        assert _chosen(desk) == "--turbo"
        await desk.press("m", "c", "2", "enter")
        assert "at `--turbo`" in desk.text
        walk = []
        for key in ("W", "W", "h", "l", "l", "w", "w"):
            await desk.press(key)
            walk.append(_chosen(desk))
        assert walk == ["head", "-u", "sort --turbo -u", "head", "", "cat", "'in put'"]


async def test_to_choose_a_part_moves_no_tab(store: Store) -> None:
    store.use_rubric(sessions.rubric("all"))
    build = StepBuilder()
    build.next_turn().add(action=Action("bash", "a\t1 |\tbc\t2 |\tx\t\ty"), output="", exit_code=0)
    async with sit_down(store, sessions.add(store, sessions.make(build, "tabs"))) as desk:
        shown = desk.row_with("$ a")
        assert shown.startswith(" $ a   1 | bc  2 | x       y")
        for _ in range(4):
            await desk.press("l")
            assert desk.row_with("$ a") == shown
