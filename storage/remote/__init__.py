"""Stores in object stores: S3, Google's and Azure's, by obstore."""
