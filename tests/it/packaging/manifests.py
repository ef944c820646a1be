"""Validates manifests of Kubernetes and prints them as a JSON list.

    manifests.py SERVICEMONITOR_SCHEMA FILE...

The schemas of Kubernetes come from the wheel kubernetes-validate, in which no unknown key is accepted.
"""

import importlib.util
import json
import pathlib
import sys

import jsonschema
import yaml

PACKAGE = pathlib.Path(importlib.util.find_spec("kubernetes_validate").submodule_search_locations[0])
SCHEMAS = sorted(
    (PACKAGE / "kubernetes-json-schema").glob("*-local-strict"),
    key=lambda folder: [int(part) for part in folder.name.split("-")[0].lstrip("v").split(".")],
)[-1]


# What the schemas call the file of definitions.
DEFINITIONS = "https://kubernetes.io/api/_definitions.json"


def not_here(address):
    raise LookupError(f"{address} is not among the schemas")


def schema_of(manifest, service_monitor):
    """The file of the schema: KIND-GROUP-VERSION.json, without the group for the core's kinds."""
    kind, version = manifest["kind"].lower(), manifest["apiVersion"]
    if version == "monitoring.coreos.com/v1" and kind == "servicemonitor":
        return pathlib.Path(service_monitor)
    group, _, version = version.rpartition("/")
    return SCHEMAS / ("-".join(part for part in (kind, group.split(".")[0], version) if part) + ".json")


def main():
    service_monitor, *files = sys.argv[1:]
    definitions = json.loads((SCHEMAS / "_definitions.json").read_text())
    manifests, faults = [], []
    for file in files:
        for manifest in yaml.safe_load_all(pathlib.Path(file).read_text()):
            path = schema_of(manifest, service_monitor)
            schema = json.loads(path.read_text())
            resolver = jsonschema.RefResolver("", schema, {DEFINITIONS: definitions}, handlers={"https": not_here})
            validator = jsonschema.Draft7Validator(schema, resolver=resolver)
            faults += [f"{file}: {'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(manifest)]
            manifests.append(manifest)
    if faults:
        sys.exit("\n".join(faults))
    json.dump(manifests, sys.stdout)


if __name__ == "__main__":
    main()
