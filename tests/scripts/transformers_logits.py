#!/usr/bin/env python3
"""Writes tests/data/transformers_logits.csv: last-position logits of assets/language_model by Hugging Face transformers.

Needs torch and transformers (any recent version, CPU). From the repository root:
    python3 tests/scripts/transformers_logits.py > tests/data/transformers_logits.csv
"""

import csv
import sys

import tokenizers
import torch
import transformers

FOLDER = "assets/language_model"
LONG = (
    "And it came to pass in those days, that there went out a decree from the king, that all the people should be "
    "numbered, every one in his own city. And the men of the city answered and said unto him, We are but few, and the "
    "land is great before us; wherefore then hast thou spoken thus unto thy servants? Then the king arose, and stood "
    "upon his feet, and all his princes with him, and he lifted up his voice and wept: for his heart was moved within "
    "him. And he said, Let every man return unto his house, and to his field, and to his vineyard, until the time of "
    "the harvest; and I will inquire of the LORD concerning this matter."
)
CONTEXTS = [
    "O",
    "In the beginning",
    "KING RICHARD III:\nNow is the winter of our",
    "And the LORD spake unto Moses, saying,",
    "naïve – 温度 = 0.7\t\n",
    "ROMEO:\nBut, soft! what light through yonder window breaks?\nIt is the east, and Juliet is the sun.\n\nJULIET:\n",
    LONG[: len(LONG) // 2],
    LONG,
]
N_LOGITS = 64

tokenizer = tokenizers.Tokenizer.from_file(f"{FOLDER}/tokenizer.json")
model = transformers.LlamaForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
print(f"# transformers {transformers.__version__}, torch {torch.__version__}, float32, attention {model.config._attn_implementation}")
table = csv.writer(sys.stdout, lineterminator="\n")
table.writerow(["text", "token_ids", "logit_ids", "logits", "ln_sum_exp", "argmax"])
for text in CONTEXTS:
    tokens = tokenizer.encode(text, add_special_tokens=False).ids
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0, -1].double()
    step = len(logits) // N_LOGITS
    ids = [i * step + (7 * i) % step for i in range(N_LOGITS)]
    table.writerow([
        text,
        " ".join(map(str, tokens)),
        " ".join(map(str, ids)),
        " ".join(f"{logits[i].item():.6f}" for i in ids),
        f"{torch.logsumexp(logits, 0).item():.6f}",
        logits.argmax().item(),
    ])
    print(len(tokens), "tokens", file=sys.stderr)
