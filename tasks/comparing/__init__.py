"""The comparison: one page on what several studies have in common and what belongs to each."""
