"""The cases of the tables of truncations, and how they are written: 50 logits, each chain at three temperatures.

The logits of odd cases are multiples of 1/4 with ties; tied tokens that a chain does not all keep are in any order.
"""

import csv
import sys

import numpy as np

V = 50


def write(comment, seed, chains, kept, digits):
    """Writes a row for each case; kept(logits, chain, temperature) gives (token, probability) in ascending order."""
    rng = np.random.default_rng(seed)
    print(f"# {comment}; kept tokens in ascending order")
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["case", "chain", "temperature", "logits", "kept", "probabilities"])
    cases = [(temperature, chain) for temperature in (1.0, 2.0, 0.5) for chain in chains]
    for case, (temperature, chain) in enumerate(cases, 1):
        logits = 2.5 * rng.standard_normal(V)
        logits = np.round(4 * logits) / 4 if case % 2 else np.round(logits, 4)
        left = kept(logits, chain, temperature)
        table.writerow([
            case,
            " ".join(f"{name}={parameter}" for name, parameter in chain),
            temperature,
            " ".join(f"{x:g}" for x in logits),
            " ".join(str(i) for i, _ in left),
            " ".join(f"{p:.{digits}g}" for _, p in left),
        ])
