#!/usr/bin/env python3
"""Reads N.yaml as cloud-init does and compares it with N.json, for each N in a directory."""

import json
import pathlib
import sys

import yaml

wrong = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
    wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    try:
        # cloud-init hands bytes to PyYAML.
        found = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        print(f"{path.name}: {str(error)}", file=sys.stderr)
        wrong += 1
        continue
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            print(f"{path.name}: {key}\n  wanted {wanted.get(key)!r}\n  found  {found.get(key)!r}"[:2000], file=sys.stderr)
            wrong += 1
sys.exit(1 if wrong else 0)
