# The commands of the project; CI runs `just check`, or .ci/run where `just` is missing.

# Everything CI runs
check: format lint docs test statistical benches bare models

format:
    cargo fmt --all --check

lint:
    cargo clippy --release --features models --all-targets -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps

test:
    cargo test --release
    GIBBS_SIMD=portable cargo test --release --lib --test checkerboard --test curve_reference --test token_kept_sets --test value_stability
    GIBBS_SIMD=avx2 cargo test --release --lib --test checkerboard --test curve_reference --test token_kept_sets --test value_stability

# Tests too long for every run: calibration of error bars, coverage over 100 seeds
statistical:
    cargo test --release -- --ignored
    cargo run --release -- verify --quiet
    cargo run --release -- verify --full --quiet

# Benches compile and run once
benches:
    cargo test --release --benches

# The light library; the program without a language model
bare:
    cargo clippy --release --no-default-features --all-targets -- -D warnings
    cargo clippy --release --no-default-features --features cli --all-targets -- -D warnings

# Further families of models, and GGUF files
models:
    cargo test --release --features models --test gguf --test models_gguf --test models_families --test language_model

# llama.cpp on the exported model (needs `pip install 'llama-cpp-python[server]' numpy`)
llama-cpp:
    cargo build --release
    python3 tests/scripts/llama_cpp_audit.py

# Every figure of README and guide, and the page
figures:
    sh examples/gallery.sh

# The page in Chromium (needs `apt-get install chromium chromium-driver`)
page:
    cargo build --release
    python3 tests/scripts/page_in_a_browser.py

# The embedded language model, from the texts named in assets/language_model/README.md (an hour and a half)
train corpus:
    MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=67108864 \
        RAYON_NUM_THREADS=1 cargo run --release --example train_language_model -- --corpus {{corpus}}
