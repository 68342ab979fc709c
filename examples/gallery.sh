#!/bin/sh
# Remakes every figure of README and guide, and the page, in output/ (some nine minutes on two cores).
set -eu
cd "$(dirname "$0")/.."
gibbs() { cargo run --release --quiet -- "$@"; }

gibbs                                                               # the comparison: eight figures, report.html, summary.md
gibbs tokens states --plot                                          # token_states
gibbs tokens sequences --plot                                       # sequences
cargo run --release --quiet --example finite_size_scaling           # finite_size
