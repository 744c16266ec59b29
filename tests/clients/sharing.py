"""What a recorder may lose: handles that come again, imported buffers, short mappings, forks, crashes.

    npuscope fake -- npuscope record -o DIR -- python3 sharing.py CASE          prints what it did

Only the standard library. Each case runs the same job, 8 numbers of f16 added, in buffers that it came by in its
own way, and compares the sums.
"""
import fcntl
import mmap
import os
import signal
import struct
import sys
import time


def ioctl(fd, word, layout, *values):
    data = bytearray(struct.pack(layout, *values))
    fcntl.ioctl(fd, word, data)
    return struct.unpack(layout, data)


class Buffer:
    def __init__(self, fd, size, flags=0x40B, handle=0, mapped=0):
        made = ioctl(fd, 0xC0306442, "IIQQQQiI", handle, flags, size, 0, 0, 0, 0, 0)
        self.fd, self.handle, self.size, self.object, self.address = fd, made[0], made[2], made[3], made[4]
        offset = ioctl(fd, 0xC0106443, "IIQ", self.handle, 0, 0)[2]
        self.data = mmap.mmap(fd, mapped or self.size, offset=offset)

    def sync(self, flags):
        ioctl(self.fd, 0xC0206445, "IIQQQ", flags, 0, self.object, 0, self.size)

    def free(self):
        self.data.close()
        ioctl(self.fd, 0xC0106444, "IIQ", self.handle, 0, 0)


def word(target, offset, value):
    return target << 48 | (value & 0xFFFFFFFF) << 16 | offset


# The registers of an addition of 1 x 1 pixels with 8 channels: programs.c has them with their formulas.
DPU = {0x4004: 0x0E, 0x400C: 0x1E5, 0x4010: 0x48000002, 0x4014: 0, 0x4020: "out", 0x4024: 16, 0x4030: 0, 0x4034: 0,
       0x4038: 0, 0x403C: 0x70007, 0x4040: 0x53, 0x4050: 0x126, 0x4058: 7, 0x405C: 0, 0x4060: 0x53, 0x4070: 0x108203C0,
       0x4078: 1, 0x4080: 0, 0x4084: 0x10001, 0x4088: 0, 0x40C0: 32}
RDMA = {0x5004: 0x0E, 0x500C: 0, 0x5010: 0, 0x5014: 7, 0x5018: "a", 0x501C: 0, 0x5028: 0, 0x5034: 0x40000008,
        0x5038: "b", 0x5040: 16, 0x5044: 0x17841, 0x5048: 0, 0x504C: 0, 0x506C: 0}


def add_words(**addresses):
    return [word(target, offset, addresses.get(value, value))
            for target, registers in ((0x1001, DPU), (0x2001, RDMA)) for offset, value in registers.items()]


def run(fd, commands, table, a, b, out, cached=True):
    words = add_words(a=a.address, b=b.address, out=out.address)
    a.data[0:16] = struct.pack("8e", *range(8))
    b.data[0:16] = struct.pack("8e", *[1.5] * 8)
    tail = [0, word(0x0101, 0x14, 0), 0x0041 << 48, word(0x0081, 8, 0x18)]
    commands.data[0:8 * (len(words) + 4)] = struct.pack(f"{len(words) + 4}Q", *words, *tail)
    table.data[0:40] = struct.pack("8IQ", 0, 0, 0x18, 0x300, 0x1FFFF, 0, len(words), 0, commands.address)
    if cached:
        for buffer in (commands, table, a, b):
            buffer.sync(1)
    entries = (0, 1) * 3 + (0, 0) * 2
    ioctl(fd, 0xC0686441, "IIIIIiQIIQqIi10I", 5, 6000, 0, 1, 0, 0, table.object, 0, 0, 0, 0, 1, -1, *entries)
    if cached:
        out.sync(2)
    sums = struct.unpack("8e", out.data[0:16])
    assert sums == tuple(1.5 + i for i in range(8)), sums


def card():
    return os.open("/dev/dri/card1", os.O_RDWR | os.O_CLOEXEC)


def five(fd, **how):
    return [Buffer(fd, size, **how) for size in (8192, 4096, 4096, 4096, 4096)]


def handles():
    """The same handles are other buffers each time."""
    fd = card()
    for _ in range(3):
        buffers = five(fd)
        run(fd, *buffers)
        for buffer in buffers:
            buffer.free()


def short():
    """Maps less than it allocates."""
    fd = card()
    run(fd, Buffer(fd, 65536, mapped=4096), *[Buffer(fd, 16384, mapped=1024) for _ in range(4)])


def uncached():
    fd = card()
    run(fd, *five(fd, flags=0x8), cached=False)


def prime():
    """The output and an input are buffers of another open file."""
    owner, fd = card(), card()
    commands, table, a = five(fd)[:3]
    imported = []
    for theirs in (Buffer(owner, 4096), Buffer(owner, 4096)):
        dma_buf = ioctl(owner, 0xC00C642D, "IIi", theirs.handle, 0x80002, 0)[2]
        handle = ioctl(fd, 0xC00C642E, "IIi", 0, 0, dma_buf)[0]
        imported.append(Buffer(fd, 0, flags=0, handle=handle))
    run(fd, commands, table, a, *imported)


def flink():
    owner, fd = card(), card()
    commands, table, a = five(fd)[:3]
    opened = []
    for theirs in (Buffer(owner, 4096), Buffer(owner, 4096)):
        name = ioctl(owner, 0xC008640A, "II", theirs.handle, 0)[1]
        handle = ioctl(fd, 0xC010640B, "IIQ", name, 0, 0)[1]
        opened.append(Buffer(fd, 0, flags=0, handle=handle))
    run(fd, commands, table, a, *opened)


def named():
    """Names its buffers as the vendor's runtime does, and waits for a line before it ends."""
    fd = card()
    buffers = five(fd)
    for buffer in buffers:
        ioctl(fd, 0xC008640A, "II", buffer.handle, 0)
    run(fd, *buffers)
    print("ready", flush=True)
    sys.stdin.readline()


def fork():
    """Parent and child submit through the same open file; the child also opens its own."""
    fd = card()
    buffers = five(fd)
    run(fd, *buffers)
    child = os.fork()
    if child == 0:
        run(fd, *buffers)
        own = card()
        run(own, *five(own))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    run(fd, *buffers)


def late(go):
    """Runs when there is a file GO: once with buffers from before, once with new ones."""
    fd = card()
    old = five(fd)
    open(go + ".ready", "w").close()
    while not os.path.exists(go):
        time.sleep(0.01)
    run(fd, *old)
    run(fd, *five(fd))


def crash():
    fd = card()
    buffers = five(fd)
    run(fd, *buffers)
    Buffer(fd, 4096)
    os.kill(os.getpid(), signal.SIGSEGV)


def descriptors():
    """Closes every descriptor that it did not open, as daemons do."""
    os.closerange(3, 4096)
    fd = card()
    buffers = five(fd)
    run(fd, *buffers)
    os.closerange(900, 1024)
    run(fd, *buffers)


def strange():
    """Numbers and pointers that the driver does not know: the errors stay what they are."""
    fd = card()
    for call in ((0xC0086460, bytearray(8)), (0xC0106443, bytearray(16)), (0x4000645F, 0)):
        try:
            fcntl.ioctl(fd, *call)
        except OSError as error:
            print(error.errno, end=" ")
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    print(libc.ioctl(fd, ctypes.c_ulong(0xC0086440), ctypes.c_void_p(8)), ctypes.get_errno(), end=" ")


case = sys.argv[1]
globals()[case](*sys.argv[2:])
print(case)
