"""The network: an encoder, and one linear layer that says everything of every token."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from pledgewatch.extract.encoding import CLS, SEP
from pledgewatch.extract.heads import WIDTH
from training.weights import bge_small


class Network(nn.Module):
    """`ids`, `mask` [B, T] → outputs [B, T, `heads.WIDTH`], as logits.

    Ids are those of BERT's vocabulary, whichever encoder reads them.
    """

    ids_of_encoder: Tensor

    def __init__(self, encoder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            encoder, attn_implementation="eager", add_pooling_layer=False,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        self.register_buffer("ids_of_encoder", _translation(encoder), persistent=False)
        width = self.encoder.config.hidden_size
        self.heads = nn.Linear(width, WIDTH)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """All heads at all tokens."""
        hidden = self.encoder(
            input_ids=self.ids_of_encoder[ids], attention_mask=mask
        ).last_hidden_state
        outputs: Tensor = self.heads(hidden)
        return outputs


def _translation(encoder: Path) -> Tensor:
    """[BERT's vocabulary]: the encoder's id of each word piece."""
    words = shipped_tokenizer().get_vocab()
    tokenizer = read_tokenizer(encoder)
    own = tokenizer.get_vocab()
    table = [own[word] for word in sorted(words, key=words.__getitem__)]
    table[CLS], table[SEP] = tokenizer.encode("").ids
    table[0] = own.get("<pad>", own["[PAD]"])
    return torch.tensor(table)


def shipped_tokenizer() -> Tokenizer:
    """BERT's word pieces, of which all readings are made, whichever encoder reads them."""
    return read_tokenizer(bge_small())


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer, without its own limits and padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
