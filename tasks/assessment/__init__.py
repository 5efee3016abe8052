"""What a sampler is worth: decoded images against real ones, in numbers."""
