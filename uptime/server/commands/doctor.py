"""`doctor`: is everything in order here?"""

import click

from uptime.server.command_line import AS_JSON, QUIET, begin, command, main, print_json


@command(main, "doctor")
@AS_JSON
@QUIET
def doctor(as_json: bool, quiet: bool) -> int:
    """Look whether everything is in order here. Exit code 1 where something is wrong."""
    from uptime.server.doctor import examine

    findings = []
    for finding in examine(begin("doctor")):
        findings.append(finding)
        if not as_json and not (quiet and finding.mark == "ok"):
            click.echo(f"{finding.mark:<8} {finding.what}: {finding.sentence}")
    wrong = any(finding.broken for finding in findings)
    if as_json:
        told = [{"what": one.what, "mark": one.mark, "sentence": one.sentence} for one in findings]
        print_json({"ok": not wrong, "findings": told})
    return int(wrong)
