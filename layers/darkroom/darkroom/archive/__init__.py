"""ZIPs that are written piece by piece: whatever their size, no more is in memory than a piece and the list of files.

`zipped` writes files as they come. A `Layout` is for files whose size and CRC-32 are known beforehand: then every byte
of the archive has its place before the first one is read, and it can be written in parts, in any order, and go on
after a part that somebody else has written.
"""

from darkroom.archive.layout import Layout
from darkroom.archive.records import Stored
from darkroom.archive.stream import File, FileChanged, zipped

__all__ = ["File", "FileChanged", "Layout", "Stored", "zipped"]
