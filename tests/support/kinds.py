"""A kind for the tests: small, and with every feature that a shipped one may use."""

from typing import Any

BASE = "https://rollbook.test"


def transcript_definition(base: str = BASE, *, name: str = "transcript", number: int = 3) -> dict[str, Any]:
    """A definition as docs/formats.md §3 has it; a fresh dict at each call, free to be altered."""
    terms = {
        "name": ("name", "姓名"),
        "identifier": ("number", "学号"),
        "transcript": ("transcript", "成绩单"),
        "courses": ("courses", "课程"),
        "code": ("code", "课程代码"),
        "title": ("title", "课程名称"),
        "mark": ("mark", "成绩"),
        "credits": ("credits", "学分"),
        "term": ("term", "学期"),
    }
    vocabulary = f"{base}/vocabulary#"
    return {
        "name": name,
        "number": number,
        "version": 0,
        "type": "TranscriptCredential",
        "content": "transcript",
        "labels": {"en": "Transcript", "zh": "成绩单"},
        "terms": {term: {"en": en, "zh": zh} for term, (en, zh) in terms.items()},
        "context": {
            "url": f"{base}/contexts/{name}/v0",
            "document": {
                "@context": {
                    "@protected": True,
                    "TranscriptCredential": f"{vocabulary}TranscriptCredential",
                    "identifier": f"{vocabulary}identifier",
                    "transcript": {
                        "@id": f"{vocabulary}transcript",
                        "@context": {
                            "@protected": True,
                            **{
                                term: f"{vocabulary}{term}"
                                for term in ("courses", "code", "title", "mark", "credits", "term")
                            },
                        },
                    },
                }
            },
        },
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "identifier", "transcript"],
            "properties": {
                "id": {"type": "string", "pattern": "^did:[a-z]+:.+$"},
                "name": {"type": "string", "minLength": 1, "maxLength": 100},
                "identifier": {"type": "string", "pattern": "^[0-9A-Za-z-]{1,30}$"},
                "transcript": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["courses"],
                    "properties": {"courses": {"type": "array", "maxItems": 500, "items": {"$ref": "#/$defs/course"}}},
                },
            },
            "$defs": {
                "course": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["code", "title", "mark"],
                    "properties": {
                        "code": {"type": "string"},
                        "title": {"type": "string"},
                        "mark": {
                            "oneOf": [
                                {"type": "number", "minimum": 0, "maximum": 100},
                                {"enum": ["pass", "fail", None]},
                            ]
                        },
                        "credits": {"type": "number", "minimum": 0},
                        "term": {"type": "string", "pattern": "^[0-9]{4}-[0-9]$"},
                    },
                }
            },
        },
    }


def transcript_subject(courses: int = 12) -> dict[str, Any]:
    """A subject of that kind; with twelve courses its credential has about 1.5 KB."""
    return {
        "name": "陈𠮷·阿依",
        "identifier": "0012345678",
        "transcript": {
            "courses": [
                {"code": f"MA{100 + n}", "title": f"高等数学 {n}", "mark": 60 + n / 2, "credits": 3, "term": "2025-1"}
                for n in range(courses)
            ]
        },
    }
