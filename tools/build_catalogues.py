"""Compile the message catalogues into the packages whenever Vigie is built or installed."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    """Hatchling calls this before it packs a wheel or makes an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Compile all catalogues; hatchling loads this file alone, so the other is read by its path."""
        root = Path(self.root)
        runpy.run_path(str(root / "tools" / "catalogue_files.py"))["compile_catalogues"](root)
