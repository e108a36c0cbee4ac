"""The life of servers as the `openstack` command sees it.

Usage: openstack_test.py        with a quota of 12 servers and lists of at most 10 entries
"""

import os
import subprocess
import tempfile
import time
import unittest
from urllib.parse import parse_qs, urlsplit

import openstackclient.compute.v2.server  # noqa: F401  loaded here, so that no fork has to
import openstackclient.identity.v3.token  # noqa: F401
import openstackclient.image.v2.image  # noqa: F401
import openstackclient.network.v2.network  # noqa: F401
import sandbox_control
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from forked_command import Client
from openstackclient import shell

client = Client("openstack", shell.main)
SERVER = ["server", "create", "--image", "Debian 12", "--flavor", "d2-2", "--network", "Ext-Net"]
DENIED = "The request you have made requires authentication."
AMBIGUOUS = "More than one Image exists with the name 'Debian 11'."
# ssh-keygen made it, its other half is gone.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKuZltBCrGEvzpsD2HSR8AJYqJ+4eRbZb1KqkH18iQR4 nobody@example.com\n"
CLOUD_INIT = "#cloud-config\nhostname: one\n"


def private_key(text):
    """Older releases let Nova make it, which writes PEM; later ones make it themselves and write it as OpenSSH does."""
    load = load_ssh_private_key if "BEGIN OPENSSH PRIVATE KEY" in text else load_pem_private_key
    return load(text.encode(), password=None)


class Case(unittest.TestCase):
    maxDiff = None

    def file(self, text):
        made = tempfile.NamedTemporaryFile("w", suffix=".txt")
        self.addCleanup(made.close)
        made.write(text)
        made.flush()
        return made.name

    def succeeded(self, outcome):
        self.assertEqual(outcome.status, 0, outcome)
        return outcome

    def get(self, *words, **environment):
        return self.succeeded(client.run(*words, "-f", "json", **environment)).json

    def get_either(self, *spellings):
        """What the first spelling gives that this release of the client knows: it ends with 2, before any call, on
        options that it does not know."""
        for words in spellings:
            outcome = client.run(*words, "-f", "json")
            if outcome.status != 2:
                break
        return self.succeeded(outcome).json

    def do(self, *words):
        return self.succeeded(client.run(*words)).out

    def refused(self, status, message, *words, **environment):
        self.is_refusal(status, message, client.run(*words, **environment))

    def is_refusal(self, status, message, outcome):
        """The client shows the service's status and its very words, in a frame that differs between its versions."""
        self.assertEqual(outcome.status, 1, outcome)
        self.assertIn(message, outcome.err, outcome)
        self.assertRegex(outcome.err, rf"\b{status}\b", outcome)

    def not_found(self, kind, *words):
        """What the client says itself when neither a name nor an id fits."""
        outcome = client.run(*words)
        self.assertEqual(outcome.status, 1, outcome)
        self.assertRegex(outcome.err, rf"(?i)\bno {kind}\b.*\b{words[-1]}\b", outcome)

    def names(self, *words):
        return [server["Name"] for server in self.get("server", "list", *words)]


class Login(Case):
    def test_the_program_itself(self):
        ran = subprocess.run(["/usr/bin/openstack", "token", "issue", "-f", "value", "-c", "project_id"],
                             capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stdout.strip()), (0, os.environ["OS_PROJECT_ID"]), ran.stderr)

    def test_a_token_and_the_catalog(self):
        token = self.get("token", "issue")
        self.assertEqual(token["project_id"], os.environ["OS_PROJECT_ID"])
        self.assertRegex(token["id"], "^gAAAAAB.{176}$")
        self.assertRegex(token["expires"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$")
        catalog = self.get("catalog", "list")
        self.assertEqual({entry["Type"]: entry["Name"] for entry in catalog},
                         {"compute": "nova", "identity": "keystone", "image": "glance", "network": "neutron"})
        for entry in catalog:
            interfaces = sorted((endpoint["interface"], endpoint["region"]) for endpoint in entry["Endpoints"])
            self.assertEqual(interfaces, [("admin", "GRA3"), ("internal", "GRA3"), ("public", "GRA3")])
        projects = self.get("project", "list")
        self.assertIn({"ID": os.environ["OS_PROJECT_ID"], "Name": "demo"}, projects)
        self.assertEqual(sorted(project["Name"] for project in projects), ["demo", "other"])
        newest = [entry["Max Microversion"] for entry in self.get("versions", "show", "--service", "compute")]
        self.assertEqual(newest[-1], "2.93")

    def test_a_login_that_is_wrong(self):
        self.refused(401, DENIED, "token", "issue", OS_PASSWORD="wrong")
        self.refused(401, DENIED, "token", "issue", OS_USERNAME="nobody")
        self.refused(401, DENIED, "server", "list", OS_PROJECT_ID="0123", OS_PROJECT_NAME=None)
        elsewhere = client.run("server", "list", OS_REGION_NAME="XYZ9")
        self.assertEqual(elsewhere.status, 1, elsewhere)
        self.assertIn("endpoint for compute service in XYZ9 region not found", elsewhere.err)

    def test_an_application_credential_instead_of_a_password(self):
        made = self.get("application", "credential", "create", "robot")
        self.addCleanup(client.run, "application", "credential", "delete", "robot")
        login = {name: None for name in os.environ if name.startswith("OS_")}
        login.update({name: os.environ[name] for name in ("OS_AUTH_URL", "OS_REGION_NAME")})
        login.update(OS_AUTH_TYPE="v3applicationcredential", OS_APPLICATION_CREDENTIAL_ID=made["id"])
        token = self.get("token", "issue", **login, OS_APPLICATION_CREDENTIAL_SECRET=made["secret"])
        self.assertEqual(token["project_id"], os.environ["OS_PROJECT_ID"])
        self.refused(401, DENIED, "token", "issue", **login, OS_APPLICATION_CREDENTIAL_SECRET="wrong")
        self.assertEqual([entry["Name"] for entry in self.get("application", "credential", "list")], ["robot"])


class WhatIsThere(Case):
    def test_flavors(self):
        flavors = {flavor["Name"]: flavor for flavor in self.get("flavor", "list")}
        self.assertEqual(len(flavors), 10)
        flavor = self.get("flavor", "show", "d2-2")
        self.assertEqual((flavor["id"], flavor["ram"], flavor["disk"], flavor["vcpus"]),
                         (flavors["d2-2"]["ID"], 2000, 25, 1))
        self.not_found("flavor", "flavor", "show", "nope")

    def test_images(self):
        images = self.get("image", "list")
        self.assertEqual([image["Name"] for image in images],
                         ["Debian 11", "Debian 11", "Debian 12", "Ubuntu 24.04", "Windows Server 2022"])
        image = self.get("image", "show", "Debian 12")
        self.assertEqual((image["id"], image["status"], image["visibility"], image["properties"]["os_distro"]),
                         (images[2]["ID"], "active", "public", "debian"))
        twice = client.run("image", "show", "Debian 11")
        self.assertEqual(twice.status, 1, twice)
        self.assertIn(AMBIGUOUS, twice.err)
        self.not_found("image", "image", "show", "nope")

    def test_networks(self):
        network = self.get("network", "show", "Ext-Net")
        self.assertEqual((network["router:external"], network["shared"], network["status"]), (True, True, "ACTIVE"))
        subnets = {subnet["ID"]: subnet["Subnet"] for subnet in self.get("subnet", "list", "--network", "Ext-Net")}
        self.assertEqual(subnets.keys(), set(network["subnets"]))
        self.assertEqual(sorted(subnets.values()), ["198.18.0.0/15", "2001:db8::/56"])
        self.not_found("network", "network", "show", "nope")
        self.refused(403, "rule:create_network is disallowed by policy", "network", "create", "mine")

    def test_key_pairs(self):
        self.get("keypair", "create", "brought", "--public-key", self.file(PUBLIC_KEY))
        self.assertEqual([(pair["Name"], pair["Type"]) for pair in self.get("keypair", "list")], [("brought", "ssh")])
        self.assertEqual(self.do("keypair", "show", "--public-key", "brought").strip(), PUBLIC_KEY.strip())
        private = private_key(self.do("keypair", "create", "made"))
        public = self.do("keypair", "show", "--public-key", "made").split()
        derived = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self.assertEqual(derived.split(), public[:2])
        self.assertIn((public[0], getattr(private, "key_size", None)), [("ssh-rsa", 2048), ("ssh-ed25519", None)])
        self.not_found("keypair", "keypair", "show", "nope")
        self.do("keypair", "delete", "brought", "made")
        self.assertEqual(self.get("keypair", "list"), [])

    def test_security_groups(self):
        self.get("security", "group", "create", "web")
        self.get("security", "group", "rule", "create", "--protocol", "tcp", "--dst-port", "443", "web")
        rules = self.get("security", "group", "rule", "list", "web")
        self.assertEqual(sorted((rule["Direction"], rule["Ethertype"], rule["Port Range"]) for rule in rules),
                         [("egress", "IPv4", ""), ("egress", "IPv6", ""), ("ingress", "IPv4", "443:443")])
        names = [group["Name"] for group in self.get("security", "group", "list")]
        self.assertEqual(sorted(names), ["default", "web"])
        self.assertEqual(len(self.get("security", "group", "show", "web")["rules"]), 3)
        self.not_found("securitygroup", "security", "group", "show", "nope")
        self.do("security", "group", "delete", "web")

    def test_quotas(self):
        # Releases that can ask for one service want block storage too when they are not told to.
        quota = self.get_either(["quota", "show", "--compute"], ["quota", "show"])
        if isinstance(quota, list):  # how the client shows it from release 6.1 on
            quota = {entry["Resource"]: entry["Limit"] for entry in quota}
        self.assertEqual((quota["instances"], quota["cores"], quota["properties"]), (12, -1, 128))


class Servers(Case):
    def tearDown(self):
        left = [server["ID"] for server in self.all_pages()]
        if left:
            self.do("server", "delete", *left)
        deadline = time.monotonic() + 20
        while self.names() != []:
            self.assertLess(time.monotonic(), deadline, "the servers are still there")

    def all_pages(self):
        """Some releases follow the pages when told -1, later ones by themselves, and take no -1."""
        return self.get_either(["server", "list", "--limit", "-1"], ["server", "list"])

    def flavor_name(self, shown):
        """The client shows name and id, or what the server keeps of its flavor if it asks for version 2.47 or later."""
        flavor = shown["flavor"]
        if isinstance(flavor, dict):
            return flavor["original_name"]
        self.assertRegex(flavor, r"^\S+ \([0-9a-f-]{36}\)$")
        return flavor.split()[0]

    def test_a_server_from_its_creation_to_its_end(self):
        start = sandbox_control.last_entry()
        self.get("keypair", "create", "mine", "--public-key", self.file(PUBLIC_KEY))
        self.addCleanup(client.run, "keypair", "delete", "mine")
        group = self.get("security", "group", "create", "for-one")
        made = self.get(*SERVER, "--key-name", "mine", "--user-data", self.file(CLOUD_INIT), "--property", "a=b c",
                        "--property", "purpose=test", "--security-group", "for-one", "--wait", "one")
        self.assertEqual((made["name"], made["status"], made["key_name"]), ("one", "ACTIVE", "mine"))
        self.assertEqual(made["properties"], {"a": "b c", "purpose": "test"})
        self.assertEqual(made["security_groups"], [{"name": "for-one"}])
        self.assertRegex(made["image"], r"^Debian 12 \([0-9a-f-]{36}\)$")
        self.assertEqual(self.flavor_name(made), "d2-2")
        v4, v6 = sorted(made["addresses"]["Ext-Net"], key=lambda address: ":" in address)
        self.assertRegex(v4, r"^198\.18\.\d+\.\d+$")
        self.assertRegex(v6, r"^2001:db8::")

        self.assertEqual(self.names(), ["one"])
        (listed,) = self.get("server", "list", "--long")
        flavor = listed["Flavor Name"] if "Flavor Name" in listed else listed["Flavor"]
        self.assertEqual((listed["ID"], listed["Status"], listed["Image Name"], flavor),
                         (made["id"], "ACTIVE", "Debian 12", "d2-2"))
        self.assertEqual((listed["Networks"], listed["Properties"]), (made["addresses"], made["properties"]))
        (port,) = self.get("port", "list", "--server", "one")
        self.assertEqual({address["ip_address"] for address in port["Fixed IP Addresses"]}, {v4, v6})
        self.assertEqual(self.get("port", "show", port["ID"])["security_group_ids"], [group["id"]])
        self.refused(409, f"Security Group {group['id']} in use.", "security", "group", "delete", "for-one")

        self.do("server", "set", "--property", "a=z", "--property", "more=1", "--name", "uno", "one")
        self.do("server", "unset", "--property", "purpose", "uno")
        shown = self.get("server", "show", made["id"])
        self.assertEqual((shown["name"], shown["properties"]), ("uno", {"a": "z", "more": "1"}))
        self.do("--os-compute-api-version", "2.26", "server", "set", "--tag", "blue", "uno")
        tagged = self.get("--os-compute-api-version", "2.90", "server", "show", "uno")
        self.assertEqual((tagged["tags"], tagged["flavor"]["original_name"]), (["blue"], "d2-2"))

        self.assertIn("LAST LINE", self.do("console", "log", "show", "uno"))
        self.refused(400, "Unavailable console type novnc.", "console", "url", "show", "uno")
        self.do("server", "stop", "uno")
        self.assertEqual(self.names("--status", "SHUTOFF"), ["uno"])
        self.refused(409, f"Cannot 'stop' instance {made['id']} while it is in vm_state stopped", "server", "stop",
                     "uno")
        self.do("server", "start", "uno")
        self.assertEqual(self.names("--status", "SHUTOFF"), [])

        self.do("server", "delete", "--wait", "uno")
        self.not_found("server", "server", "show", "uno")
        self.not_found("server", "server", "delete", made["id"])
        self.do("security", "group", "delete", "for-one")

        entries = [(entry["event"], entry["id"]) for entry in sandbox_control.ledger(start, "server")]
        self.assertEqual((entries[0], entries[-1]), (("created", made["id"]), ("deleted", made["id"])))
        self.assertEqual({server for _, server in entries}, {made["id"]})
        deletions = [status for method, path, status in sandbox_control.calls("nova", start)
                     if method == "DELETE" and path.endswith("/servers/" + made["id"])]
        self.assertEqual(deletions, [204])

    def test_lists_go_by_pages(self):
        start = sandbox_control.last_entry()
        self.do(*SERVER, "--min", "11", "--max", "11", "many")
        newest_first = [f"many-{number}" for number in range(11, 0, -1)]
        self.assertEqual(self.names("--limit", "3"), newest_first[:3])
        third = self.get("server", "show", "many-9")["id"]
        self.assertEqual(self.names("--limit", "3", "--marker", third), newest_first[3:6])
        before = sandbox_control.last_entry()
        everyone = self.all_pages()
        self.assertEqual([server["Name"] for server in everyone], newest_first)
        calls = [urlsplit(path) for _, path, _ in sandbox_control.calls("nova", before)]
        markers = [parse_qs(call.query).get("marker") for call in calls if call.path.endswith("/servers/detail")]
        self.assertEqual(markers[:2], [None, [everyone[9]["ID"]]], "a page of ten, and what comes after it")
        self.assertIn(markers[2:], [[], [[everyone[10]["ID"]]]], "older releases ask until they get nothing")
        self.assertEqual(self.names("--name", "^many-1"), ["many-11", "many-10", "many-1"])
        self.assertEqual(self.names("--name", "nobody"), [])
        self.refused(403, "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
                     "server", "list", "--all-projects")

        # The eleven and one more are what the quota holds.
        self.do(*SERVER, "twelfth")
        self.refused(403, "Quota exceeded for instances: Requested 1, but already used 12 of 12 instances", *SERVER,
                     "thirteenth")
        made = [entry for entry in sandbox_control.ledger(start, "server") if entry["event"] == "created"]
        self.assertEqual(len(made), 12)

    def test_a_server_that_cannot_be_built(self):
        start = sandbox_control.last_entry()
        # Its exit code says nothing: some releases of this client end with 0 here.
        outcome = client.run("server", "create", "--image", "Debian 12", "--flavor", "nofit", "--network", "Ext-Net",
                             "--wait", "big")
        self.assertIn("Error creating server: big", outcome.err, outcome)
        # Looked for by its name it may come from a list, where Nova tells no fault.
        (listed,) = self.get("server", "list")
        server = self.get("server", "show", listed["ID"])
        self.assertEqual((server["status"], server["fault"]["code"], server["fault"]["message"]),
                         ("ERROR", 500, "No valid host was found. "))
        self.assertEqual(server["addresses"], {})
        self.assertEqual(self.names("--status", "ERROR"), ["big"])
        self.assertEqual([entry["event"] for entry in sandbox_control.ledger(start, "server")], ["created"])

    def test_orders_that_are_refused(self):
        start = sandbox_control.last_entry()
        too_long = self.file("x" * 70000)

        def order(name, value):
            words = list(SERVER)
            if name in words:
                words[words.index(name) + 1] = value
            else:
                words += [name, value]
            return client.start(*words, "x")

        unknown = {name: order(name, "nope") for name in ("--image", "--flavor", "--network", "--security-group")}
        twice = order("--image", "Debian 11")
        refused = [
            ("Invalid key_name provided.", order("--key-name", "nope")),
            ("The requested availability zone is not available", order("--availability-zone", "nope")),
            ("Invalid input for field/attribute user_data.", order("--user-data", too_long)),
            ("Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is 26843545600 "
             "bytes, minimum size is 53687091200 bytes.", order("--image", "Windows Server 2022")),
        ]
        for running in unknown.values():
            outcome = running.outcome()
            self.assertEqual(outcome.status, 1, outcome)
            self.assertRegex(outcome.err, r"(?i)\bno (image|flavor|network|securitygroup)\b.*\bnope\b", outcome)
        self.assertIn(AMBIGUOUS, twice.outcome().err)
        for message, running in refused:
            self.is_refusal(400, message, running.outcome())
        self.not_found("server", "server", "show", "nope")
        self.not_found("server", "server", "set", "--property", "a=b", "nope")
        self.not_found("server", "server", "delete", "nope")
        # An id is asked for directly, and Nova says 404.
        nobody = "00000000-0000-4000-8000-000000000000"
        self.not_found("server", "server", "show", nobody)
        self.assertIn(404, [status for _, path, status in sandbox_control.calls("nova", start) if nobody in path])
        self.assertEqual(sandbox_control.ledger(start, "server"), [])


def tearDownModule():
    for kind in ("server", "keypair", "security_group"):
        assert sandbox_control.objects(kind)["alive"] == 0, sandbox_control.get(f"/ledger?kind={kind}")


if __name__ == "__main__":
    unittest.main()
