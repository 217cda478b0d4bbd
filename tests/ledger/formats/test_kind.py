"""Kinds: a definition comes from a bundle, so nothing in it is trusted to be closed, local, finite or cheap."""

import hashlib
from copy import deepcopy

import pytest
import rfc8785

from ledger.formats import kind as kinds
from ledger.formats.errors import FormatError
from tests.support.kinds import BASE, transcript_definition, transcript_subject

TERMS = ("transcript", "courses")


def put(value, path, new):
    """``value`` with the member at ``path`` replaced, or taken out where ``new`` is ...; a deep copy."""
    value = deepcopy(value)
    target = value
    for step in path[:-1]:
        target = target[step]
    if new is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = new
    return value


def refuse(definition, words=""):
    with pytest.raises(FormatError, match=f"kind.malformed.*{words}") as error:
        kinds.parse(definition)
    assert error.value.code == "kind.malformed"


def with_subschema(subschema, **definitions):
    """The definition whose ``mark`` has this subschema, with further ``$defs``."""
    definition = put(transcript_definition(), ("schema", "$defs", "course", "properties", "mark"), subschema)
    definition["schema"]["$defs"].update(definitions)
    return definition


def test_a_definition_gives_its_values_and_hash():
    definition = transcript_definition()
    kind = kinds.parse(definition)
    assert (kind.name, kind.number, kind.version, kind.type) == ("transcript", 3, 0, "TranscriptCredential")
    assert kind.context_url == f"{BASE}/contexts/transcript/v0"
    assert kind.terms["mark"]["zh"] == "成绩"
    assert kind.hash == hashlib.sha256(rfc8785.dumps(definition)).digest()
    kind.validate(transcript_subject())


@pytest.mark.parametrize("member", sorted(kinds.MEMBERS))
def test_a_member_is_missing(member):
    refuse(put(transcript_definition(), (member,), ...), "exactly the members")


@pytest.mark.parametrize("definition", [None, [], "kind", 1, {}, {**transcript_definition(), "import": {}}])
def test_no_definition_at_all(definition):
    refuse(definition)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), "Transcript"),
        (("name",), "transcript\n"),
        (("name",), 7),
        (("number",), 63),
        (("number",), -1),
        (("number",), True),
        (("number",), 3.5),
        (("version",), 65536),
        (("version",), "0"),
        (("type",), "VerifiableCredential"),
        (("type",), "OtherCredential"),
        (("type",), "transcript"),
        (("content",), "name "),
        (("content",), "courses"),
        (("content",), "id"),
        (("labels",), {"en": "Transcript"}),
        (("labels",), {"en": "Transcript", "zh": ""}),
        (("labels",), {"en": "Transcript", "zh": "成绩单", "!": "x"}),
        (("labels",), {"en": "Transcript", "zh": ["成绩单"]}),
        (("labels",), {"en": "Transcript", "zh": "成" * 201}),
        (("terms",), []),
        (("terms", "mark"), ...),
        (("terms", "mark"), {"en": "mark"}),
        (("terms", "a mark"), {"en": "mark", "zh": "成绩"}),
        (("context",), f"{BASE}/contexts/transcript/v0"),
        (("context", "url"), "{base}/contexts/transcript/v0"),
        (("context", "url"), "file:///etc/passwd"),
        (("context", "url"), "https://a b"),
        (("context", "document"), {}),
        (("context", "document", "more"), {}),
        (("context", "document", "@context"), "https://elsewhere.test/context"),
        (("context", "document", "@context"), ["https://elsewhere.test/context"]),
        (("context", "document", "@context", "@import"), "https://elsewhere.test/context"),
        (("context", "document", "@context", "@vocab"), "https://elsewhere.test/"),
        (("context", "document", "@context", "transcript", "@context"), "https://elsewhere.test/context"),
        (("context", "document", "@context", "transcript", "@context", "@vocab"), "https://elsewhere.test/"),
        (("context", "document", "@context", "transcript", "@context"), [{"@import": "https://elsewhere.test/"}]),
        (("context", "document", "@context", "identifier"), ...),
        (("context", "document", "@context", "TranscriptCredential"), ...),
        (("schema",), True),
        (("schema",), []),
        (("schema", "type"), "array"),
        (("schema", "type"), ["object"]),
        (("schema", "$schema"), "http://json-schema.org/draft-07/schema#"),
        (("schema", "$id"), "https://elsewhere.test/schema"),
        (("schema", "$defs"), []),
        (("schema", "properties"), []),
        (("schema", "required"), ["name"]),
        (("schema", "required"), ...),
        (("schema", "required"), 5),
        (("schema", "required"), "transcript"),
        (("schema", "properties"), ...),
    ],
)
def test_a_member_of_another_form(path, value):
    refuse(put(transcript_definition(), path, value))


@pytest.mark.parametrize(
    "path",
    [("schema",), ("schema", "properties", "transcript"), ("schema", "$defs", "course")],
)
@pytest.mark.parametrize("value", [..., True, {}, {"type": "string"}])
def test_an_open_object(path, value):
    refuse(put(transcript_definition(), (*path, "additionalProperties"), value), "not closed")


@pytest.mark.parametrize(
    "subschema",
    [
        True,
        {},
        {"title": "anything"},
        {"minimum": 0},
        {"type": []},
        {"type": "thing"},
        {"type": ["string", 1]},
        {"type": {"string": 1}},
        {"type": "array"},
        {"type": "array", "items": True},
        {"type": "array", "items": {}},
        {"type": "array", "prefixItems": [{"type": "string"}]},
        {"type": "array", "items": False, "prefixItems": [{}]},
        {"type": "array", "items": False, "prefixItems": {}},
        {"type": ["string", "object"]},
        {"type": "object", "additionalProperties": False, "patternProperties": {".*": {}}},
        {"type": "object", "unevaluatedProperties": False},
        {"type": "object", "additionalProperties": False, "properties": {"unlabelled": {"type": "string"}}},
        {"anyOf": []},
        {"anyOf": {}},
        {"anyOf": [{"type": "object"}]},
        {"oneOf": [{}]},
        {"allOf": [True]},
        {"not": {"type": "string"}},
        {"if": {"type": "string"}, "type": "string"},
        {"enum": [{"a": 1}]},
        {"enum": [["a"]]},
        {"enum": "a"},
        {"const": {"a": 1}},
        {"type": "string", "format": "regex"},
        {"type": "string", "format": ["date"]},
        {"type": "string", "pattern": "("},
        {"type": "string", "pattern": "(a{1000}){1000}"},
        {"type": "string", "pattern": r"(a)\1"},
        {"type": "string", "minLength": "1"},
        {"type": "string", "maxLength": 1e21},
        {"type": "string", "$anchor": "here"},
        {"$ref": "https://elsewhere.test/schema"},
        {"$ref": "other.json"},
        {"$ref": "#"},
        {"$ref": "#/properties/name"},
        {"$ref": "#/$defs/absent"},
        {"$ref": "#/$defs/course/properties/code"},
        {"$ref": 1},
        {"$dynamicRef": "#course"},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "array", "items": {"type": "string"}, "contains": {}},
        {"type": "string", "x-anything": 1},
    ],
)
def test_a_subschema_that_is_open_remote_or_unknown(subschema):
    refuse(with_subschema(subschema))


def test_a_definition_refers_to_itself():
    refuse(with_subschema({"$ref": "#/$defs/loop"}, loop={"$ref": "#/$defs/loop"}), "refers to itself")


def test_a_recursive_type():
    node = {"type": "array", "items": {"$ref": "#/$defs/node"}}
    refuse(with_subschema({"$ref": "#/$defs/node"}, node=node), "refers to itself")


def test_references_that_double_at_each_step():
    steps = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(12)}
    refuse(with_subschema({"$ref": "#/$defs/s0"}, **steps, s12={"type": "string"}), "more than 2000")


def test_patterns_that_fill_the_memory():
    refuse(with_subschema({"anyOf": [{"type": "string", "pattern": f"^{n}$"} for n in range(33)]}), "patterns")
    refuse(with_subschema({"type": "string", "pattern": "a" * 201}), "patterns")
    refuse(with_subschema({"type": "string", "pattern": ["a"]}), "patterns")


def test_nested_too_deeply():
    subschema: dict[str, object] = {"type": "string"}
    for _ in range(40):
        subschema = {"type": "array", "items": subschema}
    refuse(with_subschema(subschema), "too deep")


def test_a_definition_of_many_bytes():
    definition = transcript_definition()
    definition["schema"]["$comment"] = "x" * kinds.MAX_BYTES
    refuse(definition, "at most")


def test_an_unused_definition_is_checked_too():
    refuse(put(transcript_definition(), ("schema", "$defs", "spare"), {"type": "object"}))


@pytest.mark.parametrize("depth", range(3))
def test_an_undefined_term(depth):
    subject = transcript_subject()
    [subject, subject["transcript"], subject["transcript"]["courses"][3]][depth]["honours"] = "first"
    with pytest.raises(FormatError, match="honours") as error:
        kinds.parse(transcript_definition()).validate(subject)
    assert error.value.code == "document.undefined_term"


def test_an_object_that_is_closed_and_names_nothing():
    definition = transcript_definition()
    del definition["schema"]["$defs"]["course"]["properties"]
    with pytest.raises(FormatError, match=r"document.undefined_term.*courses/0") as error:
        kinds.parse(definition).validate(transcript_subject())
    assert error.value.code == "document.undefined_term"


def test_an_undefined_term_inside_of_a_branch():
    closed = {"type": "object", "additionalProperties": False, "properties": {"code": {"type": "string"}}}
    kind = kinds.parse(with_subschema({"anyOf": [{"type": "number"}, closed]}))
    subject = transcript_subject()
    subject["transcript"]["courses"][0]["mark"] = {"secret": 1}
    with pytest.raises(FormatError, match=r"document.undefined_term.*courses/0/mark/secret"):
        kind.validate(subject)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), ...),
        (("name",), ""),
        (("name",), 7),
        (("identifier",), "12 34"),
        (("id",), "https://not-a-did.test"),
        (("transcript",), []),
        (("transcript", "courses"), ...),
        (("transcript", "courses"), {}),
        (("transcript", "courses", 0, "mark"), 101),
        (("transcript", "courses", 0, "mark"), "100"),
        (("transcript", "courses", 0, "mark"), ...),
        (("transcript", "courses", 0, "term"), "spring"),
    ],
)
def test_a_subject_that_breaks_a_rule(path, value):
    with pytest.raises(FormatError) as error:
        kinds.parse(transcript_definition()).validate(put(transcript_subject(), path, value))
    assert error.value.code == "document.malformed"


@pytest.mark.parametrize("subject", [None, [], "x", 1])
def test_a_subject_that_is_no_object(subject):
    with pytest.raises(FormatError, match=r"document.malformed"):
        kinds.parse(transcript_definition()).validate(subject)


@pytest.mark.parametrize(
    "path", [("name",), ("transcript",), ("transcript", "courses"), ("transcript", "courses", 0, "mark")]
)
def test_what_is_missing_is_named_and_where(path):
    with pytest.raises(FormatError) as error:
        kinds.parse(transcript_definition()).validate(put(transcript_subject(), path, ...))
    place = "/".join(map(str, path))
    assert error.value.message == f"credentialSubject/{place} is missing"


def test_a_refusal_of_the_whole_ends_in_no_slash():
    with pytest.raises(FormatError, match=r"credentialSubject breaks the kind's rule type"):
        kinds.parse(transcript_definition()).validate([])


def test_a_refusal_tells_no_value():
    subject = put(transcript_subject(), ("identifier",), "13 000 000 000")
    with pytest.raises(FormatError) as error:
        kinds.parse(transcript_definition()).validate(subject)
    assert "13 000" not in str(error.value)


@pytest.mark.parametrize(
    ("subschema", "expected"),
    [
        ({"type": "string"}, False),
        ({"type": ["string", "null", "boolean"]}, False),
        ({"enum": ["1", None, True]}, False),
        ({"const": "number"}, False),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "boolean"}}]}, False),
        ({"type": "string", "minLength": 1}, False),
        ({"type": "number"}, True),
        ({"type": ["string", "integer"]}, True),
        ({"enum": ["a", 0]}, True),
        ({"const": 1.5}, True),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, True),
        ({"type": "array", "items": {"type": "number"}}, True),
        ({"type": "array", "items": False, "prefixItems": [{"const": 1}]}, True),
        ({"$ref": "#/$defs/other"}, True),
    ],
)
def test_whether_a_kind_has_numbers(subschema, expected):
    definition = with_subschema(subschema, other={"type": "integer"} if "$ref" in subschema else {"type": "string"})
    definition["schema"]["$defs"]["course"]["properties"]["credits"] = {"type": "string"}
    assert kinds.parse(definition).has_numbers is expected


def test_a_template_takes_the_base_once():
    template = {**transcript_definition("{base}"), "import": {"columns": []}}
    assert kinds.instantiate(template, f"{BASE}/") == transcript_definition(BASE)
    refuse({key: value for key, value in template.items() if key != "import"})
    assert "import" in template


def test_shipped_templates_are_kinds():
    templates = kinds.builtin_templates()
    numbers = [kinds.parse(kinds.instantiate(template, BASE)).number for template in templates.values()]
    assert len(set(numbers)) == len(numbers)
