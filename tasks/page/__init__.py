"""The drawing kit: figures, thumbnails, tables, sections and the page's template; knows nothing of a study."""
