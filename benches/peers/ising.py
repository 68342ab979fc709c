"""Time peers on the square-lattice Ising model at T_c. See ../README.md."""
import mcising.benchmarks as bench

for size, sweeps in ((32, 20_000), (128, 2_000), (1024, 40)):
    for tool, run in (("mcising", bench.bench_mcising), ("peapods", bench.bench_peapods)):
        r = run(size, sweeps)
        print(f"{tool}\tmetropolis-L{size}\t{r.n_sweeps * size * size / r.elapsed / 1e9:.4f}\tflips/ns", flush=True)
for size, clusters in ((32, 20_000), (128, 5_000), (512, 400)):
    r = bench.bench_mcising(size, clusters, algorithm="wolff")
    print(f"mcising\twolff-L{size}\t{1e9 * r.elapsed / r.attempted_updates:.2f}\tns/flipped-site", flush=True)
