"""The results as tables to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.figures import of_bytes, of_time


@dataclass(frozen=True)
class Row:
    """One figure of Errata's beside another of the same run.

    unit: "s" or "B", of `value` and `base`. base: None where there is nothing to measure beside.
    most: the target for the ratio; limit: the target for the value. Neither: the figure is for information.
    """

    what: str
    value: float
    unit: str
    beside: str = ""
    base: float | None = None
    most: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.base if self.base else None

    @property
    def met(self) -> bool | None:
        """Whether the targets are met; None when there are none."""
        if self.most is None and self.limit is None:
            return None
        ratio_met = self.most is None or (self.ratio is not None and self.ratio <= self.most)
        return ratio_met and (self.limit is None or self.value <= self.limit)

    def cells(self) -> list[str]:
        beside = f"{self.beside} {self.shown(self.base)}".strip() if self.base is not None else self.beside
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        targets = [f"{self.most:g}"] if self.most is not None else []
        targets += [self.shown(self.limit)] if self.limit is not None else []
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        return [self.what, self.shown(self.value), beside, ratio, ", ".join(targets), verdict]

    def shown(self, value: float) -> str:
        return of_bytes(value) if self.unit == "B" else of_time(value)

    def as_data(self) -> dict[str, object]:
        return asdict(self) | {"ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Keys:
    """What a key costs one program: the medians where nothing else is said, times in seconds, sizes in bytes.

    compressed: as `ssh -C` sends it. diff: what a minimal cell diff of the same screens takes, raw and compressed.
    """

    program: str
    session: str
    size: str
    presses: int
    start: float
    first: float
    last: float
    last_p99: float
    last_max: float
    raw: float
    compressed: float
    diff: float
    diff_compressed: float
    peak_rss: int

    def cells(self) -> list[str]:
        times = (self.start, self.first, self.last, self.last_p99, self.last_max)
        sizes = (self.raw, self.compressed, self.diff, self.diff_compressed, self.peak_rss)
        return [self.session, self.size, self.program, *map(of_time, times), *map(of_bytes, sizes)]

    def as_data(self) -> dict[str, object]:
        return asdict(self)


Result = Row | Keys

_ROW_HEAD = ["", "Errata", "beside", "ratio", "at most", ""]
_KEYS_HEAD = [
    "session", "size", "program", "start", "first byte", "last byte", "p99", "max", "bytes", "`ssh -C`",
    "cell diff", "`ssh -C`", "peak RSS",
]  # fmt: skip


def tables(results: Sequence[Result]) -> str:
    """The results in Markdown: what has a target, what has none, and the programs key by key."""
    rows = [result for result in results if isinstance(result, Row)]
    keys = [result for result in results if isinstance(result, Keys)]
    parts: list[tuple[str, list[str], Sequence[Result]]] = [
        ("What has a target", _ROW_HEAD, [row for row in rows if row.met is not None]),
        ("For information", _ROW_HEAD, [row for row in rows if row.met is None]),
        ("The next step, program by program: medians where nothing else is said", _KEYS_HEAD, keys),
    ]
    return "\n\n".join(f"{title}:\n\n{_table(head, lines)}" for title, head, lines in parts if lines)


def _table(head: list[str], results: Sequence[Result]) -> str:
    lines = [head, ["---"] * len(head), *(result.cells() for result in results)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
