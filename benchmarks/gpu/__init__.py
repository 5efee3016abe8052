"""A study's kernels on one GPU, checked and timed beside the machine's limit; needs no Prefect."""
