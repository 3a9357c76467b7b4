"""Molecules from a file of the user."""

from __future__ import annotations

from pathlib import Path

from nodes.base import param
from nodes.data.molecule_set import MoleculeSet
from nodes.data.places import found_file
from nodes.errors import DataMissing
from nodes.sentences import say


class MoleculeFile(MoleculeSet):
    """Draw molecules of a file of the user: SDF or XYZ, many in a row.

    Description of several chemical structure file formats (Dalby et al., 1992),
    doi:10.1021/ci00007a012.

    Of an SDF (V2000) atoms and bonds are read; of XYZ the atoms, and bonds are told by distances as
    *Bonds* does. Positions are in ångström. A file packed by gzip is read as it is. A faulty line
    is named by its number.
    """

    synonyms = "sdf, mol, xyz, own molecules, import, mes molécules, importer"
    title = "Molecules"

    file: Path | None = param(
        default=None, help="A .sdf, .mol or .xyz file, or one of these as .gz."
    )
    room: int = param(
        default=32,
        low=1,
        high=256,
        unit="atoms",
        help="Most atoms of a molecule, counted as above; larger ones are left out.",
    )

    def path(self) -> Path:
        """Return the file chosen.

        Raise `DataMissing` where none is, or it is absent.
        """
        if not self.file:
            raise DataMissing(
                say("No file is chosen."), say("Choose a file of molecules."), place="file"
            )
        return found_file(self.file, self.home)

    def reads(self) -> list[Path]:
        return [self.path()] if self.file else []
