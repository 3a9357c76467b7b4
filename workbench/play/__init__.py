"""The workspace in which one plays with a trained graph: pictures, and what moves them."""
