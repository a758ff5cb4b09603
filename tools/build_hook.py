"""What is made whenever Vigie is built or installed: catalogues, and the scripts and styles of pages."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class VigieHook(BuildHookInterface[Any]):
    """Hatchling calls this before it packs a wheel or a source archive, or makes an editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Make what the repository does not keep; hatchling loads this file alone, others by path."""
        tools = Path(self.root) / "tools"
        runpy.run_path(str(tools / "catalogue_files.py"))["compile_catalogues"](Path(self.root))
        runpy.run_path(str(tools / "console_files.py"))["build_console"](Path(self.root))
