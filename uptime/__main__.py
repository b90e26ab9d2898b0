"""`python -m uptime`: the commands."""

from uptime.cli import main

main(prog_name="python -m uptime")
