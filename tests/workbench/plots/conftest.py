import pytest

from workbench.look.theme import load_fonts


@pytest.fixture(autouse=True)
def fonts(qapp):
    """Our own fonts, without which a few pixels are others."""
    load_fonts()
