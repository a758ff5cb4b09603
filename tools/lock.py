"""Write requirements.lock: every package with its exact version and hashes, and no address to fetch it from.

The lock is made from the ranges in pyproject.toml (what Vigie needs, what its tests need, what builds it).
Folders of local files that pip may be configured to read are left out, so that the hashes are those of the
published files, for all platforms.

    python tools/lock.py PATH-OF-PIP-COMPILE [--upgrade]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
HEADER = "# Written by `make lock` from the ranges in pyproject.toml. `make setup` installs exactly this.\n"
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--no-header",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--strip-extras",
    "--allow-unsafe",
)
LOCAL = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL")  # settings that would add hashes of local files


def wanted() -> list[str]:
    """Return the ranges of everything that `make setup` installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return sorted(
        {
            *project["project"]["dependencies"],
            *project["dependency-groups"]["dev"],
            *project["build-system"]["requires"],
        }
    )


def main(pip_compile: str, *options: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in LOCAL}
    subprocess.run(  # noqa: S603 (the command is our own)
        [pip_compile, *OPTIONS, *options, "--output-file", str(LOCK), "-"],
        input="\n".join(wanted()),
        env={**environment, "PIP_CONFIG_FILE": os.devnull},
        cwd=ROOT,
        text=True,
        check=True,
    )
    locked = LOCK.read_text(encoding="utf-8").removeprefix(HEADER)
    LOCK.write_text(HEADER + locked.replace("-r -", "pyproject.toml"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
