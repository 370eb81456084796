"""A disk that turns read-only while somebody reviews, as a system mounts one after a fault; and is mended."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reviewer.annotation import Comment
from store import Store
from tests.tui.desk import sit_down
from tests.tui.test_full_disk import says

READ_ONLY = "cannot be written: no permission, or a read-only disk"


@contextmanager
def read_only(store: Store) -> Iterator[None]:
    """The system refuses to write to the store's files, also by what has them open. (To mount a disk anew, it would
    want them closed.)
    """
    files = [str(path) for path in Path(store.path.parent).glob(f"{store.path.name}*")]
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", *files], capture_output=True, check=False).returncode:
        pytest.skip("files cannot be made immutable here")
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", *files], check=True)


async def test_an_act_is_refused_and_can_be_done_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("1", "j")
        with read_only(store):
            await desk.press("-")
            assert says(desk, READ_ONLY)
            assert "not saved" in desk.top and "1/12 rated" in desk.top
            await desk.press("k", "o", "J")
            assert desk.stored.review.rating(1) == 1, "all can be read"
            await desk.press("o", "j")
        await desk.press("-")
        assert "not saved" not in desk.top and "2/12 rated" in desk.top
        assert desk.stored.review.rating(2) == -1


async def test_what_is_being_written_is_kept_and_saved_without_a_key(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with read_only(store):
            await desk.press("c", *"still here", "ctrl+s")
            assert says(desk, READ_ONLY) and "still here" in desk.text
            await desk.press("x")
            assert says(desk, "what you write is not saved yet; it is tried again by itself.", READ_ONLY)
        while "what you wrote is saved now" not in desk.foot:
            await desk.pilot.pause(0.05)
        assert desk.stored.draft(1, "comment") == {"text": "still herex"}
        await desk.press("backspace", "ctrl+s")
        assert [entry.value for entry in desk.said(1, "comment")] == [Comment(text="still here")]
