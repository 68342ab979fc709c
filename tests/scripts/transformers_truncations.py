#!/usr/bin/env python3
"""Writes tests/data/transformers_truncations.csv: which of 50 tokens several logits warpers of transformers keep.

Needs torch, numpy and transformers (any recent version, CPU). From the repository root:
    python3 tests/scripts/transformers_truncations.py > tests/data/transformers_truncations.csv
The warpers are those `generate` would build, in its order. The logits of odd cases are multiples of 1/4 with ties;
tied tokens that a warper does not all keep are in any order.
"""

import csv
import sys

import numpy as np
import torch
import transformers
from transformers.generation import logits_process as warpers

V = 50
rng = np.random.default_rng(6)
print(f"# transformers {transformers.__version__}, torch {torch.__version__}, float64; kept tokens in ascending order")
table = csv.writer(sys.stdout, lineterminator="\n")
table.writerow(["case", "chain", "temperature", "logits", "kept", "probabilities"])

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


case = 0
for temperature in (1.0, 2.0, 0.5):
    for chain in CHAINS:
        case += 1
        logits = 2.5 * rng.standard_normal(V)
        logits = np.round(4 * logits) / 4 if case % 2 else np.round(logits, 4)
        scores = torch.tensor([logits], dtype=torch.float64)
        if temperature != 1.0:
            scores = warpers.TemperatureLogitsWarper(temperature)(None, scores)
        for name, parameter in chain:
            scores = WARPERS[name](parameter)(None, scores)
        p = torch.softmax(scores, -1)[0]
        kept = torch.isfinite(scores[0]).nonzero()[:, 0].tolist()
        table.writerow([
            case,
            " ".join(f"{name}={parameter}" for name, parameter in chain),
            temperature,
            " ".join(f"{x:g}" for x in logits),
            " ".join(map(str, kept)),
            " ".join(f"{p[i].item():.12g}" for i in kept),
        ])
