"""The network: an encoder, and one linear layer that says everything of every token."""

from pathlib import Path

from torch import Tensor, nn
from transformers import AutoModel

from pledgewatch.extract.heads import WIDTH


class Network(nn.Module):
    """`ids`, `mask` [B, T] → outputs [B, T, `heads.WIDTH`], as logits."""

    def __init__(self, encoder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            encoder, attn_implementation="eager", add_pooling_layer=False
        )
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(width, WIDTH)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """All heads at all tokens."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        outputs: Tensor = self.heads(self.dropout(hidden))
        return outputs
