"""Rows that come in blocks of seven, as those of an array too large for memory come in larger ones."""

from storage.rows import StoredRows


class InBlocks(StoredRows):
    resident = False

    def blocks(self):
        return ((first, self.all()[first : first + 7]) for first in range(0, len(self), 7))

    def take(self, rows):
        return self.all()[rows]

    def at(self, rows):
        return InBlocks(self.all(), rows)
