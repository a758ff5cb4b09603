"""A static language model of some words, made in a test: words that mean the same have the same vector."""

from __future__ import annotations

import json

import numpy as np

MEANINGS = (  # one vector each
    ("ferry", "boat", "traversier", "bateau"),
    ("cancelled", "scrapped", "annulé", "supprimé"),
    ("morning", "dawn", "matin", "aube"),
    ("nobody", "none", "personne", "aucun"),
    ("warned", "told", "prévenu", "averti"),
    ("passengers", "travellers", "passagers", "voyageurs"),
    ("island", "isle", "île", "îlot"),
    ("library", "bookshop", "bibliothèque", "librairie"),
    ("closes", "shuts", "ferme", "clôture"),
    ("sunday", "weekend", "dimanche", "samedi"),
    ("forever", "always", "toujours", "définitivement"),
    ("children", "pupils", "enfants", "élèves"),
    ("village", "town", "bourg", "hameau"),
)


def write_model(folder, *, tables="embeddings", mapping=False):
    """Write the model as model2vec does; with `mapping`, several words share one row."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    words = [word for same in MEANINGS for word in same]
    cutter = Tokenizer(WordLevel({"[UNK]": 0, **{word: n + 1 for n, word in enumerate(words)}}, "[UNK]"))
    cutter.normalizer, cutter.pre_tokenizer = Lowercase(), Whitespace()
    rows = np.array([0, *(n for n, same in enumerate(MEANINGS) for _word in same)])
    vectors = np.eye(len(MEANINGS), dtype=np.float32)
    tensors = {tables: vectors, "mapping": rows} if mapping else {tables: np.ascontiguousarray(vectors[rows])}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    cutter.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": True}))
    return folder
