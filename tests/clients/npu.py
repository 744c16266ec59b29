"""Both kernel drivers of the NPU from Python, with nothing but the standard library.

    npu = open_npu("rknpu")                     # or "rocket"
    a = npu.buffer(4096)                        # a.memory (mmap), a.address
    npu.run([Task(0x0d, 0x300, words)], reads=[a], writes=[b])

Structures are those of the drivers' headers (rknpu_ioctl.h, rocket_accel.h), written down once more.
"""
import ctypes
import fcntl
import mmap
import os
import struct
import time
from dataclasses import dataclass

U32, U64, I32, I64 = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_int32, ctypes.c_int64


def structure(name, **fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


MemCreate = structure("MemCreate", handle=U32, flags=U32, size=U64, obj_addr=U64, dma_addr=U64, sram_size=U64,
                      domain=I32, core_mask=U32)
MemMap = structure("MemMap", handle=U32, reserved=U32, offset=U64)
MemDestroy = structure("MemDestroy", handle=U32, reserved=U32, obj_addr=U64)
MemSync = structure("MemSync", flags=U32, reserved=U32, obj_addr=U64, offset=U64, size=U64)
Submit = structure("Submit", flags=U32, timeout=U32, task_start=U32, task_number=U32, task_counter=U32, priority=I32,
                   task_obj_addr=U64, domain=U32, reserved=U32, task_base_addr=U64, elapsed=I64, core_mask=U32,
                   fence_fd=I32, subcore=U32 * 10)
RocketCreate = structure("RocketCreate", size=U32, handle=U32, dma_address=U64, offset=U64)
RocketPrep = structure("RocketPrep", handle=U32, reserved=U32, timeout=I64)
RocketFini = structure("RocketFini", handle=U32, reserved=U32)
RocketJob = structure("RocketJob", tasks=U64, ins=U64, outs=U64, task_count=U32, task_size=U32, in_count=U32,
                      out_count=U32)
RocketSubmit = structure("RocketSubmit", jobs=U64, job_count=U32, job_size=U32, reserved=U64)
GemClose = structure("GemClose", handle=U32, pad=U32)

READ_WRITE, WRITE = 3, 1


def ioctl(fd, direction, number, argument):
    fcntl.ioctl(fd, direction << 30 | ctypes.sizeof(argument) << 16 | ord("d") << 8 | number, argument)
    return argument


@dataclass
class Buffer:
    handle: int
    address: int
    memory: mmap.mmap
    object: int = 0


@dataclass
class Task:
    enable: int     # blocks, as OPERATION_ENABLE names them
    interrupt: int  # 0x300 if the DPU ends the task, 0xc00 if the PPU does
    words: list


def word(target, offset, value):
    return target << 48 | (value & 0xFFFFFFFF) << 16 | offset


def link(tasks, address):
    """The records of a chain, each at a multiple of 64 bytes, and where they begin."""
    starts, at = [], 0
    for task in tasks:
        starts.append(at)
        at += (len(task.words) + 4 + 7) // 8 * 64
    stream = bytearray(at)
    for i, task in enumerate(tasks):
        tail = [0, word(0x0101, 0x14, 0)]
        if i + 1 < len(tasks):
            tail = [word(0x0101, 0x10, address + starts[i + 1]),
                    word(0x0101, 0x14, (len(tasks[i + 1].words) + 4 + 1) // 2 - 1)]
        tail += [word(0x0041, 0, 0), word(0x0081, 0x08, task.enable)]
        record = task.words + tail
        struct.pack_into(f"<{len(record)}Q", stream, starts[i], *record)
    return stream, starts


class Rknpu:
    def __init__(self):
        self.fd = os.open("/dev/dri/card1", os.O_RDWR | os.O_CLOEXEC)
        self.commands = self.buffer(65536)
        self.table = self.buffer(4096, flags=0x40B)

    def buffer(self, size, flags=0x403):
        made = ioctl(self.fd, READ_WRITE, 0x42, MemCreate(flags=flags, size=size))
        offset = ioctl(self.fd, READ_WRITE, 0x43, MemMap(handle=made.handle)).offset
        return Buffer(made.handle, made.dma_addr, mmap.mmap(self.fd, made.size, offset=offset), made.obj_addr)

    def free(self, buffer):
        buffer.memory.close()
        ioctl(self.fd, READ_WRITE, 0x44, MemDestroy(handle=buffer.handle))

    def sync(self, buffers, flags):
        for buffer in buffers:
            ioctl(self.fd, READ_WRITE, 0x45, MemSync(flags, 0, buffer.object, 0, len(buffer.memory)))

    def run(self, tasks, reads, writes):
        stream, starts = link(tasks, self.commands.address)
        self.commands.memory[:len(stream)] = bytes(stream)
        for i, (task, start) in enumerate(zip(tasks, starts)):
            entry = (0, i, task.enable, task.interrupt, 0x1FFFF, 0, len(task.words), 0, self.commands.address + start)
            self.table.memory[40 * i:40 * i + 40] = struct.pack("<8IQ", *entry)
        self.sync([self.commands, self.table, *reads], 1)
        count = len(tasks)
        submit = Submit(flags=5, timeout=6000, task_number=count, task_obj_addr=self.table.object, fence_fd=-1,
                        subcore=(U32 * 10)(0, count, 0, count, 0, count))
        ioctl(self.fd, READ_WRITE, 0x41, submit)
        assert submit.task_counter == count and submit.elapsed > 0, "the counter of tasks"
        self.sync(writes, 2)

    def close(self):
        for buffer in (self.commands, self.table):
            self.free(buffer)
        os.close(self.fd)


class Rocket:
    def __init__(self):
        self.fd = os.open("/dev/accel/accel0", os.O_RDWR | os.O_CLOEXEC)
        self.commands = self.buffer(65536)

    def buffer(self, size):
        made = ioctl(self.fd, READ_WRITE, 0x40, RocketCreate(size=size))
        return Buffer(made.handle, made.dma_address, mmap.mmap(self.fd, size, offset=made.offset))

    def free(self, buffer):
        buffer.memory.close()
        ioctl(self.fd, WRITE, 0x09, GemClose(handle=buffer.handle))

    def run(self, tasks, reads, writes):
        stream, starts = link(tasks, self.commands.address)
        self.commands.memory[:len(stream)] = bytes(stream)
        read, written = [self.commands, *reads], list(writes)
        for buffer in read:
            ioctl(self.fd, WRITE, 0x43, RocketFini(handle=buffer.handle))
        table = (U32 * (2 * len(tasks)))()
        for i, (task, start) in enumerate(zip(tasks, starts)):
            table[2 * i:2 * i + 2] = self.commands.address + start, len(task.words) + 4
        ins = (U32 * len(read))(*[buffer.handle for buffer in read])
        outs = (U32 * len(written))(*[buffer.handle for buffer in written])
        job = RocketJob(ctypes.addressof(table), ctypes.addressof(ins), ctypes.addressof(outs), len(tasks), 8,
                        len(read), len(written))
        ioctl(self.fd, WRITE, 0x41, RocketSubmit(ctypes.addressof(job), 1, ctypes.sizeof(job), 0))
        for buffer in written:
            deadline = time.clock_gettime_ns(time.CLOCK_MONOTONIC) + 10 ** 9
            ioctl(self.fd, WRITE, 0x42, RocketPrep(buffer.handle, 0, deadline))

    def close(self):
        self.free(self.commands)
        os.close(self.fd)


def open_npu(driver):
    return {"rknpu": Rknpu, "rocket": Rocket}[driver]()
