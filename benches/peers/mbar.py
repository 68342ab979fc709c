"""Time pymbar's MBAR on harmonic oscillators with known free energies. See ../README.md."""
import time

import numpy as np
from pymbar import MBAR
from pymbar.testsystems import HarmonicOscillatorsTestCase

for k, n in ((8, 5_000), (16, 10_000)):
    case = HarmonicOscillatorsTestCase(np.linspace(0.0, 3.0, k), np.linspace(1.0, 5.0, k))
    _, u_kn, n_k, _ = case.sample([n] * k, mode="u_kn", seed=1)
    MBAR(u_kn, n_k)
    start = time.perf_counter()
    mbar = MBAR(u_kn, n_k)
    solve = time.perf_counter() - start
    start = time.perf_counter()
    mbar.compute_free_energy_differences()
    print(f"pymbar\tmbar-K{k}-N{k * n}-solve\t{1e3 * solve:.1f}\tms")
    print(f"pymbar\tmbar-K{k}-N{k * n}-errors\t{1e3 * (time.perf_counter() - start):.1f}\tms")
