"""Languages are told where the text is long enough."""

import pytest

from pledgewatch.text.language import identify


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The government will send two hundred soldiers to the mission next year.", "en"),
        ("Le gouvernement enverra deux cents soldats à la mission l'année prochaine.", "fr"),
        ("Die Regierung wird im nächsten Jahr zweihundert Soldaten entsenden.", "de"),
        ("Правительство направит двести солдат в миссию в следующем году.", "ru"),
        ("سترسل الحكومة مئتي جندي إلى البعثة في العام المقبل.", "ar"),
        ("政府将于明年向该特派团派遣二百名士兵,国防部长周一在首都对记者这样表示。", "zh"),
        ("", "und"),
        ("12 345", "und"),
        ("Oslo", "und"),
    ],
)
def test_identify(text: str, code: str) -> None:
    found = identify(text)
    assert found.code == code
    assert 0 <= found.confidence <= 1
