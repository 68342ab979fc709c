#!/usr/bin/env python3
"""Makes a tiny random model folder of every supported architecture, with its logits by Hugging Face transformers.

Needs torch and transformers (any recent version, CPU). From the repository root:
    python3 tests/scripts/model_families.py DIR
    GIBBS_MODEL_FAMILIES=DIR cargo test --release --features models --test models_families -- --ignored

Each folder of DIR/opened holds config.json, the weights, tokenizer.json and expected.json: last-position logits of
token sequences. Each folder of DIR/refused holds a model that must be refused.
"""

import json
import random
import shutil
import sys
import zlib
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

TOKENIZER = "assets/language_model/tokenizer.json"
VOCAB = 2048
CONTEXT = 64
LENGTHS = [1, 2, 9, 40]

# Grouped queries; heads of width 8.
BASE = dict(
    vocab_size=VOCAB, hidden_size=32, intermediate_size=56, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=CONTEXT, bos_token_id=0, eos_token_id=0, pad_token_id=None,
    tie_word_embeddings=False,
)
WIDE = dict(head_dim=16)
TIED = dict(tie_word_embeddings=True)
GEMMA = dict(head_dim=16, tie_word_embeddings=True)
LINEAR = dict(rope_type="linear", factor=4.0, rope_theta=10_000.0)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32, rope_theta=10_000.0)
BIGCODE = dict(vocab_size=VOCAB, n_embd=32, n_layer=3, n_head=4, n_positions=CONTEXT, n_inner=56, bos_token_id=0,
               eos_token_id=0, pad_token_id=None)
NESTED = {"full_attention": {"rope_type": "default", "rope_theta": 40_000.0},
          "sliding_attention": {"rope_type": "default", "rope_theta": 5_000.0}}

# Name: model_type, keys of the configuration, how it is stored.
OPENED = {
    "llama": ("llama", BASE, {}),
    "llama_tied_wide": ("llama", BASE | TIED | WIDE, {}),
    "llama_bias": ("llama", BASE | dict(attention_bias=True), {}),
    "llama_theta": ("llama", BASE | dict(rope_parameters=dict(rope_type="default", rope_theta=500_000.0)), {}),
    "llama_linear": ("llama", BASE | dict(rope_parameters=LINEAR), {}),
    "llama_llama3": ("llama", BASE | dict(rope_parameters=LLAMA3), {}),
    "llama_bf16_sharded": ("llama", BASE, dict(dtype=torch.bfloat16, shard="60KB")),
    "llama_f16": ("llama", BASE, dict(dtype=torch.float16)),
    "mistral": ("mistral", BASE | WIDE | dict(sliding_window=None), {}),
    "mistral_window": ("mistral", BASE | dict(sliding_window=48), {}),
    "qwen2": ("qwen2", BASE, {}),
    "qwen2_tied_sharded": ("qwen2", BASE | TIED, dict(shard="100KB")),
    "qwen3": ("qwen3", BASE | WIDE, {}),
    "qwen3_tied_bias": ("qwen3", BASE | WIDE | TIED | dict(attention_bias=True), {}),
    "gemma": ("gemma", BASE | GEMMA, {}),
    "gemma_bf16_sharded": ("gemma", BASE | GEMMA, dict(dtype=torch.bfloat16, shard="60KB")),
    "gemma2": ("gemma2", BASE | GEMMA | dict(query_pre_attn_scalar=16, sliding_window=48, num_hidden_layers=4), {}),
    "gemma2_uncapped": ("gemma2", BASE | GEMMA | dict(query_pre_attn_scalar=16, attn_logit_softcapping=None,
                                                      final_logit_softcapping=None), {}),
    "gemma3": ("gemma3_text", BASE | GEMMA | dict(query_pre_attn_scalar=16, sliding_window=48, num_hidden_layers=7), {}),
    "gemma3_bases": ("gemma3_text", BASE | GEMMA | dict(
        query_pre_attn_scalar=16, sliding_window=48, num_hidden_layers=4, rope_parameters=NESTED,
        layer_types=["sliding_attention", "full_attention"] * 2), {}),
    "phi": ("phi", BASE | dict(partial_rotary_factor=0.5), {}),
    "phi_sharded": ("phi", BASE | dict(num_key_value_heads=4), dict(shard="100KB")),
    "phi3": ("phi3", BASE, {}),
    "phi3_partial_tied": ("phi3", BASE | TIED | dict(partial_rotary_factor=0.5, sliding_window=48), {}),
    "starcoder2": ("starcoder2", BASE | TIED, {}),
    "starcoder2_no_bias": ("starcoder2", BASE | TIED | dict(use_bias=False), {}),
    "gpt_bigcode": ("gpt_bigcode", BIGCODE, {}),
    "olmo": ("olmo", BASE | dict(clip_qkv=0.5), {}),
    "olmo_tied_bias": ("olmo", BASE | TIED | dict(attention_bias=True), {}),
    "olmo2": ("olmo2", BASE, {}),
    "stablelm": ("stablelm", BASE, {}),
    "stablelm_bias": ("stablelm", BASE | dict(use_qkv_bias=True, partial_rotary_factor=0.5), {}),
}

YARN = dict(rope_type="yarn", factor=4.0, rope_theta=10_000.0, original_max_position_embeddings=16)
REFUSED = {
    "gpt2": ("gpt2", dict(vocab_size=VOCAB, n_embd=32, n_layer=2, n_head=4, n_positions=CONTEXT)),
    "gpt_neox": ("gpt_neox", BASE),
    "falcon": ("falcon", dict(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2, num_attention_heads=4)),
    "llama_yarn": ("llama", BASE | dict(rope_parameters=YARN)),
    "llama_mlp_bias": ("llama", BASE | dict(mlp_bias=True)),
    "gemma2_scaled": ("gemma2", BASE | GEMMA | dict(query_pre_attn_scalar=24)),
    "gemma3_linear": ("gemma3_text", BASE | GEMMA | dict(query_pre_attn_scalar=16, rope_parameters={
        "full_attention": LINEAR, "sliding_attention": {"rope_type": "default", "rope_theta": 5_000.0}})),
    "phi_layernorm": ("phi", BASE | dict(qk_layernorm=True)),
    "stablelm_parallel": ("stablelm", BASE | dict(use_parallel_residual=True)),
    "stablelm_layernorm": ("stablelm", BASE | dict(qk_layernorm=True)),
    "starcoder2_untied": ("starcoder2", BASE),
    "gpt_bigcode_heads": ("gpt_bigcode", BIGCODE | dict(multi_query=False)),
    "gpt_bigcode_gelu": ("gpt_bigcode", BIGCODE | dict(activation_function="gelu")),
}


def make(folder, model_type, keys, dtype=torch.float32, shard="1GB"):
    """Writes the folder of one model and returns the model read back in float32."""
    config = AutoConfig.for_model(model_type, **keys)
    seed = zlib.crc32(folder.name.encode())
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():
            # Wide enough that attention is far from uniform; norms and biases near their initial values.
            width = 1.6 / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.2
            centre = 0.0 if parameter.ndim > 1 else parameter
            parameter.copy_(centre + width * torch.randn_like(parameter))
    model.tie_weights()
    model = model.to(dtype).eval()
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, max_shard_size=shard)
    shutil.copy(TOKENIZER, folder / "tokenizer.json")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return model.eval(), random.Random(seed)


def main():
    target = Path(sys.argv[1])
    for name, (model_type, keys, stored) in OPENED.items():
        model, rng = make(target / "opened" / name, model_type, keys, **stored)
        expected = []
        for length in LENGTHS:
            tokens = [rng.randrange(VOCAB) for _ in range(length)]
            with torch.no_grad():
                logits = model(torch.tensor([tokens])).logits[0, -1]
            expected.append({"tokens": tokens, "logits": logits.tolist()})
        (target / "opened" / name / "expected.json").write_text(json.dumps(expected))
        print(f"{name}: logits from {min(logits):.2f} to {max(logits):.2f}", file=sys.stderr)
    for name, (model_type, keys) in REFUSED.items():
        make(target / "refused" / name, model_type, keys)
    print(f"transformers {transformers.__version__}, torch {torch.__version__}", file=sys.stderr)


main()
