#!/usr/bin/python3
"""`muster schema` held against a JSON Schema validator that is not ours. Usage: schema_test.py MUSTER [TEST...]"""

import copy
import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

import jsonschema

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from core_yaml import documents

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
muster = None


def printed(*words, **more):
    return subprocess.run([muster, *words], check=True, stdout=subprocess.PIPE, encoding='utf-8', **more).stdout


def leaves(error):
    """The error, or of what could have been meant the mistakes that lie deepest: that alternative was meant."""
    if not error.context:
        return [error]
    found = [leaf for one in error.context for leaf in leaves(one)]
    depth = max(len(one.absolute_path) for one in found)
    return [one for one in found if len(one.absolute_path) == depth]


def places(schema, document):
    """Where the mistakes are: "spec.dns.ttl"; for a key that is too much or lacks, where the mapping is."""
    checker = jsonschema.draft7_format_checker
    errors = jsonschema.Draft7Validator(schema, format_checker=checker).iter_errors(document)
    return sorted({'.'.join(str(step) for step in leaf.absolute_path) for one in errors for leaf in leaves(one)})


# Mistakes of manifests/testdata/broken that a schema can see: the file, which of its documents, and where.
broken = [
    ('bad-name', 0, ['metadata', 'metadata.name']),
    ('bad-name', 1, ['metadata', 'metadata.labels']),
    ('bad-name', 2, ['']),
    ('bad-version', 0, ['apiVersion']),
    ('bounds', 0, ['spec.pin', 'spec.tls', 'spec.ttl']),
    ('fleet-guard-and-defaults', 0,
     ['spec.defaults', 'spec.defaults.Cloud', 'spec.defaults.Party', 'spec.guard.kinds.test.host',
      'spec.guard.kinds.test.host.count', 'spec.guard.percent']),
    ('fleet-no-uid', 0, ['spec']),
    ('fleet-uid', 0, ['spec.uid']),
    ('fleet-zero-uid', 0, ['spec.uid']),
    ('numbers', 0, ['spec.hosts', 'spec.ttl']),
    ('pattern-and-missing', 0, ['spec.hosts.1', 'spec.hosts.2']),
    ('secrets', 3, ['spec.password']),
    ('secrets', 4, ['spec.password']),
    ('secrets', 5, ['spec.hosts', 'spec.password']),
    ('unknown-field', 0, ['spec']),
    ('unknown-kind', 0, ['kind']),
    ('unknown-kind', 1, ['kind']),
    ('unknown-kind', 2, ['']),
    ('unknown-kind', 3, ['']),
    ('unknown-top-level', 0, ['']),
    ('wrong-types', 0,
     ['spec.expires', 'spec.hosts', 'spec.login', 'spec.needs.0', 'spec.needs.1', 'spec.notes', 'spec.open', 'spec.tags',
      'spec.ttl', 'spec.version', 'spec.wait']),
]

# One change to the Workshop example each: the path, what is put there, and where the mistake is then.
workshop_mistakes = [
    ('apiVersion', 'muster/v2', 'apiVersion'),
    ('kind', 'Workshp', 'kind'),
    ('metadata.name', 'My Event', 'metadata.name'),
    ('spec.hosts', 'five', 'spec.hosts'),
    ('spec.hosts', -1, 'spec.hosts'),
    ('spec.hosts', ['anna', 'Bert'], 'spec.hosts.1'),
    ('spec.hosts.count', 20000, 'spec.hosts.count'),
    ('spec.hosts.nmaes', ['anna'], 'spec.hosts'),
    ('spec.dns.ttl', '60', 'spec.dns.ttl'),
    ('spec.dns.zone', 'Example.com.', 'spec.dns.zone'),
    ('spec.addresses', ['ipv5'], 'spec.addresses.0'),
    ('spec.login', 'attendee', 'spec.login'),
    ('spec.login.password', {'environment': 'X'}, 'spec.login.password'),
    ('spec.login.password', {'command': []}, 'spec.login.password.command'),
    ('spec.login.perHostPassword', 'yes', 'spec.login.perHostPassword'),
    ('spec.tls', 'none', 'spec.tls'),
    ('spec.tls.acme.email', 'nobody', 'spec.tls.acme.email'),
    ('spec.readiness.timeLimit', 900, 'spec.readiness.timeLimit'),
    ('spec.readiness.checks', ['ping'], 'spec.readiness.checks.0'),
    ('spec.expires', '2030-06-30', 'spec.expires'),
    ('spec.lifecycle.replace', 'never', 'spec.lifecycle.replace'),
    ('spec.flavour', 's1-2', 'spec'),
]


def changed(document, path, value):
    result = copy.deepcopy(document)
    steps = path.split('.')
    parent = result
    for step in steps[:-1]:
        parent = parent[step]
    parent[steps[-1]] = value
    return result


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads(printed('schema'))
        self.workshop = documents(os.path.join(root, 'resources/workshop/workshop.example.yaml'))[0]

    def test_every_schema_is_a_valid_draft_7_schema(self):
        kinds = self.schema['properties']['kind']['enum']
        self.assertIn('Workshop', kinds)
        self.assertEqual(self.schema['$schema'], 'http://json-schema.org/draft-07/schema#')
        jsonschema.Draft7Validator.check_schema(self.schema)
        for kind in kinds:
            jsonschema.Draft7Validator.check_schema(json.loads(printed('schema', '--json', kind)))

    def test_examples_are_valid(self):
        files = [one for pattern in ('manifests/examples/*/*.yaml', 'resources/*/*.example.yaml', 'manifests/*.example.yaml')
                 for one in glob.glob(os.path.join(root, pattern))]
        self.assertGreaterEqual(len(files), 6)
        for file in files:
            for document in documents(file):
                with self.subTest(file=file, kind=document['kind']):
                    self.assertEqual(places(self.schema, document), [])
                    alone = json.loads(printed('schema', '--json', document['kind']))
                    self.assertEqual(places(alone, document), [])

    def test_every_kind_has_an_example_and_its_values_are_shown(self):
        shown = set()
        for file in glob.glob(os.path.join(root, 'resources/*/*.example.yaml')) + \
                glob.glob(os.path.join(root, 'manifests/*.example.yaml')):
            shown |= {document['kind'] for document in documents(file)}
        self.assertEqual(shown, set(self.schema['properties']['kind']['enum']))
        spec = json.loads(printed('schema', '--json', 'Workshop'))['properties']['spec']['properties']
        self.assertEqual(spec['flavor']['examples'], ['s1-2'])
        self.assertEqual(spec['login']['properties']['password']['examples'], [{'env': 'WORKSHOP_PASSWORD'}])

    def test_every_field_explains_itself(self):
        def look(schema, where):
            for name, one in schema.get('properties', {}).items():
                self.assertTrue(one.get('description'), where + '.' + name + ' has no description')
                look(one, where + '.' + name)
            for one in schema.get('anyOf', []):
                look(one, where)
            if isinstance(schema.get('items'), dict):
                look(schema['items'], where + '[]')
        for kind in self.schema['properties']['kind']['enum']:
            look(json.loads(printed('schema', '--json', kind))['properties']['spec'], kind)

    def test_what_init_writes_is_valid_and_names_its_schema(self):
        with tempfile.TemporaryDirectory() as directory:
            printed('init', cwd=directory)
            with open(os.path.join(directory, 'muster.schema.json'), encoding='utf-8') as file:
                self.assertEqual(json.load(file), self.schema)
            files = glob.glob(os.path.join(directory, '*.yaml'))
            self.assertEqual(len(files), 3)
            for file in files:
                found = documents(file)
                for document in found:
                    self.assertEqual(places(self.schema, document), [])
                with open(file, encoding='utf-8') as text:
                    lines = text.read().split('\n')
                # yaml-language-server wants the line in each document of a file.
                modeline = '# yaml-language-server: $schema=muster.schema.json'
                self.assertEqual(lines[0], modeline)
                self.assertEqual(lines.count(modeline), len(found))
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(file), modeline.split('=')[1])))

    def test_a_field_without_a_value_counts_as_left_out(self):
        for path in ('spec.keyPair', 'spec.hosts.count', 'spec.lifecycle', 'spec.tls', 'spec.login.user', 'metadata.labels'):
            self.assertEqual(places(self.schema, changed(self.workshop, path, None)), [], path)
        self.assertEqual(places(self.schema, changed(self.workshop, 'metadata.name', None)), ['metadata.name'])

    def test_each_mistake_in_a_workshop_is_found_at_its_place(self):
        for path, value, where in workshop_mistakes:
            with self.subTest(path=path, value=value):
                self.assertEqual(places(self.schema, changed(self.workshop, path, value)), [where])

    def test_broken_manifests_are_refused_at_the_place_of_the_mistake(self):
        with open(os.path.join(root, 'manifests/testdata/party.schema.json'), encoding='utf-8') as file:
            schema = json.load(file)
        for name, index, where in broken:
            with self.subTest(name=name, document=index):
                document = documents(os.path.join(root, 'manifests/testdata/broken', name + '.yaml'))[index]
                self.assertEqual(places(schema, document), where)
        for document in documents(os.path.join(root, 'manifests/testdata/fleet.yaml')):
            self.assertEqual(places(schema, document), [])


if __name__ == '__main__':
    muster = os.path.abspath(sys.argv.pop(1))
    unittest.main()
