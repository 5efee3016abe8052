"""Units of work on Dask's workers: threads or processes of this machine, or a cluster's by its scheduler's address."""
