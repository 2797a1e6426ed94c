"""Print what the `deny` rules of a folder say of a plan; exit 1 if they say anything."""

import json
import sys
from pathlib import Path

from regopy import Interpreter

folder, data, plan = (Path(argument) for argument in sys.argv[1:])
rego = Interpreter()
for module in sorted(folder.glob("*.rego")):
    rego.add_module(module.stem, module.read_text(encoding="utf-8"))
rego.add_data(json.loads(data.read_text(encoding="utf-8")))
rego.set_input(json.loads(plan.read_text(encoding="utf-8")))
(denied,) = json.loads(str(rego.query("data.main.deny")))["expressions"]
for message in denied:
    sys.stdout.write(f"FAIL - {plan.name} - main - {message}\n")
sys.exit(1 if denied else 0)
