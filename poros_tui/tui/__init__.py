"""The live screen."""

import os
from typing import Final

_FRAMES_PER_S: Final = "120"
"""The wait for the next frame is most of that from a key to its picture: 5 to 10 ms less than with
Textual's 60, and no more processor time, since nothing is drawn that has not changed."""

# Textual reads it when it is imported; whoever has set it, keeps it.
os.environ.setdefault("TEXTUAL_FPS", _FRAMES_PER_S)
