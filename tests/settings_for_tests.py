"""Django's settings for tests: a home of its own in a temporary folder, made before anything reads it."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="vigie-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["VIGIE_HOME"] = str(_folder)

from vigie_node.making import make_home  # noqa: E402 (the home comes first)

make_home(
    _folder, name="Nœud d’essai", address="http://localhost:8000", exercise=True, second_factor="required"
)

from vigie_node.settings import *  # noqa: E402, F403

# A file, not memory: several connections and processes then meet as they do in a node.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.db")}  # noqa: F405
