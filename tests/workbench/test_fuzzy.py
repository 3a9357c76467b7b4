from workbench.search.fuzzy import match


def test_letters_out_of_order_do_not_fit() -> None:
    assert match("xyz", "Encoder") is None
    assert match("rne", "Encoder") is None


def test_places_are_those_of_the_letters() -> None:
    assert match("ig", "Image grid").places == (0, 6)
    assert match("grid", "Image grid").places == (6, 7, 8, 9)


def test_a_start_beats_a_middle() -> None:
    assert match("dec", "Decoder").score > match("dec", "Undecided").score
