"""What people hold in their hands: Value, Tensor, NumPy's functions on them, and functions of functions."""
