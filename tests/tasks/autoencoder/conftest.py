from tests.tasks.training.conftest import blobs, one_thread

__all__ = ["blobs", "one_thread"]
