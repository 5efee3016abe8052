"""Ingest: from a folder or archive of photographs to one array of equal small images."""
