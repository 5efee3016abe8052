"""What each stage does: one package per stage."""
