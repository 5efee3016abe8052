"""What every stage is made of: configuration, errors, registry, step; task, faults and server meet Prefect."""
