"""A spreadsheet file (XLSX) with one sheet, written by XlsxWriter a row at a time: no more memory for many rows than for few.

Every text stands in its cell as a text, so that nothing is taken for a formula, a number or a link.
"""

import tempfile

from .later import Later

xlsxwriter = Later("xlsxwriter")

# What the format holds in one cell.
MOST_IN_A_CELL = 32_767
BYTES_A_PIECE = 64 * 1024


def pieces(columns, rows):
    """Yield the file, with the headings bold and in place when one scrolls; a cell that is None or empty is left out."""
    with tempfile.TemporaryFile() as file:
        # Rows go to disk as they come.
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        write(sheet, 0, columns, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            write(sheet, number, row)
        book.close()
        file.seek(0)
        while piece := file.read(BYTES_A_PIECE):
            yield piece


def write(sheet, number, row, *style):
    for column, value in enumerate(row):
        if isinstance(value, int | float):
            sheet.write_number(number, column, value, *style)
        elif value:
            sheet.write_string(number, column, value[:MOST_IN_A_CELL], *style)
