"""Make the shipped model again from the corpus: `make train`."""

import argparse
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from msgspec.structs import replace

from pledgewatch.extract.network import FOLDER, Manifest
from pledgewatch.gazetteer import AT_WAR
from training import export
from training.calibrate import calibrate, costs_of_int8, tune, write
from training.distil import teacher_in
from training.labels import CORPUS, sentences
from training.learn import BFLOAT16, DEVICE, LEARNING_RATE, mean, train
from training.variants import Grammar
from training.weights import bge_small

SEED = 20261123
EPOCHS = 3
MEMBERS = 2
VARIANTS = 1000
NAME, VERSION, GENERATION = "pledgewatch-extractor", "2.3.0", 8
_RECORDED = ("torch", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")
_OPEN = {"evidence": 0.4, "off_topic": 0.8}
"""The thresholds that are not chosen on validation data."""


def main() -> None:
    """Train, export, quantise, choose thresholds, write the model folder."""
    parser = argparse.ArgumentParser(prog="make train", description=__doc__)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument(
        "--members", type=int, default=MEMBERS, help="trained apart; their mean ships"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--variants", type=int, default=VARIANTS)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--encoder", type=Path, default=None, help="default: bge-small")
    parser.add_argument("--teacher", type=Path, default=None, help="a folder to learn from, too")
    parser.add_argument(
        "--rate", type=float, default=LEARNING_RATE, help="of the encoder's weights"
    )
    options = parser.parse_args()
    encoder = options.encoder or bge_small()
    labelled = list(sentences(CORPUS / "train"))
    variants = Grammar(options.seed).sentences(options.variants)
    precision = "bfloat16" if BFLOAT16 else "float32"
    print(f"{len(labelled)} labelled sentences, {len(variants)} generated variants, {precision}")
    labelled += variants
    teacher = teacher_in(options.teacher) if options.teacher else None
    network = mean([
        train(
            encoder, labelled, epochs=options.epochs, seed=options.seed, fixed=AT_WAR,
            member=member, teacher=teacher, learning_rate=options.rate,
        )
        for member in range(options.members)
    ])  # fmt: skip
    made_with = {
        **{name: version(name) for name in _RECORDED},
        "python": platform.python_version(),
        "device": DEVICE,
        "precision": precision,
        "encoder": encoder.name,
        "epochs": str(options.epochs),
        "members": str(options.members),
        "seed": str(options.seed),
        "variants": str(options.variants),
        "rate": str(options.rate),
    }
    if options.teacher:
        made_with["teacher"] = options.teacher.name
    with tempfile.TemporaryDirectory() as temporary:
        exact = Path(temporary) / "fp32.onnx"
        export.to_onnx(network, exact)
        finish(exact, options.out, made_with)


def finish(exact: Path, folder: Path, made_with: dict[str, str]) -> None:
    """Write the model folder of a trained fp32 graph; its manifest tells what int8 costs."""
    folder.mkdir(parents=True, exist_ok=True)
    export.to_int8(exact, folder / "model.onnx")
    export.copy_tokenizer(bge_small(), folder)
    manifest = Manifest(
        name=NAME, version=VERSION, generation=GENERATION, sha256={},
        thresholds=_OPEN, calibration={}, made_with=made_with,
    )  # fmt: skip
    write(folder, manifest)
    write(folder, calibrate(folder))
    write(folder, manifest := tune(folder))
    costs = costs_of_int8(folder, exact)
    most = max(costs, key=costs.__getitem__)
    told = f"{sum(costs.values()) / len(costs):.4f} in the mean, {costs[most]:.4f} in {most}"
    write(folder, replace(manifest, made_with=made_with | {"int8 costs": told}))
    print(f"int8 costs {told}")


if __name__ == "__main__":
    main()
