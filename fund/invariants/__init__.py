"""What must hold, as read-only questions whose right answer is nothing; `fund/checks.py` asks them all."""
