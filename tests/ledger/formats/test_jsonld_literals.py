from typing import Any

import pytest

from tests.support.linked_documents import OWN, lines, own, refusal, text


@pytest.mark.parametrize(
    "value",
    [
        {"@value": "x", "@index": "i"},
        {"@value": "x", "mark": "1"},
        {"@value": "x", "id": "urn:x:a"},
        {"@value": "x", "@type": "urn:t:t", "@language": "en"},
        {"@value": "x", "@type": None},
        {"@value": "x", "@type": ["urn:t:t"]},
        {"@value": "x", "@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"},
        {"@value": "x", "@language": None},
        {"@value": "x", "@language": 'en" .'},
        {"@value": "x", "@language": ""},
        {"@value": "x", "@direction": "up"},
        {"@value": "x", "@direction": None},
        {"@value": 1, "@language": "en"},
        {"@value": True, "@direction": "rtl"},
        {"@value": []},
        {"@value": {}},
        {"@value": ["x"]},
    ],
    ids=str,
)
def test_value_object_loses_something(value: Any) -> None:
    assert refusal(own(mark=value)) == "document.malformed"
    assert refusal(own(rows=[value])) == "document.malformed"


def test_datatype_that_no_context_defines_is_dropped() -> None:
    for name in ("relative", "#t", "gone"):
        assert refusal(own(mark={"@value": "x", "@type": name})) == "document.undefined_term"


@pytest.mark.parametrize("value", [{"@list": ["x"], "mark": "1"}, {"@list": ["x"], "@index": "1"}, {"@list": None}])
def test_list_object_loses_something(value: Any) -> None:
    assert refusal(own(rows=value)) == "document.malformed"
    assert refusal(own(mark=value)) == "document.malformed"


@pytest.mark.parametrize(
    "value", [{"e n": "x"}, {"": "x"}, {"en": 1}, {"en": None}, {"en": {"@value": "x"}}, {"en": ["x", 1]}]
)
def test_language_map_loses_something(value: Any) -> None:
    assert refusal(own(title=value)) == "document.malformed"


@pytest.mark.parametrize(
    "value",
    [
        0.30000000000000004,
        1.0000000000000002,
        1.7976931348623157e308,
        float("nan"),
        float("inf"),
        -float("inf"),
    ],
)
def test_number_loses_its_last_digit(value: float) -> None:
    assert refusal(own(mark=value)) == "document.malformed"
    assert refusal(own(rows=[value])) == "document.malformed"
    assert refusal(own(mark={"@value": value})) == "document.malformed"


@pytest.mark.parametrize("value", ["1", "1.50", "1.5", "1.50E0", "x", "", "NaN", "INF", " 1.5E0", "1.5e0"])
def test_double_as_text_is_rounded(value: str) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema#double"
    assert refusal(own(double=value)) == "document.malformed"
    assert refusal(own(mark={"@value": value, "@type": xsd})) == "document.malformed"
    assert text(own(double="1.5E0")) == text(own(double=1.5)) == lines(f'"1.5E0"^^<{xsd}>', predicate="urn:v:double")


@pytest.mark.parametrize("value", [(1,), {1}, b"x", object(), 1j])
def test_value_is_of_no_json_type(value: Any) -> None:
    assert refusal(own(mark=value)) == "document.malformed"
    assert refusal(own(data=value)) == "document.malformed"


def test_deep_nesting_is_refused_before_it_exhausts_the_stack() -> None:
    document = own(mark="x")
    for _ in range(5000):
        document = {"link": document}
    # Which bound is met first depends on how deep the caller stands already.
    assert refusal({"@context": OWN} | document) in {"document.malformed", "document.too_large"}
    while document:  # and not as one destructor inside of another
        document = document.pop("link", {})
