"""Check this machine: one line for each thing that Mudra needs, with what to do about it.

ok is fine, warn is missing but not needed for everything, fail keeps Mudra from working. The exit code is 1
where anything fails.

examples:
  mudra doctor
  mudra doctor --json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--json", action="store_true", help="print a JSON list of name, state, text and remedy")


def run(arguments: argparse.Namespace) -> int:
    """Check everything; return 1 where something fails."""
    from app.checks import all_findings

    findings = []
    for finding in all_findings():
        findings.append(finding)
        if not arguments.json:
            remedy = f" -> {finding.remedy}" if finding.remedy else ""
            print(f"{finding.state:4}  {finding.name:15}  {finding.text}{remedy}", flush=True)
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1, ensure_ascii=False))
    return 1 if any(finding.state == "fail" for finding in findings) else 0
