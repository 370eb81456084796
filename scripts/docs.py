"""Write what the docs take from the code: the keys from the table of actions, the formats from their registry, the
pictures from the screens.

Usage: docs.py keys | formats | pictures. `make docs` runs all; tests/test_docs.py fails when a page is out of date.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from reviewer.errors import BadInput
from reviewer.formats import FORMATS, archive, read_trajectories
from reviewer.formats.format import Facts, Format, Known
from tui.actions import ACTIONS
from tui.keys import shown_key

DOCS = Path(__file__).parent.parent / "docs"

PICTURES = {
    "review": ("gold", 104, 34, "g 7 enter"),
    "mistake": ("alice", 104, 34, "enter R a g 2 1 enter minus m v"),
}
"""Name: reviewer, width, height, and the keys to press in the session that `PICTURED` names."""

PICTURED = "serve-embeddings.traj.json"


def keys_page() -> str:
    """docs/keys.md."""
    lines = [
        "# Keys",
        "",
        "Made from `tui/actions.py` by `make docs`. The last column is what `[keys]` in the settings takes.",
    ]
    for place, actions in ACTIONS.items():
        lines += ["", f"## The {place}", "", "| | keys | does | name |", "|---|---|---|---|"]
        for group, rows in groupby(actions, key=lambda action: action.group):
            for number, action in enumerate(rows):
                keys = " ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {group if number == 0 else ''} | {keys} | {action.title} | `{action.id}` |")
    return "\n".join(lines) + "\n"


# --- docs/formats.md

SHAPES = {"json": "file (JSON)", "json lines": "lines (JSON)", "text": "file (text)", "binary": "file (zip)"}
SHORT = {Known.ALWAYS: "yes", Known.SOMETIMES: "some", Known.NEVER: "–"}
SEE = re.compile(r"\b(see\s+)([a-z_0-9]+)\b")


INTRODUCTION = """\
# Formats

Made from `reviewer/formats/` by `make docs`; the tests hold what is said here against real files.

`errata import` tells a file's format from what is in it, never from its name; `--format NAME` says it. What a file
does not tell is unknown, and is shown so: an unknown exit code is not 0.
"""

LEGEND = """\
yes: every trajectory with a command in it, at one command at least. some: it depends on the version, the agent, or
what happened. –: it is not in the format, and unknown.
"""

BOUNDS = """\
An archive may hold {members:,} files, and unpack to {freely} GiB, or to {ratio} times its own size up to {largest}
GiB. What is packed may ask for {memory} MiB of memory.
"""

REFUSED = """\
## What is refused, and in which words

One line for each file, and nothing of it is kept; the rest of an import goes on. In a folder, files that are no
trajectory at all are passed over and counted. A place is named by line, JSON pointer, or both.
"""


def formats_page() -> str:
    """docs/formats.md."""
    names = [fact.name for fact in fields(Facts)]
    titles = [name.replace("_", " ") for name in names]
    parts = [
        INTRODUCTION,
        table(["name", "what it is", "as"], ([link(each), about(each), shapes(each)] for each in FORMATS)),
        "## What they tell\n",
        linked(inspect.cleandoc(Facts.__doc__ or "")) + "\n",
        LEGEND,
        table(
            ["", *titles],
            ([link(each), *(SHORT[getattr(each.facts, name).known] for name in names)] for each in FORMATS),
        ),
    ]
    for each in FORMATS:
        told = [getattr(each.facts, name) for name in names]
        rows = ([title, fact.known, linked(fact.where)] for title, fact in zip(titles, told, strict=True))
        parts += [f"## {each.name}\n", module_text(each.read.__module__), table(["", "", ""], rows)]
    for module in shared_modules():
        parts += [f"## {module}\n", module_text(f"reviewer.formats.{module}")]
    bounds = BOUNDS.format(
        members=archive.MOST_MEMBERS,
        freely=archive.FREELY >> 30,
        ratio=archive.RATIO,
        largest=archive.LARGEST >> 30,
        memory=archive.MEMORY >> 20,
    )
    parts += ["## Archives\n", module_text(archive.__name__), bounds]
    parts += [REFUSED, table(["", "the line"], ([what, f"`{words}`"] for what, words in refusals()))]
    return "\n".join(parts)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def about(each: Format) -> str:
    """The first line of what a format's module says, without its full stop."""
    return module_text(each.read.__module__).partition("\n\n")[0].replace("\n", " ").removesuffix(".")


def shapes(each: Format) -> str:
    return ", ".join([SHAPES[shape] for shape in each.shapes] + ["folder"] * bool(each.folder))


def link(each: Format) -> str:
    return f"[{each.name}](#{each.name})"


def anchors() -> dict[str, str]:
    """Where the page has what a module of the formats says: under the format's name, or its own."""
    modules = {path.stem: path.stem for path in Path(archive.__file__).parent.glob("[a-z]*.py")}
    return modules | {each.read.__module__.rpartition(".")[2]: each.name for each in FORMATS}


def linked(text: str) -> str:
    """A text in which "see MODULE" leads there."""
    known = anchors()

    def leading(match: re.Match[str]) -> str:
        name = known.get(match[2])
        return f"{match[1]}[{name}](#{name})" if name else match[0]

    return SEE.sub(leading, text)


def module_text(name: str) -> str:
    return linked((importlib.import_module(name).__doc__ or "").strip()) + "\n"


def shared_modules() -> list[str]:
    """What the formats' modules refer to, and what these do, in order."""
    own = {each.read.__module__.rpartition(".")[2] for each in FORMATS}
    found: list[str] = []
    waiting = sorted(own)
    while waiting:
        text = importlib.import_module(f"reviewer.formats.{waiting.pop(0)}").__doc__ or ""
        new = [name for _, name in SEE.findall(text) if name in anchors() and name not in own and name not in found]
        found += new
        waiting += new
    return sorted(found)


def refusals() -> Iterator[tuple[str, str]]:
    """What is wrong with a file, and the line that refuses it: each is made, and read."""
    with tempfile.TemporaryDirectory() as folder, patch.object(archive, "FREELY", 1 << 20):
        for what, name, data in unreadable():
            path = Path(folder, name)
            path.write_bytes(data)
            try:
                list(read_trajectories(path))
            except BadInput as error:
                yield what, str(error).replace("|", "\\|")
            else:
                raise ValueError(f"{what} is read")


def unreadable() -> Iterator[tuple[str, str, bytes]]:
    asked = {"role": "user", "content": "Do it"}
    said = {"role": "assistant", "content": "So."}
    chat = json.dumps({"messages": [asked, said]}).encode()
    packed = zipped(chat)
    yield "an empty file", "run.json", b""
    yield "text that is no recording", "notes.txt", b"Dear all,\n"
    yield "an image, a database, …", "chart.png", b"\x89PNG\r\n\x1a\n\0"
    yield "JSON of something else", "package.json", b'{"name": "a", "version": "1"}'
    yield "lines of something else", "access.jsonl", b'{"method": "GET"}\n{"method": "GET"}\n'
    yield "a run in which no agent acts", "run.json", json.dumps({"messages": [asked]}).encode()
    yield "a file that was cut short", "run.json", chat[:-9]
    yield "a line that is no JSON", "runs.jsonl", chat + b"\nstarting\n" + chat
    yield "a value of another type", "run.json", json.dumps({"messages": [asked, said | {"content": 7}]}).encode()
    yield "nested too deeply", "run.json", b'{"messages": [' + b"[" * 100_000
    yield "an archive that is damaged", "runs.zip", packed[:-9]
    yield "an archive with encrypted files", "runs.zip", encrypted(packed)
    yield "an archive that is a bomb", "runs.zip", zipped(b" " * (2 << 20))


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("run.json", data)
    return buffer.getvalue()


def encrypted(data: bytes) -> bytes:
    """A zip of one file whose headers say that it is encrypted."""
    content = bytearray(data)
    content[6] |= 1
    content[zipfile.ZipFile(io.BytesIO(data)).start_dir + 8] |= 1
    return bytes(content)


# --- docs/pictures


async def picture(reviewer: str, width: int, height: int, keys: str) -> str:
    """The screen after these keys, as SVG."""
    from store import Store
    from store.samples import fill_with_samples
    from tui.app import ErrataApp

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder, "demo.db")) as store:
        fill_with_samples(store)
        (pictured,) = (head.id for head in store.trajectories.all() if head.source.name == PICTURED)
        app = ErrataApp(store, reviewer, pictured, ascii_only=False)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.press(*keys.split())
            await pilot.pause()
            return app.export_screenshot(title="errata")


PAGES = {"keys": keys_page, "formats": formats_page}
"""The pages in docs/ by name."""


def main() -> None:
    wanted = sys.argv[1:] or [*PAGES, "pictures"]
    for name in PAGES.keys() & set(wanted):
        (DOCS / f"{name}.md").write_text(PAGES[name](), encoding="utf-8")
    if "pictures" in wanted:
        (DOCS / "pictures").mkdir(exist_ok=True)
        for name, shown in PICTURES.items():
            svg = asyncio.run(picture(*shown))
            (DOCS / "pictures" / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
