# SPDX-License-Identifier: BSD-3-Clause
"""Classic pcap files of Ethernet frames, read and written."""

import struct

MAGICS = {0xa1b2c3d4: 1e-6, 0xa1b23c4d: 1e-9}  # what the fraction of a second counts
ETHERNET = 1


def read(path):
    """(time, frame) of each frame; a last one that is not whole yet is left out."""
    with open(path, "rb") as f:
        data = f.read()
    order = next((o for o in "<>" if len(data) >= 24
                  and struct.unpack_from(o + "I", data)[0] in MAGICS), None)
    if order is None or struct.unpack_from(order + "I", data, 20)[0] != ETHERNET:
        raise ValueError(f"{path}: not a pcap file of Ethernet frames")
    unit = MAGICS[struct.unpack_from(order + "I", data)[0]]
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, size, _ = struct.unpack_from(order + "IIII", data, at)
        at += 16 + size
        if at <= len(data):
            yield seconds + fraction * unit, data[at - size:at]


def write(path, frames):
    """frames: (time, frame) as read() gives them."""
    with open(path, "wb") as f:
        f.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, ETHERNET))
        for when, frame in frames:
            f.write(struct.pack("=IIII", int(when), int(when % 1 * 1e6), len(frame), len(frame)))
            f.write(frame)
