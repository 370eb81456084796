"""The queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import Store
from store.importer import import_paths
from tests.store.frozen import NAMES, thaw
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import REVIEWER

_TITLES = {"zebra": 3, "apple": 9, "mango": 1, "berry": 5, "cherry": 7}
"""Sessions, and how many steps each has."""


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """Sessions by their titles: one in work, one submitted, three to do."""
    store.use_rubric(sessions.rubric("all"))
    result = {title: sessions.add(store, sessions.served_model(title, steps=n)) for title, n in _TITLES.items()}
    store.session(REVIEWER, result["berry"]).rate(1, 1)
    sessions.judge_all(store, result["apple"])
    store.session(REVIEWER, result["apple"]).submit()
    return result


def _titles(desk: Desk) -> list[str]:
    return [word for row in desk.rows[2:-1] for word in row.split() if word in _TITLES]


def _chosen(desk: Desk) -> str:
    return next(title for title in _titles(desk) if title in desk.row_with("> "))


async def test_what_is_in_work_comes_first_and_what_is_done_last(store: Store, ids: dict[str, str]) -> None:
    async with sit_down(store) as desk:
        assert desk.top.strip() == f"errata · {REVIEWER} · 3 to do · 1 in work · 1 submitted"
        assert _titles(desk) == ["berry", "zebra", "mango", "cherry", "apple"]
        assert "1/4 rated" in desk.row_with("berry")


async def test_choosing_and_opening(store: Store, ids: dict[str, str]) -> None:
    async with sit_down(store) as desk:
        await desk.press("j", "j", "k")
        assert _chosen(desk) == "zebra"
        await desk.press("end")
        assert _chosen(desk) == "apple"
        await desk.press("j", "space")
        assert _chosen(desk) == "apple", "there is nothing below"
        await desk.press("g")
        assert _chosen(desk) == "berry"
        await desk.press("k", "enter")
        assert desk.review.session.head.id == ids["berry"]


async def test_coming_back_stands_on_the_same_session(store: Store, ids: dict[str, str]) -> None:
    async with sit_down(store) as desk:
        await desk.press("j", "j", "enter", "q", "1", "q")
        assert _titles(desk)[:2] == ["mango", "berry"], "it is in work now"
        assert _chosen(desk) == "mango"
        assert "1/1 rated" in desk.row_with("mango")


async def test_after_a_submission_it_stands_on_the_next_that_is_to_do(store: Store, ids: dict[str, str]) -> None:
    async with sit_down(store) as desk:

        async def submit() -> None:
            assert desk.app.place.name == "queue"
            sessions.judge_all(store, ids[_chosen(desk)])
            await desk.press("enter", "escape", "v", "down", "down", "enter", "q")

        await desk.press("j", "j")
        assert _chosen(desk) == "mango"
        await submit()
        assert (_titles(desk), _chosen(desk)) == (["berry", "zebra", "cherry", "apple", "mango"], "cherry")
        await submit()
        assert _chosen(desk) == "berry", "none is left below: the first"
        await desk.press("o")
        assert (_titles(desk), _chosen(desk)) == (["apple", "berry", "cherry", "mango", "zebra"], "apple")
        await desk.press("j")
        await submit()
        assert _chosen(desk) == "zebra", "in any order"
        await submit()
        assert _chosen(desk) == "zebra", "none is left"
        await desk.press("k", "enter", "q")
        assert _chosen(desk) == "mango", "to look at what is submitted is no submission"


async def test_sorting(store: Store, ids: dict[str, str]) -> None:
    by = {
        "title": ["apple", "berry", "cherry", "mango", "zebra"],
        "length": ["apple", "cherry", "berry", "zebra", "mango"],
        "mistakes": ["berry", "zebra", "mango", "cherry", "apple"],
        "hints": ["apple", "cherry", "berry", "zebra", "mango"],
        "number": ["zebra", "apple", "mango", "berry", "cherry"],
        "what to do": ["berry", "zebra", "mango", "cherry", "apple"],
    }
    async with sit_down(store) as desk:
        for name, order in by.items():
            await desk.press("o")
            assert desk.foot == f"sorted by {name}"
            assert _titles(desk) == order
            assert (f"sorted by {name}" in desk.top) == (name != "what to do")


async def test_filtering_while_typing(store: Store, ids: dict[str, str]) -> None:
    async with sit_down(store) as desk:
        await desk.press("/", *"RR")
        assert _titles(desk) == ["berry", "cherry"]
        await desk.press("backspace", "backspace", *"submit")
        assert _titles(desk) == ["apple"]
        await desk.press("escape")
        assert len(_titles(desk)) == 5, "Esc leaves it as it was"
        await desk.press("/", *ids["mango"][:6], "enter")
        assert _titles(desk) == ["mango"]
        await desk.press("enter")
        assert desk.review.session.head.id == ids["mango"]


async def test_nothing_to_open(store: Store) -> None:
    async with sit_down(store) as desk:
        await desk.press("enter")
        assert desk.foot == "there is nothing to open; i imports a file or a folder"
        await desk.press("j", "k", "space", "b", "g", "end", "o", "/", *"x", "enter", "enter")
        assert desk.app.is_running


async def test_a_long_queue_scrolls(store: Store) -> None:
    for number in range(60):
        sessions.add(store, sessions.served_model(f"session {number:02}", steps=1))
    async with sit_down(store) as desk:
        seen = set()
        for _ in range(60):
            (row,) = [row for row in desk.rows if row.startswith(">")]
            seen.add(row.split("session ")[1][:2])
            desk.press_now("j")
        assert len(seen) == 60
        await desk.press("g", "space")
        assert "session 21" in desk.row_with(">"), "a page is as many as are shown"
        await desk.press("b")
        assert "session 00" in desk.row_with(">")


async def test_titles_that_are_too_wide_or_in_other_scripts_keep_the_columns(store: Store) -> None:
    from rich.cells import cell_len

    sessions.add(store, sessions.served_model("日本語のモデルを動かす" * 8))
    sessions.add(store, sessions.served_model("x" * 200, steps=2))
    async with sit_down(store) as desk:
        assert [cell_len(row) for row in await desk.look()] == [80] * 24
        assert desk.row_with("14 steps").endswith("14 steps")
        assert desk.row_with(" 2 steps").endswith(" 2 steps")


ISSUE = "Please solve this issue in the repository of the model server: "


def _shown(desk: Desk) -> list[str]:
    """The rows without their numbers, and without what stands to the right of the titles."""
    return [row[16:].split("   ")[0] for row in desk.rows[2:-1] if row]


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_titles_that_begin_alike_can_be_told_apart(store: Store, ascii_only: bool) -> None:
    ends = ["the GPU is not found", "the port 8000 is taken", "the port 8001 is taken, and nobody has looked by what"]
    others = ["Please wait", "Please solve this issue in the documentation of the server, which is wrong about ports"]
    for title in [ISSUE + end for end in ends] + others:
        sessions.add(store, sessions.served_model(title, steps=1))
    async with sit_down(store, size=(80, 24), ascii_only=ascii_only) as desk:
        dots = desk.app.look.ellipsis
        shown = _shown(desk)
        assert all(row.startswith("Please ") for row in shown)
        assert shown[0].endswith(f"{dots}GPU is not found")
        assert "8000" in shown[1] and "8001" in shown[2]
        assert shown[3] == "Please wait"
        assert shown[4].startswith("Please solve this issue in the docu"), (
            "nothing is left out of what others share less of"
        )
    async with sit_down(store, size=(200, 50), ascii_only=ascii_only) as desk:
        assert _shown(desk) == [ISSUE + end for end in ends] + others


@pytest.mark.parametrize("width", [80, 200])
async def test_real_titles_can_be_told_apart(store: Store, corpus: Path, width: int) -> None:
    import_paths(store, [corpus / name for name in ("atif", "mini-swe-agent", "openhands-v0", "swe-agent-traj")])
    count = len(store.trajectories.all())
    async with sit_down(store, size=(width, count + 3)) as desk:
        assert len(_shown(desk)) == len(set(_shown(desk))) == count > 50


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting(store: Store, key: str) -> None:
    async with sit_down(store) as desk:
        await desk.press(key)
    assert desk.app.return_value == 0


async def test_there_is_no_hub_to_sync_with(store: Store) -> None:
    async with sit_down(store) as desk:
        await desk.press("S")
        assert desk.foot == "no hub is set up; `errata hub add NAME URL` sets one up"


async def test_where_an_older_store_was_copied_to_is_said(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(thaw(NAMES[0]).file)
    with Store(path) as store:
        async with sit_down(store) as desk:
            (copy,) = tmp_path.glob("*.backup")
            said = "".join("".join(desk.rows[-6:]).split())
            assert f"asitwasbefore,itiskeptin{copy}" in said
            await desk.press("j")
            assert copy.name not in desk.text
