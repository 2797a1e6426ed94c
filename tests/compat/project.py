"""The project that official clients are let loose on."""

import json

from reconciler.emulator.samples import sample, seed
from reconciler.emulator.service import Call, Emulator, Knobs

QUICK = Knobs(backup_seconds=0.0, restore_seconds=0.0, import_seconds=0.0, collection_seconds=0.0)
_POD = {
    "name": "pod",
    "dimension": 2,
    "spec": {"pod": {"environment": "us-east-1-aws", "pod_type": "p1.x1"}},
}


def new_project() -> Emulator:
    """Make a project whose jobs end at once.

    It has an index `docs` with 200 records in two namespaces, and a pod index `pod`, which the
    newest version of the API cannot make.
    """
    emulator = Emulator(knobs=QUICK)
    seed(emulator, sample(["docs"]))
    body = json.dumps(_POD).encode()
    emulator.handle(Call("POST", "/indexes", headers={"Api-Key": "any"}, body=body))
    return emulator
