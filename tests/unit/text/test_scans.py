"""Scanned text: what is evidently a letter or a digit is read as such, codes stay."""

import pytest

from pledgewatch.text.clean import Cleaned


@pytest.mark.parametrize(
    ("scanned", "read"),
    [
        ("20O0 troops t0 Mali", "2000 troops to Mali"),
        ("wi11 n0t send tr00ps", "will not send troops"),
        ("WI11 N0T SEND TR00PS", "WILL NOT SEND TROOPS"),
        ("w0u1dn't", "wouldn't"),
        ("wi1l", "will"),
        ("w1ll", "will"),
        ("so1diers", "soldiers"),
        ("m1ssion", "mission"),
        ("n0n-lethal", "non-lethal"),
        ("M0rocco and Ma1i", "Morocco and Mali"),
        ("NAT0", "NATO"),
        ("0ne 0f", "one of"),
        ("1,5OO", "1,500"),
        ("l,5OO", "1,500"),
        ("l50", "150"),
        ("l0,000", "10,000"),
        ("2OO-strong", "200-strong"),
        ("€2OO", "€200"),
        ("1oo", "100"),
        ("20l4", "2014"),
        ("“n0t”", "“not”"),
    ],
)
def test_what_a_scan_mistook(scanned: str, read: str) -> None:
    assert Cleaned.of(f"It {scanned}.").text == f"It {read}."


@pytest.mark.parametrize(
    "text",
    [
        "F-16 F-16s MiG-29 A400M G7 G20 C130 C-130J U2 B-1b T-10 M1A1 BTR-80 S-300 Il-76 A10 P0",
        "1st 2nd 10th 11th 101st 5km 10km 10am 11pm 100m 100k 10t 10st 10l 1t 1m 2l 11ft 1990s",
        "COVID-19 H1N1 CO2 O2 H2O 3G I95 I-95 L5 4x4 1-0 Article 5 Boko0 k8s i18n a1b2c3 x10 no1",
        "https://example.org/n0t/wi11?n0t=tr00ps www.n0t.org n0t.org joe@n0t.org @tr00ps #n0t",
        "2,000 troops, 1.5 million euros, 0.5 or 10,000; loll, oil, ill, OOo",
    ],
)
def test_codes_measures_and_addresses_stay(text: str) -> None:
    assert Cleaned.of(text).text == text
