"""The canvas: the graph as nodes and wires. Items show the document and never change it."""
