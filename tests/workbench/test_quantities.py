import pytest
from PySide6.QtCore import QLocale

from workbench.words import quantities as q


@pytest.fixture
def french():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.French))
    yield
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6000", 6000),
        ("6,000", 6000),
        ("6 000", 6000),
        ("6\u202f000", 6000),
        ("-3", -3),
        ("−3", -3),
        ("1e4", 10000),
        ("6k", 6000),
        ("28*28", 784),
        ("28×28", 784),
        ("2^10", 1024),
        ("(64 + 2) / 3 - 1", 21),
        ("1 000 + 24", 1024),
        ("7/2", None),
        ("1.5", None),
        ("six", None),
        ("", None),
        ("inf", None),
    ],
)
def test_whole_numbers_are_read(text: str, value: int | None) -> None:
    assert q.read_int(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("2e-4", 2e-4),
        ("2e−4", 2e-4),
        ("2×10^-4", 2e-4),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("60 000", 60000.0),
        ("1e-3", 1e-3),
        ("1/8", 0.125),
        ("1e-3 * 4", 4e-3),
        ("0,1 + 0,2", 0.3),
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("50 %", 0.5),
        ("-(1 - 3)·2", 4.0),
        ("2k/4", 500.0),
        ("1/0", None),
        ("9^9^9^9", None),
        ("(-1)^0.5", None),
        ("(" * 150 + "1" + ")" * 150, None),
        ("1 +", None),
        ("(1", None),
        ("1)", None),
        ("*2", None),
        ("2 pi", None),
        ("__import__", None),
        ("abc", None),
        ("", None),
    ],
)
def test_numbers_are_read_with_comma_and_dot(text: str, value: float | None) -> None:
    assert q.read_float(text) == (value if value is None else pytest.approx(value))


@pytest.mark.parametrize("text", ["1 28 28", "1, 28, 28", "1x28x28", "1×28×28", "[1, 28, 28]"])
def test_lists_are_read(text: str) -> None:
    assert q.read_ints(text) == [1, 28, 28]


def test_a_list_with_a_fault_is_not_read() -> None:
    assert q.read_ints("1 a 28") is None
    assert q.read_ints("") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (0.999, "0.999"),
        (2e-4, "2e-4"),
        (1e-3, "0.001"),
        (0.0, "0.0"),
        (1.5e-5, "1.5e-5"),
        (120.0, "120"),
    ],
)
def test_a_number_is_shown_with_all_its_digits(value: float, text: str) -> None:
    assert q.show_float(value) == text
    assert q.read_float(q.show_float(value)) == value


def test_french_shows_a_comma_and_a_narrow_space(french) -> None:
    assert q.show_float(0.5) == "0,5"
    assert q.read_int(q.show_int(60000)) == 60000
    assert q.show_int(60000) == "60\u202f000"


def test_measures_counts_and_times_are_short() -> None:
    assert [q.show_measure(v) for v in (0.4213, 153.71, 12400.2)] == ["0.42", "153.7", "12,400"]
    assert [q.show_count(v) for v in (534, 50500, 1_230_000)] == ["534", "50.5k", "1.23M"]
    assert q.show_seconds(8) == "8.0 s"
    assert q.show_seconds(107) == "1 min 47 s"
    assert q.show_seconds(2052) == "34 min"
    assert q.show_seconds(180) == "3 min"
    assert q.show_seconds(0.00021) == "0.21 ms"
    assert q.show_measure(float("nan")) == "NaN"
