"""Build the pages' scripts, styles and fonts with Vite, unless what is there was built from the same sources.

    python tools/console_files.py

A source archive and a wheel hold what was built: whoever installs them needs no Node.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

BUILT = Path("src/vigie_node/web/static/web/build")
STAMP = "built-from.sha256"
SOURCES = ("package.json", "package-lock.json", "web")


def build_console(root: Path) -> bool:
    """Build what the pages load, and tell whether there was anything to do.

    Raises:
        RuntimeError: it must be built and Node is not here, or the build failed.
    """
    built, wanted = root / BUILT, digest(root)
    stamp = built / STAMP
    if not (root / "web").is_dir() or (stamp.exists() and stamp.read_text(encoding="ascii") == wanted):
        return False
    npm = shutil.which("npm")
    if npm is None:
        message = "Node 20 or later is needed to build the pages (npm was not found)"
        raise RuntimeError(message)
    for command in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "--silent", "build"]):
        done = subprocess.run([npm, *command], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
        if done.returncode:
            message = f"npm {command[0]} failed:\n{done.stdout}{done.stderr}"
            raise RuntimeError(message)
    stamp.write_text(wanted, encoding="ascii")
    return True


def digest(root: Path) -> str:
    """Return a hash of everything the pages are built from."""
    found = [path for name in SOURCES for path in (root / name, *(root / name).rglob("*"))]
    files = sorted(path for path in found if path.is_file())
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


if __name__ == "__main__":
    build_console(Path(__file__).parent.parent)
