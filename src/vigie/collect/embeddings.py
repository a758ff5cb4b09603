"""Language models that turn texts into vectors, opened from the operator's folder; nothing is downloaded.

A static model (model2vec, or the static embedding of sentence-transformers) is a table with a vector for each
part of a word: a text is the mean of its parts' vectors. It is read with `tokenizers` and `safetensors` alone
(`vigie[embeddings]`). Other models of sentence-transformers need that package, which Vigie does not bring.
Formats: https://github.com/MinishLab/model2vec, https://sbert.net, https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

TABLES = ("embeddings", "embedding.weight")  # as model2vec and sentence-transformers name the vectors
PLACES = (".", "0_StaticEmbedding")  # where a static model's files stand in the folder
WEIGHTS, TOKENIZER, MODULES = "model.safetensors", "tokenizer.json", "modules.json"
PARTS_MAX = 512  # of a text that are read, as in model2vec
LETTERS_MAX = 6_000  # of a text that is cut into parts
BATCH = 1_024  # texts at a time
OWN = "sentence_transformers.models."  # whose classes may be named: another would be any code on this machine


class ModelError(VigieError):
    """A folder holds no language model that can be used."""

    code = "file.model"
    sentence = say("The language model in “{path}” cannot be used: {reason}.")
    remedy = say(
        "Give a folder that holds a model2vec model (model.safetensors, tokenizer.json, config.json) or a "
        "model of sentence-transformers."
    )


class ModelReaderError(VigieError):
    """What reads this kind of model is not installed."""

    code = "file.model_reader"
    sentence = say("To read the language model in “{path}”, {package} must be installed, and it is not.")
    remedy = say("Install it in the environment of Vigie: pip install {wanted}.")


class Embedder(Protocol):
    """Whatever turns texts into vectors: one row of numbers for each, alike for texts that mean alike."""

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector for each text; zeros where it holds nothing that the model knows."""


@dataclass(frozen=True)
class Static:
    """A static model: the vector of a text is the mean of those of its parts.

    Args:
        vectors: of parts.
        tokenizer: cuts texts into numbered parts.
        unknown: the number of a part that the model does not know, None where there is none.
        place: the row of each part's vector, None where that is its number.
        weight: of each part, None where all weigh the same.
    """

    vectors: NDArray[Any]
    tokenizer: Any
    unknown: int | None
    place: NDArray[np.int64] | None
    weight: NDArray[np.float32] | None

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vector of each text."""
        found = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        for first in range(0, len(texts), BATCH):
            for row, parts in enumerate(self._parts(texts[first : first + BATCH]), start=first):
                if len(parts):
                    found[row] = self._vectors_of(parts).mean(axis=0)
        return found

    def _parts(self, texts: Sequence[str]) -> Iterator[NDArray[np.int64]]:
        cut = [text[:LETTERS_MAX] for text in texts]
        for one in self.tokenizer.encode_batch(cut, add_special_tokens=False):
            parts = np.array(one.ids, np.int64)
            yield (parts if self.unknown is None else parts[parts != self.unknown])[:PARTS_MAX]

    def _vectors_of(self, parts: NDArray[np.int64]) -> NDArray[np.float32]:
        rows = parts if self.place is None else self.place[parts]
        vectors = np.asarray(self.vectors[rows], np.float32)
        return vectors if self.weight is None else vectors * self.weight[parts][:, None]


def open_model(folder: Path) -> Embedder:
    """Return the language model in a folder.

    Raises:
        ModelError: there is none, or it is of no known kind.
        ModelReaderError: what reads it is not installed.
    """
    for place in PLACES:
        weights, tokenizer = folder / place / WEIGHTS, folder / place / TOKENIZER
        if weights.is_file() and tokenizer.is_file() and (place != "." or not _has_transformer(folder)):
            return _static(folder, weights, tokenizer)
    if (folder / MODULES).is_file():
        return _sentence_transformer(folder)
    raise ModelError(path=folder, reason=say("there is no model.safetensors with a tokenizer.json"))


def digest_of(folder: Path) -> str:
    """Return the SHA-256 of a model: of its files' names and contents, in order."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Return the path and the class of each module that a model of sentence-transformers names."""
    try:
        told = json.loads((folder / MODULES).read_text(encoding="utf-8"))
        found = [(one["path"], one["type"]) for one in told]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(path=folder, reason=say("its modules.json cannot be read")) from error
    if not all(isinstance(path, str) and isinstance(kind, str) for path, kind in found):
        raise ModelError(path=folder, reason=say("its modules.json cannot be read"))
    return found


def _has_transformer(folder: Path) -> bool:
    """Return whether the files at the top are those of a transformer, not of a static model."""
    return any(path == "" and kind.endswith(".Transformer") for path, kind in _modules(folder))


def _static(folder: Path, weights: Path, tokenizer: Path) -> Static:
    for package in ("safetensors", "tokenizers"):
        if not find_spec(package):
            raise ModelReaderError(path=folder, package=package, wanted="vigie[embeddings]")
    from safetensors import SafetensorError  # noqa: PLC0415 (an extra)
    from safetensors.numpy import load_file  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    try:
        tensors = load_file(weights)
    except (SafetensorError, OSError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(path=folder, reason=say("its model.safetensors cannot be read")) from error
    try:
        cutter = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # its Rust raises bare Exception
        raise ModelError(path=folder, reason=say("its tokenizer.json cannot be read")) from error
    cutter.no_padding()
    cutter.no_truncation()
    return _checked(folder, tensors, cutter)


def _checked(folder: Path, tensors: dict[str, NDArray[Any]], cutter: Any) -> Static:
    """Return a model whose every part has a vector."""
    vectors = next((tensors[name] for name in TABLES if name in tensors), None)
    kinds = "i" if vectors is not None and vectors.dtype == np.int8 else "f"  # model2vec may quantise to int8
    if vectors is None or not _is_numbers(vectors, kinds, dimensions=2) or not vectors.size:
        raise ModelError(path=folder, reason=say("it holds no table of vectors, as a static model does"))
    place, weight = tensors.get("mapping"), tensors.get("weights")
    fit = (place is None or _is_numbers(place, "iu")) and (weight is None or _is_numbers(weight, "f"))
    count = max(cutter.get_vocab(with_added_tokens=True).values(), default=-1) + 1
    short = (
        not fit
        or (len(vectors) < count if place is None else len(place) < count)
        or (weight is not None and len(weight) < count)
        or (place is not None and place.size and (place.min() < 0 or place.max() >= len(vectors)))
    )
    if short:
        raise ModelError(path=folder, reason=say("it has no vector for some parts of words"))
    return Static(
        vectors=vectors,
        tokenizer=cutter,
        unknown=_unknown(folder, cutter),
        place=None if place is None else place.astype(np.int64),
        weight=None if weight is None else weight.astype(np.float32),
    )


def _is_numbers(values: NDArray[Any], kinds: str, *, dimensions: int = 1) -> bool:
    """Return whether a tensor has so many dimensions and holds finite numbers of one of NumPy's kinds."""
    return values.ndim == dimensions and values.dtype.kind in kinds and bool(np.isfinite(values).all())


def _unknown(folder: Path, cutter: Any) -> int | None:
    """Return the number of the part that stands for all unknown ones.

    Raises:
        ModelError: the tokenizer names one that it does not have: it would fail at the first unknown word.
    """
    told = json.loads(cutter.to_str())["model"]
    number: int | None = told.get("unk_id")
    if number is None and told.get("unk_token") is not None:
        number = cutter.token_to_id(told["unk_token"])
        if number is None:
            raise ModelError(path=folder, reason=say("its tokenizer.json cannot be read"))
    return number


def _sentence_transformer(folder: Path) -> Embedder:
    if not all(kind.startswith(OWN) for _path, kind in _modules(folder)):
        raise ModelError(path=folder, reason=say("its modules.json names other code"))
    if not find_spec("sentence_transformers"):
        raise ModelReaderError(path=folder, package="sentence-transformers", wanted="sentence-transformers")
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (not ours to bring)

    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},  # a pickle would run what it holds
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelError(path=folder, reason=say("sentence-transformers cannot open it")) from error

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(model.encode(list(texts), show_progress_bar=False), np.float32)

    return vectors
