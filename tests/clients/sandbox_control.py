"""What the sandbox itself says happened: its ledger, read over the control address."""

import json
import os
import urllib.request

CONTROL = os.environ["MUSTER_SANDBOX"]


def get(path):
    # The variables of a proxy are for the client under test, not for this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(CONTROL + path, timeout=10) as answer:
        return answer.read().decode()


def last_entry():
    """The number of the newest entry, to ask what came after it."""
    return json.loads(get("/summary"))["seq"]


def ledger(since=0, kind=""):
    """Entries after `since`, oldest first."""
    return [json.loads(line) for line in get(f"/ledger?since={since}&kind={kind}").splitlines()]


def calls(service, since=0):
    """[(method, path, status)] of one service."""
    return [
        (entry["method"], entry["path"], entry["details"]["status"])
        for entry in ledger(since, service)
        if entry["event"] == "called"
    ]


def objects(kind):
    """{"created", "deleted", "alive"} of one kind, whoever made them."""
    return json.loads(get("/summary"))["objects"].get(kind, {"created": 0, "deleted": 0, "alive": 0})
