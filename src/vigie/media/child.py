"""The process that decodes one picture: `python -I -m vigie.media.child PATH TYPE`, trust list on its input.

It writes one JSON object and ends. Its limits come first, the decoders after. What a decoder refuses is an
answer ("damaged"); what kills it, its parent says.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

CPU_S = 20
MEMORY_BYTES = 2 << 30  # of address space: a picture of PIXELS_MAX in colour fits twice over
ANSWER_BYTES = 1 << 16
PIXELS_MAX = 64_000_000
SIDE_MAX = 2048  # larger pictures are made smaller first, by whole factors
NOTHING: dict[str, Any] = {"pdq": "", "pdq_quality": None, "looks": [], "width": 0, "height": 0}


def limit() -> None:
    """Take away from this process what a decoder does not need."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_BYTES, ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def look_of(path: Path, mime: str) -> dict[str, Any]:
    """Return a picture's hashes, or why it has none."""
    import numpy as np  # noqa: PLC0415 (after the limits)
    from PIL import Image  # noqa: PLC0415

    from vigie.media.medium import DECODED  # noqa: PLC0415
    from vigie.media.pdq import eight, luma_of, pdq, trimmed  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=[DECODED[mime]]) as image:
                size = {"width": image.width, "height": image.height}
                if image.width * image.height > PIXELS_MAX:
                    return {**NOTHING, **size, "problem": "oversized"}
                picture = image.convert("RGB").reduce(math.ceil(max(image.size) / SIDE_MAX))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return {**NOTHING, "problem": "oversized"}
    except MemoryError:
        return {**NOTHING, "problem": "exhausted"}
    except Exception:  # noqa: BLE001 (a decoder's errors are of any kind; this process has no other work)
        return {**NOTHING, "problem": "damaged"}
    luma = luma_of(np.asarray(picture))
    hash_, quality = pdq(luma)
    looks = [look.tobytes().hex() for one in (luma, trimmed(luma)) if one is not None for look in eight(one)]
    if not looks:  # smaller than PDQ knows
        return {**NOTHING, **size, "problem": ""}
    known = {"pdq": hash_.tobytes().hex(), "pdq_quality": quality, "looks": list(dict.fromkeys(looks))}
    return {**size, **known, "problem": ""}


def main(arguments: list[str]) -> int:
    """Answer about one file."""
    limit()
    path, mime = Path(arguments[0]), arguments[1]
    from vigie.media.credentials import credentials_of  # noqa: PLC0415 (after the limits)

    answer = look_of(path, mime) | {"c2pa": credentials_of(path, mime, sys.stdin.read())}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
