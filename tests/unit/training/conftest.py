"""What needs PyTorch runs where models are trained: `python -m pytest tests/unit/training`."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["test_ablate.py", "test_distil.py"]
