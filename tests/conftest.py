"""What all tests share: how long Hypothesis searches, fresh catalogues, and the browser if there is one."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

settings.register_profile("short", deadline=None, max_examples=50, print_blob=True)
settings.register_profile(
    "long", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_configure(config: pytest.Config) -> None:
    """Before any worker starts: catalogues that are not old, one place for all that numba compiles."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba"))
    if not hasattr(config, "workerinput"):
        runpy.run_path(str(ROOT / "tools" / "catalogue_files.py"))["compile_catalogues"](ROOT)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium, or skip where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return pytest.skip("no Chromium on this machine: browser tests did not run")
