"""What the three pages that train have in common, and what each of them shows of its net."""
