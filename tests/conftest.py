"""What all tests share: how long Hypothesis searches, fresh catalogues, and the browser if there is one."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent

settings.register_profile("short", deadline=None, max_examples=50, print_blob=True)
settings.register_profile(
    "long", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_configure(config: pytest.Config) -> None:
    """Before any worker starts: catalogues that are not old, one place for all that numba compiles."""
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as under `nohup … &`: programs that we start inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba"))
    if not hasattr(config, "workerinput"):
        runpy.run_path(str(ROOT / "tools" / "catalogue_files.py"))["compile_catalogues"](ROOT)


@pytest.fixture(scope="module")
def drawn_once() -> Iterator[None]:
    """Draw each chart once for a module: Vega takes a tenth of a second for each, and tests draw the same."""
    import vl_convert

    plain = vl_convert.vegalite_to_svg
    again = cache(lambda spec, options: plain(json.loads(spec), **json.loads(options)))

    def drawn(spec: dict[str, Any], **options: Any) -> str:
        return again(json.dumps(spec), json.dumps(options))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", drawn)
        drawn.plain = plain
        yield


@pytest.fixture
def drawn_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw each chart each time, in a module that else draws it once."""
    import vl_convert

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", vl_convert.vegalite_to_svg.plain)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium, or skip where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    return pytest.skip("no Chromium on this machine: browser tests did not run")
