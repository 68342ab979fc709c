"""Time peers on next-token work: one draw, truncated draws, and a temperature curve. See ../README.md."""
import ctypes
import time

import numpy as np

V, T = 128_256, 0.8
rng = np.random.default_rng(0)
logits = (3.0 * rng.standard_normal(V)).astype(np.float32)


def median_us(f, n):
    f()
    times = []
    for _ in range(n):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))


def show(tool, work, value, unit="us"):
    print(f"{tool}\t{work}\t{value:.1f}\t{unit}", flush=True)


def numpy_draw():
    z = logits / np.float32(T)
    z -= z.max()
    cdf = np.cumsum(np.exp(z))
    return int(np.searchsorted(cdf, rng.random() * cdf[-1]))


def numpy_curve():
    for t in np.linspace(0.05, 5.0, 200):
        z = logits / np.float32(t)
        z -= z.max()
        w = np.exp(z)
        total = w.sum()
        -(w @ logits) / total, np.log(total) - (w @ z) / total


show("numpy", "draw", median_us(numpy_draw, 50))
show("numpy", "curve200", median_us(numpy_curve, 5) / 1e3, "ms")

try:
    import torch

    x = torch.from_numpy(logits)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        show(f"torch-{threads}t", "draw", median_us(lambda: torch.multinomial(torch.softmax(x / T, -1), 1), 50))
except ImportError:
    print("# torch not installed: skipped")

try:
    import llama_cpp as ll

    cells = np.zeros(V, dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    cells["id"], cells["logit"] = np.arange(V), logits

    def llama(chain, n=30):
        sampler = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
        for link in chain:
            ll.llama_sampler_chain_add(sampler, link)
        times = []
        for _ in range(n):
            work = cells.copy()  # not timed: the sampler reorders its input in place
            array = ll.llama_token_data_array(
                data=work.ctypes.data_as(ctypes.POINTER(ll.llama_token_data)), size=V, selected=-1, sorted=False
            )
            start = time.perf_counter()
            ll.llama_sampler_apply(sampler, ctypes.byref(array))
            times.append(time.perf_counter() - start)
        return 1e6 * float(np.median(times))

    tail = lambda: [ll.llama_sampler_init_temp(T), ll.llama_sampler_init_dist(1)]
    show("llama.cpp", "draw", llama(tail()))
    show("llama.cpp", "draw-top-k-40", llama([ll.llama_sampler_init_top_k(40)] + tail()))
    show("llama.cpp", "draw-top-p-0.95", llama([ll.llama_sampler_init_top_p(0.95, 1)] + tail()))
    show("llama.cpp", "draw-min-p-0.05", llama([ll.llama_sampler_init_min_p(0.05, 1)] + tail()))
    show("llama.cpp", "draw-typical-0.9", llama([ll.llama_sampler_init_typical(0.9, 1)] + tail()))
except ImportError:
    print("# llama-cpp-python not installed: skipped")
