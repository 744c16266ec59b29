"""What a client sees of the `rknpu` driver: answers, error codes, mappings, sharing.

    npuscope fake -- python3 abi.py          prints the number of checks

Only the standard library: structures and numbers are written down here once more, from the
driver's header, so that a mistake in the fake does not hide itself.
"""
import ctypes
import errno
import fcntl
import glob
import mmap
import os
import socket
import stat
import struct

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise SystemExit(f"failed: {what}")


def fails(code, what, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except OSError as error:
        check(error.errno == code, f"{what}: {os.strerror(error.errno)}, expected {os.strerror(code)}")
    else:
        check(False, f"{what}: succeeded, expected {os.strerror(code)}")


def ioctl(fd, word, layout, *values):
    data = bytearray(struct.pack(layout, *values))
    fcntl.ioctl(fd, word, data)
    return struct.unpack(layout, data)


def action(fd, number, value=0):
    return ioctl(fd, 0xC0086440, "II", number, value)[1]


def create(fd, size, flags=0x403, handle=0):
    """handle, size, object address, device address"""
    made = ioctl(fd, 0xC0306442, "IIQQQQiI", handle, flags, size, 0, 0, 0, 0, 0)
    return made[0], made[2], made[3], made[4]


def offset_of(fd, handle):
    return ioctl(fd, 0xC0106443, "IIQ", handle, 0, 0)[2]


def mapped(fd, handle, size):
    return mmap.mmap(fd, size, offset=offset_of(fd, handle))


def submit(fd, table, flags=5, number=1, mask=1, entries=((0, 1), (0, 1), (0, 1), (0, 0), (0, 0)), **fields):
    values = [flags, fields.get("timeout", 6000), 0, number, 0, 0, table, fields.get("domain", 0), 0, 0, 0, mask, -1]
    for entry in entries:
        values += entry
    return ioctl(fd, 0xC0686441, "IIIIIiQIIQqIi10I", *values)


card = os.open("/dev/dri/card1", os.O_RDWR | os.O_CLOEXEC)

# What it looks like.
check(sorted(glob.glob("/dev/dri/*")) == ["/dev/dri/card1", "/dev/dri/renderD129"], "glob")
check("card1" in os.listdir("/dev/dri"), "listdir")
for status in (os.fstat(card), os.stat("/dev/dri/card1")):
    check(stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(226, 1), "a device 226:1")
    check(status.st_size == 0, "size 0")
check(os.path.exists("/dev/dri/renderD129") and not os.path.exists("/dev/dri/card7"), "exists")
fails(errno.ENOENT, "another card", os.open, "/dev/dri/card7", os.O_RDWR)
check(open("/sys/kernel/debug/rknpu/version").read() == "RKNPU driver: v0.9.8\n", "debugfs")
check(open("/sys/dev/char/226:1/device/uevent").read().startswith("DRIVER=RKNPU"), "sysfs")

# DRM core.
name = ctypes.create_string_buffer(16)
version = bytearray(struct.pack("iiiQPQPQP", 0, 0, 0, 16, ctypes.addressof(name), 0, 0, 0, 0))
fcntl.ioctl(card, 0xC0406400, version)
check(struct.unpack_from("iii", version) == (0, 9, 8) and name.value == b"rknpu", "VERSION")
check(ioctl(card, 0xC0106401, "QQ", 64, ctypes.addressof(name))[0] == 0, "GET_UNIQUE gives no name")
check(ioctl(card, 0xC010640C, "QQ", 5, 0)[1] == 3, "GET_CAP: prime in and out")
fails(errno.EINVAL, "an unknown ioctl", ioctl, card, 0xC0086460, "II", 0, 0)

# ACTION.
check(action(card, 0, 0xFFFFFFFF) == 0x46495245, "hardware version")
check(action(card, 1) == 908, "driver version")
check(action(card, 18) == 1, "IOMMU")
check(action(card, 19, 0xFFFFFFED) == 0xFFFFFFED, "nice")
check(action(card, 13, 77) == 77, "amounts leave the value")
check(action(card, 6) == 0, "reset")
for number in (3, 5, 7, 12, 20, 21, 0x100):
    fails(errno.EINVAL, f"action {number}", action, card, number)

# Buffers: sizes, the three forms of the structure, handles.
handle, size, object_address, address = create(card, 10000)
check((handle, size) == (1, 12288) and address % 4096 == 0 and object_address >> 40 == 0xFFFFFF, "MEM_CREATE")
check(create(card, 1)[3] < address, "addresses go down")
old = ioctl(card, 0xC0286442, "IIQQQQ", 0, 0, 4096, 0, 0, 0)
check(old[0] == 3 and old[4] != 0, "MEM_CREATE of 40 bytes")
oldest = ioctl(card, 0xC0206442, "IIQQQ", 0, 0, 4096, 0, 0)
check(oldest[0] == 4 and oldest[4] != 0, "MEM_CREATE of 32 bytes")
check(create(card, 99, handle=1) == (1, 12288, object_address, address), "a known handle is a query")
fails(errno.ENOENT, "MEM_MAP of no handle", offset_of, card, 77)
fails(errno.EINVAL, "MEM_DESTROY of no handle", ioctl, card, 0xC0106444, "IIQ", 77, 0, 0)
ioctl(card, 0xC0106444, "IIQ", 3, 0, 0)
check(create(card, 4096)[0] == 3, "the lowest free handle")
fails(errno.EINVAL, "MEM_CREATE of nothing", create, card, 0)
fails(errno.ENOMEM, "MEM_CREATE of 8 GiB", create, card, 8 << 30)

# Mappings.
check(offset_of(card, 1) >= 1 << 32, "offsets begin at 4 GiB")
memory = mapped(card, 1, size)
memory[:4] = b"abcd"
check(memory.size() == 0, "a mapping's file has no size")
check(mapped(card, 1, 4096)[:4] == b"abcd", "a shorter mapping, same bytes")
fails(errno.EINVAL, "a longer mapping", mapped, card, 1, size + 4096)
fails(errno.EINVAL, "a mapping of no buffer", lambda: mmap.mmap(card, 4096, offset=1 << 40))
duplicate = os.dup(card)
check(mapped(duplicate, 1, size)[:4] == b"abcd", "a duplicate is the same open file")
os.close(duplicate)

# MEM_SYNC.
sync = lambda address, at, length: ioctl(card, 0xC0206445, "IIQQQ", 1, 0, address, at, length)
sync(object_address, 0, size)
fails(errno.EINVAL, "sync of an uncached buffer", sync, oldest[3], 0, 4096)
fails(errno.EINVAL, "sync of address 0", sync, 0, 0, 4096)

# Another open file has handles of its own; names and dma-bufs lead to the same buffer.
second = os.open("/dev/dri/card1", os.O_RDWR)
fails(errno.ENOENT, "a handle of another file", offset_of, second, 1)
flink = ioctl(card, 0xC008640A, "II", 1, 0)[1]
opened = ioctl(second, 0xC010640B, "IIQ", flink, 0, 0)
check(opened[2] == size and mapped(second, opened[1], size)[:4] == b"abcd", "FLINK and OPEN")
check(create(second, 1, handle=opened[1])[3] == address, "its device address")
fails(errno.ENOENT, "OPEN of no name", ioctl, second, 0xC010640B, "IIQ", 999, 0, 0)
render = os.open("/dev/dri/renderD129", os.O_RDWR)
fails(errno.EACCES, "OPEN on the render node", ioctl, render, 0xC010640B, "IIQ", flink, 0, 0)
dma_buf = ioctl(card, 0xC00C642D, "IIi", 1, 0x80002, -1)[2]
check(os.fstat(dma_buf).st_size == size and os.lseek(dma_buf, 0, os.SEEK_END) == size, "size of a dma-buf")
check(os.lseek(dma_buf, 0, os.SEEK_SET) == 0, "and back to its begin")
check(mmap.mmap(dma_buf, 4096)[:4] == b"abcd", "mmap of a dma-buf")
imported = ioctl(render, 0xC00C642E, "IIi", 0, 0, dma_buf)[0]
check(mapped(render, imported, size)[:4] == b"abcd", "PRIME to the render node")
check(ioctl(render, 0xC00C642E, "IIi", 0, 0, dma_buf)[0] == imported, "the same handle again")
with open("/dev/null") as other:
    fails(errno.EINVAL, "PRIME of a file that is none", ioctl, render, 0xC00C642E, "IIi", 0, 0, other.fileno())
fails(errno.ENOENT, "export of no handle", ioctl, card, 0xC00C642D, "IIi", 77, 0, -1)

# A dma-buf keeps its buffer when everything else is gone, and travels between processes.
ours, theirs = socket.socketpair()
child = os.fork()
if child == 0:
    received = socket.recv_fds(theirs, 1, 1)[1][0]
    ok = mmap.mmap(received, 4096)[:4] == b"abcd"
    ok = ok and mapped(card, 1, size)[:4] == b"abcd"  # the inherited file works, too
    memory[4:8] = b"efgh"
    os._exit(0 if ok else 1)
socket.send_fds(ours, [b"x"], [dma_buf])
check(os.waitpid(child, 0)[1] == 0, "a child with a sent dma-buf and an inherited file")
check(memory[4:8] == b"efgh", "memory is shared with the child")

# SUBMIT: what the driver refuses.
table = create(card, 4096, 0x40B)
fails(errno.EINVAL, "no tasks", submit, card, table[2], number=0)
fails(errno.EINVAL, "core mask 8", submit, card, table[2], mask=8)
fails(errno.EINVAL, "core mask 5", submit, card, table[2], mask=5)
fails(errno.EINVAL, "fences", submit, card, table[2], flags=5 | 16)
fails(errno.EINVAL, "no PC flag", submit, card, table[2], flags=4)
fails(errno.EINVAL, "no task object", submit, card, 0)
fails(errno.EINVAL, "domain 16", submit, card, table[2], domain=16)

# A table of zeros: nothing to fetch, no interrupt.
fails(errno.ETIMEDOUT, "an empty task", submit, card, table[2])

# The last close frees the buffers: 3 GiB again and again.
for _ in range(4):
    other = os.open("/dev/dri/card1", os.O_RDWR)
    create(other, 3 << 30)
    os.close(other)

print(f"{checks} checks")
