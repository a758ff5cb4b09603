"""PDQ: a hash of what a picture looks like, 256 bits that change little when the picture does.

The picture's brightness is blurred (a tent of two box filters), brought to 64 x 64, and the 16 x 16 lowest
waves of its cosine transform (without the constant) are compared with their median. Two pictures of which at
most 31 bits differ look alike. Source: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ
image-hashing algorithm", 2019, https://github.com/facebook/ThreatExchange/tree/main/pdq. No kept library has
wheels; ours agrees with the reference bit by bit, but for coefficients that rounding puts on the median.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Luma = NDArray[np.floating]
    Hash = NDArray[np.uint8]

METHOD = "pdq/1"
SIDE, WAVES = 64, 16
SIDE_MIN = 5  # smaller pictures have no hash
PASSES = 2  # box filters: two are a tent
QUALITY_MAX, QUALITY_STEPS = 100, 90
HASH_BYTES = 32
RGB = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as the reference weighs them
TRIM_TOLERANCE = 8  # of 255: a border of one colour, after compression
TRIM_SHARE_MIN = 0.2  # of a side must stay: what is left of a blank picture is no picture


def dct_matrix() -> NDArray[np.float64]:
    """Return the waves 1 to 16 of a cosine transform (type II) of 64 values, one a row."""
    wave, place = np.arange(1, WAVES + 1)[:, None], np.arange(SIDE)[None, :]
    matrix: NDArray[np.float64] = np.sqrt(2 / SIDE) * np.cos(np.pi / 2 / SIDE * wave * (2 * place + 1))
    return matrix


def luma_of(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the brightness, 0 to 255, of a picture in red, green and blue: rows x columns x 3."""
    luma: NDArray[np.float32] = (picture.astype(np.float32) * RGB).sum(axis=2, dtype=np.float32)
    return luma


def pdq(luma: Luma) -> tuple[Hash, int]:
    """Return the hash of a picture's brightness, 32 bytes, and its quality.

    Args:
        luma: rows x columns, 0 to 255.

    Returns:
        The hash, and how much there is in the picture to tell it by, 0 to 100; the reference advises not to
        rely on hashes below 50. A picture that is too small has quality 0 and a hash of zeros.
    """
    if min(luma.shape) < SIDE_MIN:
        return np.zeros(HASH_BYTES, np.uint8), 0
    small = _reduced(luma)
    return _bits(small), _quality(small)


def eight(luma: Luma) -> Iterator[Hash]:
    """Yield the hashes of a picture turned and mirrored in all eight ways, as it is first."""
    if min(luma.shape) < SIDE_MIN:
        return
    small = _reduced(luma)
    for face in (small, small.T):
        for up in (face, face[::-1]):
            yield _bits(up)
            yield _bits(up[:, ::-1])


def trimmed(luma: Luma) -> Luma | None:
    """Return a picture without borders of one brightness; None where it has none, or is nothing else."""
    for line in (luma[0], luma[-1], luma[:, 0], luma[:, -1]):
        if float(np.ptp(line)) > TRIM_TOLERANCE:
            continue
        differs = np.abs(luma - float(np.median(line))) > TRIM_TOLERANCE
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if not len(rows):
            return None
        left = luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        is_enough = all(
            part >= TRIM_SHARE_MIN * whole for part, whole in zip(left.shape, luma.shape, strict=True)
        )
        if left.shape != luma.shape and is_enough and min(left.shape) >= SIDE_MIN:
            return left
    return None


def _reduced(luma: Luma) -> NDArray[np.float64]:
    """Return a picture of 64 x 64, blurred first so that no detail passes for another."""
    if luma.shape == (SIDE, SIDE):
        return luma.astype(np.float64)
    blurred: NDArray[np.float64] = luma.astype(np.float64)
    for _ in range(PASSES):
        blurred = _boxed(_boxed(blurred).T).T
    rows, columns = (((np.arange(SIDE) + 0.5) * length / SIDE).astype(np.int64) for length in luma.shape)
    return blurred[np.ix_(rows, columns)]


def _boxed(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the window around each value along the rows; windows end at the edges."""
    length = luma.shape[1]
    window = (length + 2 * SIDE - 1) // (2 * SIDE)
    ahead = (window + 2) // 2
    place = np.arange(length)
    start, end = np.maximum(place - (window - ahead), 0), np.minimum(place + ahead, length)
    sums = np.concatenate([np.zeros((len(luma), 1)), np.cumsum(luma, axis=1)], axis=1)
    means: NDArray[np.float64] = (sums[:, end] - sums[:, start]) / (end - start)
    return means


def _quality(small: NDArray[np.float64]) -> int:
    """Return how steep a picture is, 0 to 100: a blank one tells nothing."""
    steps = sum(int(np.abs(np.trunc(np.diff(small, axis=axis) * 100 / 255)).sum()) for axis in (0, 1))
    return min(QUALITY_MAX, steps // QUALITY_STEPS)


def _bits(small: NDArray[np.float64]) -> Hash:
    matrix = dct_matrix()
    waves = (matrix @ small @ matrix.T).ravel()
    median = np.partition(waves, len(waves) // 2 - 1)[len(waves) // 2 - 1]  # the lower of the two
    return np.packbits((waves > median)[::-1])  # as it is written: the last wave first
