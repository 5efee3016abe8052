"""A study's outcome for use elsewhere: decoder, encoder and the best way of drawing, without this project."""
