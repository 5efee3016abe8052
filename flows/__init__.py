"""What runs: one module per flow, the study's configuration, the command line."""
