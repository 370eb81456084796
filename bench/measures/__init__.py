"""What is measured, a file a subject. A measure takes a `Bench` and yields its figures; MEASURES is the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.bench import Bench
from bench.measures import (
    annotating,
    growing,
    importing,
    keys,
    large_outputs,
    memory,
    rebuilding,
    remote,
    scaling,
    searching,
    starting,
    syncing,
)
from bench.table import Result

MEASURES: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "start": starting.start,
    "imports": starting.imports,
    "keys": keys.keys,
    "scroll": keys.scroll,
    "growth": growing.growth,
    "outputs": large_outputs.outputs,
    "held": remote.held,
    "ssh": remote.ssh,
    "memory": memory.memory,
    "annotation": annotating.annotation,
    "import": importing.import_,
    "search": searching.search,
    "rebuild": rebuilding.rebuild,
    "sync": syncing.sync,
    "scale": scaling.scale,
}
