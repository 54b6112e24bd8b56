"""PyTorch is only where models are trained: there, `python -m pytest tests/unit/training` runs all."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["test_distil.py"]
