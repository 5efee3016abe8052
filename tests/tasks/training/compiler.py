"""Whether this machine can compile what torch's compiler writes."""

import os
import shutil

import pytest

needs_compiler = pytest.mark.skipif(not shutil.which(os.environ.get("CXX", "g++")), reason="no C++ compiler here")
