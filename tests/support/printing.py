"""Bundles to be printed: of any shipped kind, with whatever subject, and no proof that holds."""

from typing import Any

from ledger.formats import canonical, profile
from ledger.formats import kind as kinds

BASE = "https://rollbook.test"
TEMPLATES = kinds.builtin_templates()
SCHOOL = {
    "zh": "北京市第一百零一中学教育集团附属实验学校",
    "en": "Experimental School Affiliated to Beijing No. 101 High School",
}
COURSES = (
    "高等数学（上）",
    "Linear Algebra and Analytic Geometry",
    "大学物理实验：光学、电磁学与近代物理综合实验（含误差分析与数据处理）",
    "习近平新时代中国特色社会主义思想概论",
    "An Introduction to the History of Science, Technology and Civilisation in East Asia",
    "体育",
)


def transcript(courses: int = 3, name: str = "陈𠮷·阿依古丽", **more: Any) -> dict[str, Any]:
    """A subject of the shipped transcript."""
    listed = [
        {
            "code": f"MA{1000 + n}",
            "course": COURSES[n % len(COURSES)],
            "term": f"202{3 + n // 14}-{1 + n % 2}",
            "credits": ("3", "4.5", "2")[n % 3],
            "mark": str(60 + n),
        }
        for n in range(courses)
    ]
    return {"name": name, "identifier": "20230145782", "transcript": {"programme": "数学", "courses": listed}} | more


def bundle(subject: dict[str, Any], of: str = "transcript", *, issuer: Any = None, without: str = "") -> bytes:
    """The bundle of one record of the school; ``issuer`` as the credential has it, ``without`` one of its members."""
    definition = kinds.instantiate(TEMPLATES[of], BASE)
    did = "did:web:rollbook.test:schools:110108001"
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2", definition["context"]["url"]],
        "id": "urn:uuid:0198f1c2-7b1e-4c55-9d2a-3f1f64a0b9c7",
        "type": ["VerifiableCredential", definition["type"]],
        "issuer": issuer or did,
        "validFrom": "2026-07-01T00:00:00Z",
        "credentialSubject": subject,
        "credentialStatus": [],
        "proof": {"verificationMethod": f"{did}#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},
    }
    made: dict[str, Any] = {
        "rollbook": "bundle/1",
        "credential": credential,
        "salt": "A" * 43 + "=",
        "kind": definition,
        "issuers": [profile.build(did, "110108001", SCHOOL, "issuer")],
    }
    return canonical.dumps({name: value for name, value in made.items() if name != without})
