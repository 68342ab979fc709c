#!/usr/bin/env python3
"""Times gibbs and its peers in one sitting and prints a table of medians and ratios. See ../README.md.

    python3 benches/peers/compare.py tokens|ising|mbar [ROUNDS]

The peers' script and the benches take turns ROUNDS times (default 5). Run it by a Python that has the peers installed.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# bench, its id, work and unit of the peers' script, and the value from nanoseconds an iteration and elements.
US = lambda ns, n: ns / 1e3
MS = lambda ns, n: ns / 1e6
PER_ELEMENT = lambda ns, n: ns / n
RATE = lambda ns, n: n / ns
ROWS = {
    "tokens": [
        ("draws", "draw of a token/plain/128256", "draw", "us", US),
        ("draws", "draw of a token/top-k 40/128256", "draw-top-k-40", "us", US),
        ("draws", "draw of a token/top-p 0.95/128256", "draw-top-p-0.95", "us", US),
        ("draws", "draw of a token/min-p 0.05/128256", "draw-min-p-0.05", "us", US),
        ("draws", "draw of a token/typical 0.9/128256", "draw-typical-0.9", "us", US),
        ("ensemble", "curve of 200 temperatures/curve/128256", "curve200", "ms", MS),
    ],
    "ising": [
        *(("lattice", f"lattice/checkerboard/{l}", f"metropolis-L{l}", "flips/ns", RATE) for l in (32, 128, 1024)),
        *(("samplers", f"ising/wolff/{l}", f"wolff-L{l}", "ns/flipped-site", PER_ELEMENT) for l in (32, 128, 512)),
    ],
    "mbar": [
        row
        for k, n in ((8, 5000), (16, 10000))
        for row in (
            ("estimators", f"mbar/solve/{k} x {n}", f"mbar-K{k}-N{k * n}-solve", "ms", MS),
            ("estimators", f"mbar/errors of all differences/{k} x {n}", f"mbar-K{k}-N{k * n}-errors", "ms", MS),
        )
    ],
}


def peers(kind):
    """{(work, tool): value} of one run of the peers' script."""
    run = subprocess.run([sys.executable, HERE / f"{kind}.py"], capture_output=True, text=True, check=True)
    lines = (line.split("\t") for line in run.stdout.splitlines() if not line.startswith("#"))
    return {(work, tool): float(value) for tool, work, value, _ in lines}


def ours(rows):
    """{work: value} of one run of the benches."""
    with tempfile.TemporaryDirectory() as home:
        for bench, pattern in sorted({(bench, id) for bench, id, *_ in rows}):
            command = ["cargo", "bench", "--quiet", "--bench", bench, "--", "--exact", pattern]
            command += ["--warm-up-time", "0.5", "--measurement-time", "2"]
            env = os.environ | {"CRITERION_HOME": home}
            subprocess.run(command, cwd=HERE.parent.parent, env=env, capture_output=True, check=True)
        found = {}
        for path in pathlib.Path(home).glob("**/new/benchmark.json"):
            about = json.loads(path.read_text())
            median = json.loads((path.parent / "estimates.json").read_text())["median"]["point_estimate"]
            found[about["full_id"]] = (median, (about["throughput"] or {}).get("Elements", 1))
        return {work: value(*found[id]) for _, id, work, _, value in rows}


def main():
    kind, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    rows = ROWS[kind]
    sides = []
    for k in range(rounds):
        print(f"round {k + 1} of {rounds}", file=sys.stderr)
        sides.append((ours(rows), peers(kind)))
    tools = sorted({tool for _, other in sides for _, tool in other})
    print("| work | unit | gibbs | " + " | ".join(tools) + " | times faster than the best |")
    print("| --- " * (len(tools) + 4) + "|")
    for _, _, work, unit, value in rows:
        own = statistics.median(mine[work] for mine, _ in sides)
        cells, ratios = [], []
        for tool in tools:
            readings = [other[work, tool] for _, other in sides if (work, tool) in other]
            cells.append(f"{statistics.median(readings):.4g}" if readings else "")
            if readings:
                pairs = [(mine[work], other[work, tool]) for mine, other in sides]
                ratios.append(statistics.median(a / b if value is RATE else b / a for a, b in pairs))
        print(f"| {work} | {unit} | {own:.4g} | " + " | ".join(cells) + f" | {min(ratios):.3g} |")


main()
