"""Reading the files that people have: formats, encodings and columns are found out and shown."""

from voxpop.tables.cells import cell_text
from voxpop.tables.opening import open_table
from voxpop.tables.options import DateOrder, ReadingOptions, Role
from voxpop.tables.roles import ChosenColumn, choose_columns
from voxpop.tables.table import Table, TableBatch

__all__ = [
    "ChosenColumn",
    "DateOrder",
    "ReadingOptions",
    "Role",
    "Table",
    "TableBatch",
    "cell_text",
    "choose_columns",
    "open_table",
]
