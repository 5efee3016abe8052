"""The drawing kit: figures, thumbnails, tables, sections and the page's template; independent of studies."""
