"""The machine: devices, memory, epochs and checkpoints, compiled loops, progress, child processes, Dask."""
