"""Edits: pure functions from a graph to the `Change` that edits it, or a `Refusal`.

None of them touches the graph: `Document.push` does.
"""

from workbench.edits.clipboard import copy_text, duplicate, paste
from workbench.edits.definitions import (
    act_as,
    add_port,
    count_of,
    followed_by,
    keep_inside,
    make_single,
    move_port,
    remove_port,
    rename_group,
    rename_port,
    repeat,
    show_outside,
)
from workbench.edits.dressing import colour, pin
from workbench.edits.fields import fits_node, show_field, shown_fields
from workbench.edits.framing import frame_of, into_frame
from workbench.edits.groups import group, ungroup
from workbench.edits.inputs import as_field, as_input, set_by
from workbench.edits.joining import joined, move_wires, pull_out, takes_many
from workbench.edits.layout import (
    align,
    bare,
    collapse,
    edit_frame,
    edit_note,
    frame,
    move,
    note,
    remove_bends,
    reroute,
    set_views,
    tidy,
)
from workbench.edits.names import can_name, name_of_wires, name_wires
from workbench.edits.nodes import (
    add_node,
    apply_fix,
    remove,
    rename,
    reset_params,
    set_mode,
    set_param,
    set_setting,
    set_title,
    take_params,
    twin,
)
from workbench.edits.opening import is_network, open_as_layers
from workbench.edits.room import make_room
from workbench.edits.saved import add_saved, dress
from workbench.edits.wires import connect, connect_nodes, disconnect, insert_on_wire

__all__ = [
    "act_as",
    "add_node",
    "add_port",
    "add_saved",
    "align",
    "apply_fix",
    "as_field",
    "as_input",
    "bare",
    "can_name",
    "collapse",
    "colour",
    "connect",
    "connect_nodes",
    "copy_text",
    "count_of",
    "disconnect",
    "dress",
    "duplicate",
    "edit_frame",
    "edit_note",
    "fits_node",
    "followed_by",
    "frame",
    "frame_of",
    "group",
    "insert_on_wire",
    "into_frame",
    "is_network",
    "joined",
    "keep_inside",
    "make_room",
    "make_single",
    "move",
    "move_port",
    "move_wires",
    "name_of_wires",
    "name_wires",
    "note",
    "open_as_layers",
    "paste",
    "pin",
    "pull_out",
    "remove",
    "remove_bends",
    "remove_port",
    "rename",
    "rename_group",
    "rename_port",
    "repeat",
    "reroute",
    "reset_params",
    "set_by",
    "set_mode",
    "set_param",
    "set_setting",
    "set_title",
    "set_views",
    "show_field",
    "show_outside",
    "shown_fields",
    "take_params",
    "takes_many",
    "tidy",
    "twin",
    "ungroup",
]
