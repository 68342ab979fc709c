#!/usr/bin/env python3
"""Writes tests/data/transformers_truncations.csv: which of 50 tokens several logits warpers of transformers keep.

Needs torch, numpy and transformers (any recent version, CPU). From the repository root:
    python3 tests/scripts/transformers_truncations.py > tests/data/transformers_truncations.csv
The warpers are those `generate` would build, in its order.
"""

import torch
import transformers
from transformers.generation import logits_process as warpers

from truncation_cases import write

WARPERS = {
    "top-k": lambda x: warpers.TopKLogitsWarper(int(x)),
    "top-p": warpers.TopPLogitsWarper,
    "min-p": warpers.MinPLogitsWarper,
    "typical": warpers.TypicalLogitsWarper,
    "epsilon": warpers.EpsilonLogitsWarper,
    "eta": warpers.EtaLogitsWarper,
}
CHAINS = [
    [("top-k", 7)], [("top-p", 0.9)], [("min-p", 0.1)], [("typical", 0.8)], [("epsilon", 0.03)], [("eta", 0.05)],
    [("top-k", 20), ("top-p", 0.9)],
    [("top-k", 12), ("typical", 0.8)],
    [("top-k", 20), ("top-p", 0.95), ("min-p", 0.1)],
    [("top-p", 0.9), ("min-p", 0.05), ("typical", 0.8)],
    [("top-k", 30), ("top-p", 0.97), ("epsilon", 0.02)],
    [("top-p", 0.98), ("typical", 0.95), ("eta", 0.1)],
    [("top-k", 30), ("top-p", 0.99), ("min-p", 0.01), ("typical", 0.97), ("epsilon", 0.002), ("eta", 0.01)],
]


def kept(logits, chain, temperature):
    scores = torch.tensor([logits], dtype=torch.float64)
    if temperature != 1.0:
        scores = warpers.TemperatureLogitsWarper(temperature)(None, scores)
    for name, parameter in chain:
        scores = WARPERS[name](parameter)(None, scores)
    p = torch.softmax(scores, -1)[0]
    return [(i, p[i].item()) for i in torch.isfinite(scores[0]).nonzero()[:, 0].tolist()]


write(f"transformers {transformers.__version__}, torch {torch.__version__}, float64", 6, CHAINS, kept, 12)
