"""Vigie's core: it computes, on Arrow tables, without a clock, a network or a database.

Read the folders in the order of the data: `collect`, `store`, `detect`, `report`; `exercise` makes practice
data with known truth; `terms` holds what they share; `pipeline` joins them.
"""

__version__ = "0.1.0"
