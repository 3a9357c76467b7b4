"""Sets and files of molecules."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import torch

from nodes.data.molecule_file import MoleculeFile
from nodes.data.molecule_records import records
from nodes.data.small_molecules import SmallMolecules
from nodes.errors import DataMissing
from nodes.molecules.atoms import TYPES, Atom

WATER = """water
  by hand

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 O   0  0  0  0  0  0  0  0  0  0  0  0
    0.9600    0.0000    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0
   -0.2400    0.9300    0.0000 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  1  3  1  0
M  END
> <name>
water

$$$$
"""
XYZ = "4\nmethanol without three\nC 0 0 0 0.1\nO 1.43 0 0 -0.2\nh 1.75 0.9 0\n1 -0.3 1.05 0\n"


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def read(path: Path, **given: object) -> MoleculeFile:
    node = MoleculeFile(file=str(path), test_share=0.0, batch=1, **given)
    node.ensure_loaded()
    return node


def test_an_sdf_is_read_with_its_bonds(tmp_path: Path) -> None:
    first, second = records(written(tmp_path, "a.sdf", 2 * WATER))
    assert first == second
    assert first.elements == ["O", "H", "H"]
    assert first.bonds == [(0, 1, 1), (0, 2, 1)]


def test_hydrogens_are_counted_in_or_are_atoms(tmp_path: Path) -> None:
    path = written(tmp_path, "a.sdf", WATER)
    united, whole = read(path)(), read(path, hydrogens="atoms")()
    assert united.types[united.mask].tolist() == [TYPES[Atom("O", 2)]]
    assert whole.types[whole.mask].tolist() == [TYPES[Atom(e, 0)] for e in "OHH"]
    assert whole.bonds[0, :3, :3].tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert whole.positions.sum(1).abs().max() < 1e-5


def test_xyz_has_bonds_by_distance_and_elements_by_sign_or_number(tmp_path: Path) -> None:
    molecules = read(written(tmp_path, "a.xyz", XYZ))()
    assert molecules.types[0, :2].tolist() == [TYPES[Atom("C", 1)], TYPES[Atom("O", 1)]]
    assert molecules.bonds[0, 0, 1] == 1


def test_a_file_of_qm9_itself_is_read(tmp_path: Path) -> None:
    one = (
        "2\ngdb 1\t157.7 157.7\n"
        "C\t-0.0127\t 1.0858\t 8.0e-03\t-0.53\n"
        "H\t 0.0022\t-6.0313*^-3\t 0.0020\t 0.13\n"
        "1341.3 1341.3\nC\tC\nInChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4\n"
    )
    first, second = records(written(tmp_path, "dsgdb9nsd_000001.xyz", 2 * one))
    assert first == second and first.elements == ["C", "H"]
    assert first.positions[1][1] == pytest.approx(-0.0060313)


@pytest.mark.parametrize("apart", ["\n", "\n  \n", "\r\n\r\n"])
def test_empty_lines_between_molecules_are_passed_over(tmp_path: Path, apart: str) -> None:
    plain = list(records(written(tmp_path, "a.xyz", 2 * XYZ)))
    assert list(records(written(tmp_path, "b.xyz", apart + XYZ + apart + XYZ + apart))) == plain


def test_packed_files_and_other_line_ends_are_the_same(tmp_path: Path) -> None:
    plain = list(records(written(tmp_path, "a.sdf", WATER)))
    with gzip.open(tmp_path / "b.sdf.gz", "wt") as file:
        file.write(WATER)
    (tmp_path / "c.SDF").write_bytes(WATER.replace("\n", "\r\n").encode())
    assert list(records(tmp_path / "b.sdf.gz")) == plain == list(records(tmp_path / "c.SDF"))


FAULTS = {
    "a.sdf": [
        (WATER.replace("V2000", "V3000"), "line 4: the molecule is written as V3000"),
        (WATER.replace("  3  2  0", "  x  2  0"), "line 4: here must stand how many atoms"),
        (WATER.replace("    0.9600", "    nan   "), "line 6: “nan” is no place"),
        (WATER.replace(" O   0", " Xx  0"), "line 5: “Xx” is none of the elements"),
        (WATER.replace("  1  3  1", "  1  4  1"), "line 9: a bond must join two of the 3 atoms"),
        (WATER.replace("  1  3  1", "  1  1  1"), "line 9: a bond must join"),
        (WATER.replace("  1  3  1", "  1  3  9"), "line 9: a bond must join"),
        ("\n".join(WATER.splitlines()[:6]), "ends after line 6, in the middle"),
        (WATER + "left over", "ends after line 15, in the middle"),
        ("", "holds no molecule"),
    ],
    "a.xyz": [
        ("2\n\nC 0 0 0\n", "ends after line 3"),
        ("1\n\nC 0 0\n", "line 3: an atom must be an element and three numbers"),
        ("-1\n\n", "line 1: here must stand how many atoms"),
        ("1\n\nC 0 0 1e9\n", "line 3: “1e9” is no place in ångström"),
    ],
    "a.pdb": [("ATOM", "neither SDF nor XYZ")],
    "a.sdf.gz": [("not packed", "cannot be read")],
}


@pytest.mark.parametrize(
    ("name", "text", "words"), [(n, *case) for n, cases in FAULTS.items() for case in cases]
)
def test_a_fault_is_named_with_its_file_and_line(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    with pytest.raises(DataMissing) as refused:
        list(records(written(tmp_path, name, text)))
    assert words in str(refused.value.sentence) and name in str(refused.value.sentence)
    assert refused.value.fix and refused.value.place == "file"


def test_larger_molecules_are_left_out_and_said(tmp_path: Path) -> None:
    path = written(tmp_path, "a.sdf", WATER)
    with pytest.raises(DataMissing, match="more than 2 atoms"):
        read(path, hydrogens="atoms", room=2)
    written(tmp_path, "b.xyz", XYZ + XYZ.replace("4\n", "1\n", 1)[: XYZ.index("O ")])
    node = read(tmp_path / "b.xyz", room=1)
    assert node.left_out == 1 and "1 left out" in str(node.notes()[0])


def test_without_the_file_some_stand_in_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    node = SmallMolecules(batch=30)
    assert not node.notes()
    molecules = node()
    assert molecules.shape == (30, 9)
    assert len(node.items) + len(node.test_items) == 300
    assert "300 of them only" in str(node.notes()[0])


def test_batches_resume_and_cover_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    node, twin = SmallMolecules(batch=90, seed=3), SmallMolecules(batch=90, seed=3)
    batches = [node() for _ in range(3)]
    assert len({tuple(row.flatten().tolist()) for b in batches for row in b.positions}) == 270
    twin.load_state_dict(node.state_dict())
    assert torch.equal(twin().positions, node().positions)
