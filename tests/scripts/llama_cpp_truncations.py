#!/usr/bin/env python3
"""Writes tests/data/llama_cpp_truncations.csv: which of 50 tokens the sampler chains of llama.cpp keep.

Needs llama-cpp-python (any recent version, CPU) and numpy. From the repository root:
    python3 tests/scripts/llama_cpp_truncations.py > tests/data/llama_cpp_truncations.csv
"""

import ctypes
import importlib.metadata

import llama_cpp as ll
import numpy as np

from truncation_cases import V, write

LINKS = {
    "top-n-sigma": lambda x: ll.llama_sampler_init_top_n_sigma(x),
    "top-k": lambda x: ll.llama_sampler_init_top_k(int(x)),
    "typical": lambda x: ll.llama_sampler_init_typical(x, 1),
    "top-p": lambda x: ll.llama_sampler_init_top_p(x, 1),
    "min-p": lambda x: ll.llama_sampler_init_min_p(x, 1),
}
CHAINS = [
    [("top-k", 1)], [("top-k", 7)], [("top-k", 60)],
    [("top-p", 0.3)], [("top-p", 0.9)], [("top-p", 0.99)],
    [("min-p", 0.02)], [("min-p", 0.3)],
    [("typical", 0.2)], [("typical", 0.8)], [("typical", 0.97)],
    [("top-n-sigma", 0.7)], [("top-n-sigma", 1.5)],
    [("top-k", 20), ("top-p", 0.9)],
    [("top-k", 12), ("typical", 0.8)],
    [("typical", 0.9), ("top-p", 0.8), ("min-p", 0.05)],
    [("top-n-sigma", 1.5), ("top-k", 9), ("top-p", 0.95), ("min-p", 0.05)],
    [("top-k", 30), ("typical", 0.95), ("top-p", 0.9), ("min-p", 0.1)],
]


def kept(logits, chain, temperature):
    cells = np.zeros(V, dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    cells["id"], cells["logit"] = np.arange(V), logits
    array = ll.llama_token_data_array(
        data=cells.ctypes.data_as(ctypes.POINTER(ll.llama_token_data)), size=V, selected=-1, sorted=False
    )
    sampler = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
    for name, parameter in chain:
        ll.llama_sampler_chain_add(sampler, LINKS[name](parameter))
    ll.llama_sampler_chain_add(sampler, ll.llama_sampler_init_temp(temperature))
    ll.llama_sampler_chain_add(sampler, ll.llama_sampler_init_dist(1))
    ll.llama_sampler_apply(sampler, ctypes.byref(array))
    ll.llama_sampler_free(sampler)
    left = cells[: array.size]
    left = left[np.isfinite(left["logit"])]
    return sorted((int(i), float(p)) for i, p in zip(left["id"], left["p"]))


version = importlib.metadata.version("llama-cpp-python")
write(f"llama-cpp-python {version}, CPU", 5, CHAINS, kept, 6)
