"""`python -m uptime`: the commands."""

import os

from uptime.cli import main

COMPLETING = "_UPSPEAK_COMPLETE"
"""What a shell sets that asks how a command goes on; there the program must have a name of one word."""

main(prog_name="upspeak" if COMPLETING in os.environ else "python -m uptime", complete_var=COMPLETING)
