"""YAML as editors read it: the core schema of YAML 1.2, where neither dates nor yes and no have a type of their own."""

import re

import yaml


class CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}


def _resolve(tag, pattern, first):
    CoreLoader.add_implicit_resolver('tag:yaml.org,2002:' + tag, re.compile('^(?:%s)$' % pattern), first)


_resolve('null', '~|null|Null|NULL|', ['~', 'n', 'N', ''])
_resolve('bool', 'true|True|TRUE|false|False|FALSE', list('tTfF'))
_resolve('int', '[-+]?[0-9]+', list('-+0123456789'))
_resolve('float', r'[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?', list('-+.0123456789'))


def _integer(loader, node):
    return int(node.value, 10)


CoreLoader.add_constructor('tag:yaml.org,2002:int', _integer)


def documents(path):
    with open(path, encoding='utf-8') as file:
        return [one for one in yaml.load_all(file, Loader=CoreLoader) if one is not None]
