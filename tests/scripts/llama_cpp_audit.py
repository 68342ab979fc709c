#!/usr/bin/env python3
"""Reads the exported model with llama.cpp, compares the logits, and has the thermometer judge llama.cpp's own sampler.

Needs `pip install 'llama-cpp-python[server]' numpy`, and a built `gibbs`. From the repository root:
    python3 tests/scripts/llama_cpp_audit.py [--part logits|sampler|server] [--model FILE.gguf] [--out DIR]

logits   The logits that llama.cpp computes against those of `gibbs tokens draw`, and against
         tests/data/transformers_logits.csv, to which tests/language_model holds ours. Token ids must be equal, too.
sampler  Tokens drawn by llama_sampler_chain from fixed contexts, written as DIR/NAME.jsonl, one line a context:
         {"prompt": text, "logits": [V numbers], "drawn": [ids]}; `gibbs thermometer` must accept the true setting,
         reject wrong ones and name the truncation. --files-only stops before the judgement.
server   The same through `python -m llama_cpp.server`, by its completions and its chat.

What llama-cpp-python 0.3.36 does, as far as the thermometer must know it:
- `llama_sampler_chain` truncates first and divides by the temperature last, in the order of the server's chain:
  penalties, top-k, typical, top-p, min-p, temperature, draw. top_k = 0, top_p = 1, typical = 1 and min_p = 0 are off.
- The server's defaults are not off: temperature 0.8, top_k 40, top_p 0.95, min_p 0.05, repeat_penalty 1.1. An honest
  measurement has to send OFF below with every request. A penalty changes the logits themselves, from token to token:
  it is no truncation and no temperature, and looks like a bad fit.
- logprobs are ln softmax of the model's logits: T = 1, before penalties, truncation and temperature.
- `logprobs: N` (completions) and `top_logprobs: N` (chat, with `logprobs: true`) have no upper limit. The drawn token
  comes as entry N + 1 where it is not among the first N.
- The lists are keyed by text without ids or bytes, so tokens of equal text collide: of this vocabulary 1 920 of 2 048
  texts are distinct (the rest is parts of UTF-8 sequences, read as ""), with about 1e-5 of the mass.
- A drawn end of text stops a completion and is left out of its logprobs: a record has one draw less there.
- `n` is ignored: one request, one sequence. Without `seed` each request goes on from the seed of the one before.
- The key-value cache is F16 unless type_k = type_v = 0 (F32): 6e-3 in the logits against 2e-5.
"""

import argparse
import csv
import ctypes
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import llama_cpp as ll
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
N_CTX = 256
# Largest difference of two f32 logits of size 20 summed in another order, with room: 2e-5 is seen, 1e-4 is also the
# bound of the comparison with transformers. A wrong rotary order or a missing weight shows as 1 and more.
LOGITS_AGREE = 1e-4
PROMPTS = [
    "And it came to pass, when the king",
    "The LORD is my",
    "Then said Jesus unto",
    "My gracious lord, I",
    "What, art thou",
    "Now is the winter of our",
]
N_DRAWS = 4_000  # from each context: a relative error of T of about 0.5 %
WRONG = 1.05  # factor on T that must be rejected
OFF = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0}

rows = []


def check(part, what, found, passed):
    """One line of the table; `None` is information and no check."""
    rows.append(passed)
    mark = {True: "ok", False: "FAILED", None: ""}[passed]
    print(f"{part:8} {what:58} {found:40} {mark}".rstrip(), flush=True)


def load(path, f32_cache=True):
    cache = {"type_k": 0, "type_v": 0} if f32_cache else {}
    return ll.Llama(str(path), logits_all=True, n_ctx=N_CTX, verbose=False, n_threads=1, n_threads_batch=1, **cache)


def encode(model, text):
    return model.tokenize(text.encode(), add_bos=False, special=True)


def logits_after(model, tokens):
    model.reset()
    model.eval(tokens)
    return model.scores[len(tokens) - 1].copy()


# --- logits ------------------------------------------------------------------------------------------------------------


def compare_logits(args):
    f32, f16 = load(args.model), load(args.model, f32_cache=False)
    with open(ROOT / "tests/data/transformers_logits.csv", encoding="utf-8") as file:
        table = list(csv.DictReader(line for line in file if not line.startswith("#")))
    worst = {"f32": 0.0, "f16": 0.0}
    n_equal = 0
    for row in table:
        tokens = [int(i) for i in row["token_ids"].split()]
        n_equal += encode(f32, row["text"]) == tokens
        ids = [int(i) for i in row["logit_ids"].split()]
        expected = np.array([float(x) for x in row["logits"].split()])
        for name, model in (("f32", f32), ("f16", f16)):
            found = logits_after(model, tokens).astype(float)
            sum_ln = found.max() + np.log(np.exp(found - found.max()).sum())
            differences = np.append(found[ids] - expected, sum_ln - float(row["ln_sum_exp"]))
            worst[name] = max(worst[name], np.abs(differences).max())
    check("logits", f"token ids of {len(table)} texts", f"{n_equal} equal", n_equal == len(table))
    check("logits", "transformers' table, F32 cache: max |diff|", f"{worst['f32']:.1e}", worst["f32"] < LOGITS_AGREE)
    check("logits", "transformers' table, F16 cache: max |diff|", f"{worst['f16']:.1e}", None)
    if args.files_only:
        return
    texts = [row["text"] for row in table] + PROMPTS
    prompts = [part for text in texts for part in ("--prompt", text)]
    command = [args.gibbs, "tokens", "draw", "--draws", "1", *prompts]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    worst = 0.0
    for text, line in zip(texts, lines, strict=True):
        ours = np.array(json.loads(line)["logits"])
        worst = max(worst, np.abs(logits_after(f32, encode(f32, text)) - ours).max())
    check("logits", f"all logits of {len(texts)} contexts of gibbs: max |diff|", f"{worst:.1e}", worst < LOGITS_AGREE)


# --- the sampler, directly ---------------------------------------------------------------------------------------------


def draw(logits, links, n, seed):
    """`n` tokens from one context by the chain of `links` and llama.cpp's own draw."""
    chain = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
    for link in links:
        ll.llama_sampler_chain_add(chain, link())
    ll.llama_sampler_chain_add(chain, ll.llama_sampler_init_dist(seed))
    cells = np.zeros(len(logits), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    cells["id"], cells["logit"] = np.arange(len(logits)), logits
    drawn = []
    for _ in range(n):
        work = cells.copy()  # the sampler reorders its input in place
        data = work.ctypes.data_as(ctypes.POINTER(ll.llama_token_data))
        array = ll.llama_token_data_array(data=data, size=len(work), selected=-1, sorted=False)
        ll.llama_sampler_apply(chain, ctypes.byref(array))
        drawn.append(int(array.data[array.selected].id))
    ll.llama_sampler_free(chain)
    return drawn


def temp(t):
    return lambda: ll.llama_sampler_init_temp(t)


AS = ["--as", "llama.cpp"]
# Name; the chain; the true setting; settings that must be rejected; what the report must name: kind, parameter, order.
SETTINGS = [
    ("t0.7", [temp(0.7)], ["--requested", "0.7"], [["--requested", f"{0.7 * WRONG:.4g}"]], None),
    ("t1.5", [temp(1.5)], ["--requested", "1.5"], [["--requested", f"{1.5 * WRONG:.4g}"]], None),
    ("twice-t0.8", [temp(0.8), temp(0.8)], ["--requested", "0.64"], [["--requested", "0.8"]], None),
    (
        "t0.8-top-k-40",
        [lambda: ll.llama_sampler_init_top_k(40), temp(0.8)],
        ["--requested", "0.8", "--top-k", "40"] + AS,
        [["--requested", "0.8"], ["--requested", "0.8", "--top-k", "38"] + AS],
        ("top-k", 40, "either"),  # the ranks are the same at every temperature
    ),
    (
        "t1.5-top-p-0.9",
        [lambda: ll.llama_sampler_init_top_p(0.9, 1), temp(1.5)],
        ["--requested", "1.5", "--top-p", "0.9"] + AS,
        [["--requested", "1.5"], ["--requested", "1.5", "--top-p", "0.9", "--as", "transformers"]],
        ("top-p", 0.9, "before"),
    ),
    (
        "t1.2-min-p-0.05",
        [lambda: ll.llama_sampler_init_min_p(0.05, 1), temp(1.2)],
        ["--requested", "1.2", "--min-p", "0.05"] + AS,
        [["--requested", "1.2"], ["--requested", "1.2", "--min-p", "0.05", "--as", "transformers"]],
        ("min-p", 0.05, "either"),  # 0.05 before the temperature is 0.05^(1/T) after it
    ),
    (
        # Not 0.9: llama.cpp sorts by |surprisal - S| in f32 and there swaps two tokens 2.5e-5 apart at the edge of a set.
        "t1-typical-0.95",
        [lambda: ll.llama_sampler_init_typical(0.95, 1), temp(1.0)],
        ["--requested", "1", "--typical", "0.95"] + AS,
        [["--requested", "1"], ["--requested", "1", "--typical", "0.8"] + AS],
        ("typical", 0.95, None),  # at T = 1 before and after are the same, and here it keeps what top-p 0.95 keeps
    ),
]


def likeliest_temperature(contexts):
    """The T of greatest likelihood without any truncation, and its error: an estimate that owes nothing to gibbs."""
    beta = 1.0
    for _ in range(100):
        slope = curvature = 0.0
        for logits, drawn in contexts:
            z = logits.astype(float)
            p = np.exp(beta * (z - z.max()))
            p /= p.sum()
            slope += z[drawn].sum() - len(drawn) * (p @ z)
            curvature += len(drawn) * (p @ (z - p @ z) ** 2)
        step = np.clip(slope / curvature, -0.5 * beta, 0.5 * beta)
        beta += step
        if abs(step) < 1e-12 * beta:
            break
    return 1 / beta, 1 / (beta**2 * np.sqrt(curvature))


def audit_sampler(args):
    model = load(args.model)
    logits = [logits_after(model, encode(model, prompt)) for prompt in PROMPTS]
    for number, (name, links, true, wrong, truncation) in enumerate(SETTINGS):
        contexts = [(z, draw(z, links, N_DRAWS, 1 + number * len(PROMPTS) + i)) for i, z in enumerate(logits)]
        path = args.out / f"{name}.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            for prompt, (z, drawn) in zip(PROMPTS, contexts):
                print(json.dumps({"prompt": prompt, "logits": z.tolist(), "drawn": drawn}), file=file)
        t, error = likeliest_temperature(contexts)
        kept = max(len(set(drawn)) for _, drawn in contexts)
        check("sampler", f"{name}: by numpy, as if nothing were truncated", f"T = {t:.4f} ± {error:.4f}, {kept} tokens", None)
        if args.files_only:
            continue
        judge(args, "sampler", [str(path)], true, accepted=True)
        if truncation:
            alike = likeliest_truncations(judge(args, "sampler", [str(path)], ["--requested", true[1]], accepted=False))
            found = [one for one in alike if same_truncation(one, truncation)]
            text = f"{found[0][1]:.5g}, one of {len(alike)} alike" if found else f"{alike[:1]}"
            check("sampler", f"{name}: {truncation}", text, bool(found))
        for setting in wrong[1 if truncation else 0 :]:
            judge(args, "sampler", [str(path)], setting, accepted=False)


# --- the judgement -----------------------------------------------------------------------------------------------------


def judge(args, part, source, setting, accepted, name=""):
    """Runs `gibbs thermometer`; its exit code must be 0 where the setting is to be `accepted`, else 1."""
    command = [args.gibbs, "thermometer", *source, *setting, "--alpha", str(args.alpha), "--format", "json"]
    # Whether the draws have the power to agree is not the question here; answers of the server are saved beside the rest.
    command += ["--detect", "1", "--out", str(args.out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    verdict = {0: "accepted", 1: "rejected"}.get(done.returncode, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    subject = pathlib.Path(source[0]).stem if len(source) == 1 else name
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = None
    check(part, f"{subject} {' '.join(setting)}", verdict, done.returncode == (0 if accepted else 1) and report is not None)
    return report


def likeliest_truncations(report):
    """(kind, parameter, order) of the truncations that the draws do not tell from the most likely one (20 to 1)."""
    candidates = (report or {}).get("truncations") or []
    best = [c for c in candidates if c["gain"] > candidates[0]["gain"] - 3]
    return [(c["kind"], c["parameter"], c["order"]) for c in best]


def same_truncation(found, expected):
    (kind, parameter, order), (true_kind, true_parameter, true_order) = found, expected
    if kind != true_kind or parameter is None:
        return False
    near = parameter == true_parameter if kind == "top-k" else abs(parameter / true_parameter - 1) < 0.05
    return near and (true_order is None or order == true_order)


# --- the server --------------------------------------------------------------------------------------------------------


class Server:
    """`python -m llama_cpp.server` on a free port, ended with the block."""

    def __init__(self, args):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(args.out / "server.log", "w", encoding="utf-8")
        options = {"model": args.model, "host": "127.0.0.1", "port": port, "n_ctx": N_CTX, "logits_all": "true"}
        options |= {"type_k": 0, "type_v": 0, "n_threads": 1, "n_threads_batch": 1, "verbose": "false"}
        flags = [str(part) for key, value in options.items() for part in (f"--{key}", value)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llama_cpp.server", *flags], stdout=self.log, stderr=subprocess.STDOUT
        )

    def __enter__(self):
        for _ in range(240):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/v1/models", timeout=2).close()
                return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        self.__exit__()
        sys.exit(f"the server did not start, see {self.log.name}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def post(self, path, body):
        request = urllib.request.Request(
            f"{self.url}/v1/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def check_conventions(server):
    """What the head of this file says of the server's logprobs, on one answer of each kind."""
    body = {"prompt": PROMPTS[0], "max_tokens": 1, "logprobs": 2048, "seed": 1}
    cold, hot = (
        server.post("completions", body | OFF | {"temperature": t})["choices"][0]["logprobs"]["top_logprobs"][0]
        for t in (0.2, 5.0)
    )
    moved = max(abs(cold[text] - hot[text]) for text in cold if text in hot)
    check("server", "logprobs at T = 0.2 and 5: max |diff|", f"{moved:.1e}", moved < LOGITS_AGREE)
    mass = sum(np.exp(list(cold.values())))
    check("server", "probabilities of all texts add up to", f"{mass:.6f} of {len(cold)}", abs(mass - 1) < 1e-3)
    chat = {"messages": [{"role": "user", "content": PROMPTS[0]}], "max_tokens": 20, "logprobs": True, "top_logprobs": 1}
    content = server.post("chat/completions", chat | OFF | {"temperature": 1.5})["choices"][0]["logprobs"]["content"]
    added = sum(len(entry["top_logprobs"]) == 2 for entry in content)
    check("server", "drawn tokens added behind the list", f"{added} of {len(content)}", added > 0)


def audit_server(args):
    with Server(args) as server:
        check_conventions(server)
        if args.files_only:
            return
        prompts = [part for prompt in PROMPTS for part in ("--prompt", prompt)]
        for endpoint in ("completions", "chat"):
            source = ["--server", server.url, "--endpoint", endpoint, "--top-logprobs", str(args.top_logprobs)]
            source += prompts + ["--max-tokens", "60", "--requests", str(args.requests), "--rate", "1000"]
            # Lists of a part of the vocabulary might live at the sampling temperature, where any request would fit.
            source += ["--reading", "raw"]
            honest = source + ["--body", json.dumps(OFF)]

            def asked(source, temperature, requested, accepted, how):
                name = f"{endpoint}, {how}, asked for {temperature}:"
                judge(args, "server", source + ["-T", temperature], ["--requested", requested], accepted, name)

            asked(honest, "1", "1", True, "all off")
            asked(honest, "0.7", "0.7", True, "all off")
            asked(honest, "1", "0.7", False, "all off")
            # With the defaults of the server its temperature is not what it seems.
            asked(source, "1", "1", False, "defaults")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["logits", "sampler", "server"], action="append", help="all without it")
    parser.add_argument("--gibbs", default=str(ROOT / "target/release/gibbs"), help="the program")
    parser.add_argument("--model", type=pathlib.Path, help="a GGUF file; the embedded model is exported without it")
    parser.add_argument("--out", type=pathlib.Path, help="folder for the drawn tokens; a temporary one without it")
    parser.add_argument("--alpha", type=float, default=0.001, help="level of each verdict; with 11 true settings 1 %% in all")
    parser.add_argument("--top-logprobs", type=int, default=2048)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--files-only", action="store_true", help="draw and check conventions without gibbs")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends, too
    with tempfile.TemporaryDirectory() as scratch:
        args.out = args.out or pathlib.Path(scratch)
        args.out.mkdir(parents=True, exist_ok=True)
        if args.model is None:
            args.model = args.out / "embedded.gguf"
            subprocess.run([args.gibbs, "tokens", "export", str(args.model)], check=True)
        parts = {"logits": compare_logits, "sampler": audit_sampler, "server": audit_server}
        for part in args.part or parts:
            parts[part](args)
    n_failed = rows.count(False)
    print(f"{rows.count(True)} checks passed, {n_failed} failed")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
