"""Small parts that panels, canvas and bars are made of."""
