"""What needs PyTorch runs where models are trained: `python -m pytest tests/unit/training`."""

from importlib.util import find_spec

NEED_TORCH = ["test_distil.py", "test_learn.py"]
collect_ignore = [] if find_spec("torch") else NEED_TORCH
