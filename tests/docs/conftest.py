"""Lets the tests of this folder import `pages`, which reads the pages for them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
