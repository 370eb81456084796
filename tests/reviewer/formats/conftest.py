"""Files made on the spot, and what the formats make of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import read_trajectories
from reviewer.trajectory import Trajectory

Write = Callable[..., Path]
Read = Callable[..., list[Trajectory]]
Refuse = Callable[..., BadInput]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a value as JSON, or several as JSON Lines."""

    def write(*values: Any, name: str = "file.json") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(value) for value in values))
        return path

    return write


@pytest.fixture
def read(write: Write) -> Read:
    """The trajectories in a file that holds these values, its format detected unless named."""

    def read(*values: Any, format_name: str | None = None) -> list[Trajectory]:
        return list(read_trajectories(write(*values), format_name))

    return read


@pytest.fixture
def refuse(write: Write) -> Refuse:
    """The error that reading a file with these values raises."""

    def refuse(*values: Any, format_name: str | None = None) -> BadInput:
        with pytest.raises(BadInput) as caught:
            list(read_trajectories(write(*values), format_name))
        return caught.value

    return refuse
