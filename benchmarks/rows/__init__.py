"""One file a row of the table; whatever lies here with a ``ROW`` takes part."""
