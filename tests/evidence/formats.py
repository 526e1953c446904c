"""The forms of evidence, as others read them: JSON by its published schema, TAP by prove, OSCAL by NIST's models. The
evidence is of sample.py and golden/; handed_out.py has that of a database."""

import copy
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import sample
from verifier import KEY, verifier

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "docs/evidence.schema.json"
NULLABLE = {"scope_column", "using", "check", "sqlstate", "role", "note"}


def run(tap):
    golden = {name: json.loads((HERE / f"golden/{name}.json").read_text()) for name in ("pass", "fail")}
    documents = {**golden, "large": sample.large()}
    with tempfile.TemporaryDirectory(prefix="evidence-") as directory:
        directory = pathlib.Path(directory)
        files = {}
        for name, document in documents.items():
            files[name] = directory / f"{name}.json"
            files[name].write_text(sample.canonical(document))
        schema(tap, documents)
        broken_documents(tap, golden["fail"], directory)
        signatures(tap, golden, files, directory)
        perl(tap, documents, files, directory)
        oscal(tap, documents, files)


def signatures(tap, golden, files, directory):
    """That a run passed is exit status 0, that it failed 3, that nobody vouches for it 1."""
    status = lambda *arguments: verifier("evidence", *arguments).returncode
    tap.check([status("--key", KEY, files[name]) for name in ("pass", "fail", "large")] == [0, 3, 1],
              "tenancy-verify says verdict and signature by its exit status")
    changed = directory / "changed.json"
    document = copy.deepcopy(golden["fail"])
    document["report"]["verdict"] = "pass"
    document["report"]["findings"] = []
    changed.write_text(sample.canonical(document))
    tap.check(status("--key", KEY, changed) == 1, "a failure that was made a pass does not verify")


def published():
    from jsonschema import Draft202012Validator, FormatChecker

    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return schema, Draft202012Validator(schema, format_checker=FormatChecker())


def schema(tap, documents):
    described, validator = published()
    for name, document in documents.items():
        problems = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(document)]
        tap.check(not problems, f"schema: {name} validates", *problems[:5])
    objects = [part for _, part in parts(described) if "properties" in part]
    bare = [member for part in objects for member, value in part["properties"].items() if not description(described, value)]
    closed = [part.get("additionalProperties") is False for part in objects]
    tap.check(not bare and closed and all(closed), "schema: every object is closed, every member described", *bare)


def broken_documents(tap, document, directory):
    """What the schema refuses, the verifier refuses."""
    _, validator = published()
    file = directory / "broken.json"
    accepted, read = [], []
    count = 0
    for what, broken in mutants(document):
        count += 1
        if validator.is_valid(broken):
            accepted.append(what)
        # In canonical form, so that it is refused for what it says.
        file.write_text(sample.canonical(broken))
        if "not evidence of pg_tenancy" not in verifier("evidence", "--unsigned", "--tap", file).stderr:
            read.append(what)
    # A member that may be null is null where it is left out: only the canonical form tells.
    read = [what for what in read if not (what[0] == "without" and what[1] in NULLABLE)]
    tap.check(count > 150 and not accepted, f"schema: {count} broken documents are refused", *accepted[:20])
    tap.check(not read, "schema: the verifier refuses the same", *read[:20])


def parts(value, where=""):
    if isinstance(value, dict):
        yield where, value
        for name, member in value.items():
            yield from parts(member, f"{where}/{name}")


def description(published, described):
    if "$ref" in described:
        described = published["$defs"][described["$ref"].removeprefix("#/$defs/")]
    return described.get("description")


def mutants(document):
    """The document with one member less, one more, or one of another type: once for each path, whatever its index."""
    seen = set()

    def at(path):
        changed = copy.deepcopy(document)
        part = changed
        for step in path:
            part = part[step]
        return changed, part

    def walk(value, path):
        shape = tuple(step for step in path if isinstance(step, str))
        if isinstance(value, dict):
            if shape not in seen:
                changed, part = at(path)
                part["surplus"] = 1
                yield ("surplus", *shape), changed
            for name in value:
                if name != "listed" and (*shape, name) not in seen:
                    changed, part = at(path)
                    del part[name]
                    yield ("without", name, *shape), changed
                    for other in (True, 1, "text", [1], {"a": 1}):
                        if type(other) is not type(value[name]) and not fits(name, other):
                            changed, part = at(path)
                            part[name] = other
                            yield ("type", name, type(other).__name__), changed
            seen.add(shape)
            for name, member in value.items():
                yield from walk(member, (*path, name))
                seen.add((*shape, name))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from walk(item, (*path, index))

    return walk(document, ())


def fits(name, other):
    """Whether a member may be of that type too."""
    return isinstance(other, str) and name in NULLABLE


def perl(tap, documents, files, directory):
    prove = shutil.which("prove")
    if not prove:
        return tap.check(False, "prove is there")
    for name, document in documents.items():
        file = directory / f"{name}.tap"
        file.write_text(verifier("evidence", "--unsigned", "--tap", files[name]).stdout)
        ended = subprocess.run([prove, file], capture_output=True, text=True)
        passed = document["report"]["verdict"] == "pass"
        told = "Result: PASS" if passed else "Result: FAIL"
        tap.check((ended.returncode == 0) == passed and told in ended.stdout and "Parse errors" not in ended.stdout,
                  f"TAP: prove reads {name} and says its verdict", ended.stdout, ended.stderr)


def oscal(tap, documents, files):
    from trestle.oscal.assessment_results import Model

    for name, document in documents.items():
        text = verifier("evidence", "--unsigned", "--oscal", files[name]).stdout
        results = json.loads(text)
        try:
            Model.model_validate(results)
            problem = ""
        except ValueError as error:
            problem = str(error)[:2000]
        tap.check(not problem, f"OSCAL: {name} is of NIST's model of assessment results", problem)
        result = results["assessment-results"]["results"][0]
        report = document["report"]
        uuids = re.findall(r'"uuid": "([^"]+)"', text)
        referred = set(re.findall(r'"(?:observation|actor|subject|component|party)-uuid": "([^"]+)"', text))
        href = results["assessment-results"]["import-ap"]["href"].removeprefix("#")
        tap.check(len(uuids) == len(set(uuids)) and referred | {href} <= set(uuids),
                  f"OSCAL: {name} has each uuid once, and what is referred to")
        tap.check(len(result["observations"]) == len(report["checks"]) + len(report["probes"]) + len(report["comparisons"]),
                  f"OSCAL: {name} has an observation for each check, probe and comparison")
        states = {finding["target"]["target-id"]: finding["target"]["status"]["state"] for finding in result["findings"][:2]}
        telling = {"noninterference", "not_probed", "probe_key", "unique_key_without_tenant"}
        told_of_another = (any(not comparison["alike"] for comparison in report["comparisons"])
                           or any(found["check_id"] in telling for found in report["findings"]))
        expected = {"ac-3_obj": "satisfied" if report["verdict"] == "pass" else "not-satisfied",
                    "sc-4_obj": "not-satisfied" if told_of_another else "satisfied"}
        wrong = [found for found in report["findings"] if found["severity"] != "low"]
        remarks = "\n".join(finding.get("remarks", "") for finding in result["findings"])
        told = [found["remediation"].replace("\u2066", "⟨U+2066⟩") in remarks for found in wrong]
        tap.check(states == expected and len(result["findings"]) == 2 + len(wrong) and all(told),
                  f"OSCAL: {name} has the objectives' states and a finding for each thing that is wrong", states)
        again = verifier("evidence", "--unsigned", "--oscal", files[name]).stdout
        tap.check(again == text, f"OSCAL: {name} is the same each time")
