"""From a trained network to the files that ship: int8 ONNX and tokenizer."""

import shutil
import warnings
from pathlib import Path

import torch

from training.network import Network


def to_onnx(network: Network, file: Path) -> None:
    """Write the fp32 graph: `ids`, `mask` [B, T] → `outputs` [B, T, `heads.WIDTH`]."""
    network.eval().cpu()
    example = (torch.ones(2, 9, dtype=torch.long), torch.ones(2, 9, dtype=torch.long))
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are made dynamic below
        torch.onnx.export(
            network, example, str(file), input_names=["ids", "mask"], output_names=["outputs"],
            dynamic_axes={"ids": axes, "mask": axes, "outputs": axes},
            opset_version=17, dynamo=False,
        )  # fmt: skip


def to_int8(source: Path, target: Path) -> None:
    """Quantise weights by channel, activations at run time; the heads stay in fp32."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        nodes_to_exclude=["/heads/MatMul"],
    )  # fmt: skip


def copy_tokenizer(encoder: Path, folder: Path) -> None:
    """Put the encoder's tokenizer beside the model."""
    shutil.copyfile(encoder / "tokenizer.json", folder / "tokenizer.json")
