"""One file a family of autoencoders; whatever lies here takes part, under its file's name."""
