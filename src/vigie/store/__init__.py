"""Keep results as files, whole or not at all; keep observations without names, and the names in a vault."""

from vigie.store.folders import OutputError, OutputNotOursError, whole_folder
from vigie.store.tables import digest, write_batches, write_table

__all__ = ["OutputError", "OutputNotOursError", "digest", "whole_folder", "write_batches", "write_table"]
