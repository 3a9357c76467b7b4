"""A set of small organic molecules."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import ClassVar

import resources
from nodes.data.mnist import data_folder
from nodes.data.molecule_set import MoleculeSet
from nodes.sentences import Text, say

log = logging.getLogger(__name__)


class SmallMolecules(MoleculeSet):
    """Draw molecules of up to nine atoms of carbon, nitrogen, oxygen and fluorine, with hydrogens.

    Quantum chemistry structures and properties of 134 kilo molecules (Ramakrishnan et al., 2014),
    doi:10.1038/sdata.2014.22.

    4,456 molecules of QM9 (CC0), whose positions come from a force field and not from quantum
    chemistry. There is no download: the file `molecules/qm9_5k.sdf.gz` is looked for where
    `GENWORKBENCH_DATA` says and among the data of this program; without it 300 of them are used,
    and the node says so. QM9's own files, and any others, are read by *Molecules*.
    """

    synonyms = "qm9, organic molecules, chemistry, drug design, molécules organiques, chimie"
    title = "Small molecules"
    file_name: ClassVar[str] = "qm9_5k.sdf.gz"
    folder_name: ClassVar[str] = "molecules"

    def path(self) -> Path:
        """Return the file of 4,456 molecules, or that of the 300 which are shipped."""
        found = self._found()
        if found is None:
            log.warning("Small molecules: 300 stand in for the 4,456")
        return found or resources.path("molecules", "small.sdf.gz")

    def notes(self) -> list[Text]:
        short = self.loaded and self._found() is None
        return [
            *super().notes(),
            *([say("300 of them only: the file is not here")] if short else []),
        ]

    def _found(self) -> Path | None:
        shared = os.environ.get("GENWORKBENCH_DATA")
        places = [Path(shared)] if shared else []
        files = [place / self.folder_name / self.file_name for place in (*places, data_folder())]
        return next((file for file in files if file.is_file()), None)
