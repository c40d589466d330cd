"""What names, operations and axes are called on paper, and which axes are one."""
