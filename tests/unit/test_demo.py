"""The demo empties no folder but its own."""

from pathlib import Path

import pytest

from services.common.errors import UserError
from services.demo.run import _empty


def test_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    _empty(data)
    (data / "kafka").mkdir()
    _empty(data)
    assert [path.name for path in data.iterdir()] == ["up.log"]


def test_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(UserError, match="--data"):
            _empty(taken)
    assert (tmp_path / "letter.txt").read_text() == "mine"
