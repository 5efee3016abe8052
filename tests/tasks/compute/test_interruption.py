import os
import signal
import subprocess
import sys

import pytest

from tasks.compute.interruption import children_without_ctrl_c

INTERRUPTED = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"


def test_a_child_does_not_receive_it():
    with children_without_ctrl_c():
        child = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert child.communicate()[0] == "still here\n"


def test_this_process_does_receive_it():
    with pytest.raises(KeyboardInterrupt), children_without_ctrl_c():
        os.kill(os.getpid(), signal.SIGINT)
