"""Does one thing that a board does not survive: crash.py B2|B4|B5|B6

Only under `npuscope fake`.
"""
import fcntl
import os
import struct
import sys

TASKS = 102  # that a page holds
card = os.open("/dev/dri/card1", os.O_RDWR)


def create(flags):
    data = bytearray(struct.pack("IIQQQQiI", 0, flags, 4096, 0, 0, 0, 0, 0))
    fcntl.ioctl(card, 0xC0306442, data)
    return struct.unpack("IIQQQQiI", data)[3]


def submit(table, entry, mask=1):
    data = bytearray(struct.pack("IIIIIiQIIQQIi10I", 5, 6000, 0, 1, 0, 0, table, 0, 0, 0, 0, mask, -1, *entry * 5))
    fcntl.ioctl(card, 0xC0686441, data)


table = create(0x40B)
{
    "B2": lambda: submit(table, (0, 0)),
    "B4": lambda: submit(create(0x403), (0, 1)),
    "B5": lambda: submit(table, (TASKS, 1)),
    "B6": lambda: submit(table + 40, (0, 1)),
}[sys.argv[1]]()
print("still here")
