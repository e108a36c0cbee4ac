"""The life of DNS records as lexicon sees it, Debian's client for many DNS services.

lexicon takes the name of a platform, never an address: it believes that it talks to eu.api.ovh.com through a proxy.
Usage: with_tls.py lexicon_test.py       with a refresh that answers 200, as lexicon needs
"""

import os
import sys
import tempfile
import unittest

import sandbox_control
from forked_command import Client

try:
    import lexicon.providers.ovh  # noqa: F401  loaded here, so that no fork has to
    from lexicon import cli
except ImportError as missing:
    print(f"skipped: {missing}; Debian 12 has the package lexicon, Debian 13 has none")
    sys.exit(77)

# Where the list of public suffixes is kept; lexicon's own place is the home directory.
suffixes = tempfile.TemporaryDirectory()
unittest.addModuleCleanup(suffixes.cleanup)
LOGIN = {
    "TLDEXTRACT_CACHE_PATH": suffixes.name,
    "LEXICON_OVH_AUTH_ENTRYPOINT": "ovh-eu",
    "LEXICON_OVH_AUTH_APPLICATION_KEY": os.environ["OVH_APPLICATION_KEY"],
    "LEXICON_OVH_AUTH_APPLICATION_SECRET": os.environ["OVH_APPLICATION_SECRET"],
    "LEXICON_OVH_AUTH_CONSUMER_KEY": os.environ["OVH_CONSUMER_KEY"],
}
client = Client("lexicon", cli.main)


class Records(unittest.TestCase):
    maxDiff = None

    def lexicon(self, verb, *words, zone="example.com", **login):
        return client.run("ovh", "--output", "JSON", verb, zone, *words, **{**LOGIN, **login})

    def done(self, verb, *words):
        outcome = self.lexicon(verb, *words)
        self.assertEqual((outcome.status, outcome.json), (0, True), outcome)

    def listed(self, *words):
        outcome = self.lexicon("list", *words)
        self.assertEqual(outcome.status, 0, outcome)
        return [(record["name"], record["type"], record["content"], record["ttl"]) for record in outcome.json]

    def refused(self, message, verb, *words, **given):
        outcome = self.lexicon(verb, *words, **given)
        self.assertEqual((outcome.status, outcome.out), (1, ""), outcome)
        self.assertIn(message, outcome.err.splitlines())

    def test_records_live_and_end(self):
        start = sandbox_control.last_entry()
        web = ("A", "--name", "web")
        self.done("create", *web, "--content", "203.0.113.7", "--ttl", "300")
        self.done("create", *web, "--content", "203.0.113.7", "--ttl", "300")  # lexicon sees that it is there
        self.done("create", "TXT", "--name", "_acme-challenge", "--content", "proof", "--ttl", "60")
        self.assertEqual(self.listed("A"), [("web.example.com", "A", "203.0.113.7", 300)])
        self.assertEqual(self.listed("TXT", "--name", "_acme-challenge"),
                         [("_acme-challenge.example.com", "TXT", '"proof"', 60)])
        self.done("update", *web, "--content", "203.0.113.8")
        self.assertEqual(self.listed(*web), [("web.example.com", "A", "203.0.113.8", 300)])
        self.done("delete", *web)
        self.assertEqual(self.listed(*web), [])
        self.done("delete", "TXT", "--name", "_acme-challenge")

        entries = sandbox_control.ledger(start, "record")
        self.assertEqual(
            [(entry["event"], entry["name"]) for entry in entries],
            [
                ("created", "A web.example.com"),
                ("created", "TXT _acme-challenge.example.com"),
                ("changed", "A web.example.com"),
                ("deleted", "A web.example.com"),
                ("deleted", "TXT _acme-challenge.example.com"),
            ],
        )
        self.assertEqual(sandbox_control.objects("record"), {"created": 2, "deleted": 2, "alive": 0})
        self.assertEqual(sandbox_control.objects("foreign-record")["deleted"], 0)
        refreshes = [path for method, path, _ in sandbox_control.calls("ovh", start) if path.endswith("/refresh")]
        self.assertEqual(len(refreshes), 5, "one after each of two creations, an update and two deletions")

    def test_refusals(self):
        api = "https://eu.api.ovh.com/1.0/domain/zone/"
        self.refused("AuthenticationError: Domain example.org not found", "list", "A", zone="example.org")
        self.refused(f"HTTPError: 403 Client Error: Forbidden for url: {api}", "list", "A",
                     LEXICON_OVH_AUTH_CONSUMER_KEY="wrong")
        self.refused(f"HTTPError: 403 Client Error: Forbidden for url: {api}", "list", "A",
                     LEXICON_OVH_AUTH_APPLICATION_KEY="wrong")
        self.refused(f"HTTPError: 400 Client Error: Bad Request for url: {api}", "list", "A",
                     LEXICON_OVH_AUTH_APPLICATION_SECRET="wrong")
        self.refused(f"HTTPError: 400 Client Error: Bad Request for url: {api}example.com/record",
                     "create", "A", "--name", "bad", "--content", "no address")
        self.refused(f"HTTPError: 404 Client Error: Not Found for url: {api}example.com/record/7",
                     "update", "A", "--name", "web", "--content", "203.0.113.9", "--identifier", "7")


if __name__ == "__main__":
    unittest.main()
