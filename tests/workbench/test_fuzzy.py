from workbench.fuzzy import match, rank

TITLES = [
    "Encoder",
    "Decoder",
    "β-VAE schedule",
    "ELBO",
    "Vector quantizer",
    "Image grid",
    "Réglages",
]


def best(pattern: str) -> str:
    return rank(pattern, TITLES, str)[0][0]


def test_letters_find_what_is_meant() -> None:
    assert best("enc") == "Encoder"
    assert best("vq") == "Vector quantizer"
    assert best("bvae") == "β-VAE schedule"
    assert best("ig") == "Image grid"
    assert best("regl") == "Réglages"


def test_letters_out_of_order_do_not_fit() -> None:
    assert match("xyz", "Encoder") is None
    assert match("rne", "Encoder") is None


def test_places_are_those_of_the_letters() -> None:
    assert match("ig", "Image grid").places == (0, 6)
    assert match("grid", "Image grid").places == (6, 7, 8, 9)


def test_a_start_beats_a_middle() -> None:
    assert match("dec", "Decoder").score > match("dec", "Undecided").score


def test_nothing_typed_keeps_the_order() -> None:
    assert [title for title, _ in rank("", TITLES, str)] == TITLES


def test_a_second_text_counts_less() -> None:
    pairs = [("Wind", "flow of air"), ("Flow", "a chain")]
    assert rank("flow", pairs, lambda p: p[0], lambda p: p[1])[0][0][0] == "Flow"
