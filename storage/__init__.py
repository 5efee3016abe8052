"""Where results live: artifact folders, keys, records, Zarr layouts."""
