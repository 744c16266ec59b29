"""Operations in f16 on the NPU, compared with Python's own numbers.

    python3 operations.py rknpu|rocket conv|matmul|add|pool|chain|threads

Maps are lists over [channel][row][column]. In memory they are cubes: surfaces of eight channels, sixteen bytes a
pixel. Values are small multiples of 1/8, so that sums are exact wherever the NPU adds in f32. Exit code 0: equal.
"""
import random
import struct
import sys
import threading

from npu import Task, open_npu, word

# Blocks, as command words address them, and bits of OPERATION_ENABLE.
CNA, CORE, DPU, RDMA, PPU, PPU_RDMA = 0x0201, 0x0801, 0x1001, 0x2001, 0x4001, 0x8001
CONVOLUTION, FROM_MEMORY, POOLING = 0x0D, 0x18, 0x60
DPU_DONE, PPU_DONE = 0x300, 0xC00
NOTHING = 0x53  # stages BS and BN bypassed
RELU = 0x12     # BN bypassed, but for its ReLU


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def random_map(channels, height, width, seed):
    draw = random.Random(seed)
    return [[[draw.randrange(-8, 8) / 8 for _ in range(width)] for _ in range(height)] for _ in range(channels)]


def cube(values):
    channels, height, width = len(values), len(values[0]), len(values[0][0])
    flat = [values[8 * s + lane][y][x] if 8 * s + lane < channels else 0.0
            for s in range((channels + 7) // 8) for y in range(height) for x in range(width) for lane in range(8)]
    return struct.pack(f"<{len(flat)}e", *flat)


def from_cube(data, channels, height, width):
    flat = struct.unpack_from(f"<{(channels + 7) // 8 * 8 * height * width}e", data)
    return [[[flat[((c // 8 * height + y) * width + x) * 8 + c % 8] for x in range(width)] for y in range(height)]
            for c in range(channels)]


def packed_weights(kernels):
    """[kernel][channel][row][column]: groups of 16 kernels, in them blocks of 32 channels."""
    channels, size = len(kernels[0]), len(kernels[0][0])
    flat = [kernel[c][y][x]
            for g in range(0, len(kernels), 16) for b in range(0, channels, 32) for y in range(size)
            for x in range(size) for kernel in kernels[g:g + 16] for c in range(b, min(b + 32, channels))]
    return struct.pack(f"<{len(flat)}e", *flat)


def store(output, channels, height, width, relu=False):
    """The DPU: what comes out of its stages goes to a cube."""
    pitch = 16 * height * width
    return [word(DPU, 0x4010, 0x48000002), word(DPU, 0x4014, 0), word(DPU, 0x4020, output), word(DPU, 0x4024, pitch),
            word(DPU, 0x4030, width - 1), word(DPU, 0x4034, height - 1), word(DPU, 0x4038, 0),
            word(DPU, 0x403C, (channels - 1) << 16 | (channels - 1)), word(DPU, 0x4040, NOTHING),
            word(DPU, 0x4050, 0x126), word(DPU, 0x4054, 0), word(DPU, 0x4058, channels - 1),
            word(DPU, 0x405C, (height - 1) << 16 | (width - 1)), word(DPU, 0x4060, RELU if relu else NOTHING),
            word(DPU, 0x4080, 0), word(DPU, 0x4084, 0x10001), word(DPU, 0x4088, 0), word(DPU, 0x40C0, 2 * pitch)]


def conv_task(source, weights, output, shape, kernels, size, stride=1, padding=0, relu=False):
    channels, height, width = shape
    rows, columns = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
    entries = (width * channels * 2 + 63) // 64
    banks = (entries * height + 511) // 512
    words = [word(DPU, 0x4004, 0x0E), word(CNA, 0x1040, (12 - banks) << 4 | banks), word(CNA, 0x100C, 0x120),
             word(CNA, 0x1010, (height + size) << 4), word(CNA, 0x1014, stride << 3 | stride),
             word(CNA, 0x1020, width << 16 | height), word(CNA, 0x1024, (channels - 1) << 16 | channels),
             word(CNA, 0x1028, columns), word(CNA, 0x102C, rows * columns),
             word(CNA, 0x1030, size * size * channels * 2 * kernels), word(CNA, 0x1034, size * size * channels * 2),
             word(CNA, 0x1038, size << 24 | size << 16 | kernels), word(CNA, 0x1044, entries),
             word(CNA, 0x104C, 0x0B), word(CNA, 0x1060, 0), word(CNA, 0x1064, 0),
             word(CNA, 0x1068, padding << 4 | padding), word(CNA, 0x1070, source), word(CNA, 0x1074, 0),
             word(CNA, 0x1078, 0xF000F), word(CNA, 0x107C, 4 * width),
             word(CNA, 0x1080, (height - 4) * width & 0xFFFFFFF),
             word(CNA, 0x1084, width << 16 | height), word(CNA, 0x1088, channels), word(CNA, 0x1100, 0),
             word(CNA, 0x1104, 0), word(CNA, 0x1110, weights), word(CNA, 0x1180, 0), word(CNA, 0x1184, 0),
             word(CORE, 0x3010, 0x200), word(CORE, 0x3014, (rows - 1) << 16 | (columns - 1)),
             word(CORE, 0x3018, kernels - 1), word(CORE, 0x301C, 0), word(DPU, 0x400C, 0x1E4), word(DPU, 0x4070, 0x383)]
    return Task(CONVOLUTION, DPU_DONE, words + store(output, kernels, rows, columns, relu))


def add_task(a, b, output, shape):
    channels, height, width = shape
    words = [word(DPU, 0x4004, 0x0E), word(RDMA, 0x5004, 0x0E), word(DPU, 0x400C, 0x1E5),
             word(DPU, 0x4070, 0x108203C0), word(DPU, 0x4078, 1), word(RDMA, 0x500C, width - 1),
             word(RDMA, 0x5010, height - 1), word(RDMA, 0x5014, channels - 1), word(RDMA, 0x5018, a),
             word(RDMA, 0x501C, 0), word(RDMA, 0x5028, 0), word(RDMA, 0x5034, 0x40000008), word(RDMA, 0x5038, b),
             word(RDMA, 0x5040, 16 * height * width), word(RDMA, 0x5044, 0x17841), word(RDMA, 0x5048, 0),
             word(RDMA, 0x504C, 0), word(RDMA, 0x506C, 0)]
    return Task(FROM_MEMORY, DPU_DONE, words + store(output, *shape))


def pool_task(source, output, shape, size):
    channels, height, width = shape
    rows, columns = height // size, width // size
    words = [word(PPU, 0x6004, 0x0E), word(PPU_RDMA, 0x7004, 0x0E), word(PPU, 0x600C, width - 1),
             word(PPU, 0x6010, height - 1), word(PPU, 0x6014, channels - 1), word(PPU, 0x6018, columns - 1),
             word(PPU, 0x601C, rows - 1), word(PPU, 0x6020, channels - 1), word(PPU, 0x6024, 0x11),
             word(PPU, 0x6034, (size - 1) * 0x110101), word(PPU, 0x6038, 0), word(PPU, 0x603C, 0),
             word(PPU, 0x6040, 0), word(PPU, 0x6044, 0xFC00), word(PPU, 0x6048, 0), word(PPU, 0x6070, output),
             word(PPU, 0x607C, 16 * rows * columns), word(PPU, 0x6084, 2), word(PPU, 0x60DC, 3),
             word(PPU_RDMA, 0x700C, width - 1), word(PPU_RDMA, 0x7010, height - 1),
             word(PPU_RDMA, 0x7014, channels - 1), word(PPU_RDMA, 0x701C, source), word(PPU_RDMA, 0x7024, 16 * width),
             word(PPU_RDMA, 0x7028, 16 * width * height), word(PPU_RDMA, 0x7030, 2)]
    return Task(POOLING, PPU_DONE, words)


def convolved(values, kernels, stride=1, padding=0, relu=False):
    height, width, size = len(values[0]), len(values[0][0]), len(kernels[0][0])

    def one(kernel, y, x):
        total = 0.0
        for plane, taps in zip(values, kernel):
            for dy in range(size):
                for dx in range(size):
                    row, column = y * stride + dy - padding, x * stride + dx - padding
                    if 0 <= row < height and 0 <= column < width:
                        total += plane[row][column] * taps[dy][dx]
        return half(max(total, 0.0) if relu else total)

    rows, columns = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
    return [[[one(kernel, y, x) for x in range(columns)] for y in range(rows)] for kernel in kernels]


def added(a, b):
    return [[[half(p + q) for p, q in zip(*rows)] for rows in zip(*planes)] for planes in zip(a, b)]


def pooled(values, size):
    return [[[max(plane[y * size + dy][x * size + dx] for dy in range(size) for dx in range(size))
              for x in range(len(plane[0]) // size)] for y in range(len(plane) // size)] for plane in values]


def shape_of(values):
    return len(values), len(values[0]), len(values[0][0])


class Session:
    """Buffers of one operation, which are gone behind it."""

    def __init__(self, driver):
        self.npu, self.buffers = open_npu(driver), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for buffer in self.buffers:
            self.npu.free(buffer)
        self.npu.close()

    def buffer(self, content):
        buffer = self.npu.buffer(max(4096, (len(content) + 4095) // 4096 * 4096))
        buffer.memory[:len(content)] = content
        self.buffers.append(buffer)
        return buffer

    def space(self, channels, height, width):
        return self.buffer(bytes((channels + 7) // 8 * 16 * height * width))


def compare(name, got, wanted):
    worst, count = 0.0, 0
    for g, w in zip((v for p in got for r in p for v in r), (v for p in wanted for r in p for v in r)):
        worst, count = max(worst, abs(g - w)), count + 1
    print(f"{name}: {count} values, worst difference {worst:g}")
    return worst == 0


def run_conv(driver, name, values, kernels, **options):
    wanted = convolved(values, kernels, **options)
    with Session(driver) as s:
        source, weights = s.buffer(cube(values)), s.buffer(packed_weights(kernels))
        output = s.space(*shape_of(wanted))
        task = conv_task(source.address, weights.address, output.address, shape_of(values), len(kernels),
                         len(kernels[0][0]), **options)
        s.npu.run([task], [source, weights], [output])
        return compare(name, from_cube(output.memory, *shape_of(wanted)), wanted)


def conv(driver):
    kernels = [random_map(32, 3, 3, k) for k in range(24)]
    return run_conv(driver, "conv", random_map(32, 11, 13, 99), kernels, stride=2, padding=1, relu=True)


def matmul(driver):
    """A[20][64] x B[64][48]: rows of A are pixels of one column."""
    return run_conv(driver, "matmul", random_map(64, 20, 1, 5), [random_map(64, 1, 1, 100 + k) for k in range(48)])


def add(driver):
    a, b = random_map(24, 6, 9, 1), random_map(24, 6, 9, 2)
    with Session(driver) as s:
        left, right, output = s.buffer(cube(a)), s.buffer(cube(b)), s.space(24, 6, 9)
        s.npu.run([add_task(left.address, right.address, output.address, (24, 6, 9))], [left, right], [output])
        return compare("add", from_cube(output.memory, 24, 6, 9), added(a, b))


def pool(driver):
    values = random_map(16, 9, 12, 3)
    with Session(driver) as s:
        source, output = s.buffer(cube(values)), s.space(16, 3, 4)
        s.npu.run([pool_task(source.address, output.address, (16, 9, 12), 3)], [source], [output])
        return compare("pool", from_cube(output.memory, 16, 3, 4), pooled(values, 3))


def chain(driver):
    """A residual block: conv with ReLU, conv, plus the input; with the vendor's driver then a maximum."""
    values = random_map(16, 8, 8, 7)
    kernels = [[random_map(16, 3, 3, 200 + 50 * i + k) for k in range(16)] for i in range(2)]
    middle = convolved(values, kernels[0], padding=1, relu=True)
    wanted = added(convolved(middle, kernels[1], padding=1), values)
    shape, pools = (16, 8, 8), driver == "rknpu"
    with Session(driver) as s:
        source, weights = s.buffer(cube(values)), [s.buffer(packed_weights(k)) for k in kernels]
        maps, small = [s.space(*shape) for _ in range(3)], s.space(16, 4, 4)
        tasks = [conv_task(source.address, weights[0].address, maps[0].address, shape, 16, 3, padding=1, relu=True),
                 conv_task(maps[0].address, weights[1].address, maps[1].address, shape, 16, 3, padding=1),
                 add_task(maps[1].address, source.address, maps[2].address, shape)]
        if pools:
            tasks.append(pool_task(maps[2].address, small.address, shape, 2))
        s.npu.run(tasks, [source, *weights], [*maps, small] if pools else maps)
        good = compare("chain", from_cube(maps[2].memory, *shape), wanted)
        return good and (not pools or from_cube(small.memory, 16, 4, 4) == pooled(wanted, 2))


def threads(driver):
    """Two threads, each with a file of its own, and different work."""
    results = []

    def work(operation):
        for _ in range(4):
            results.append(operation(driver))

    workers = [threading.Thread(target=work, args=(operation,)) for operation in (matmul, add)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results == [True] * 8


OPERATIONS = {function.__name__: function for function in (conv, matmul, add, pool, chain, threads)}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in OPERATIONS:
        raise SystemExit(__doc__)
    raise SystemExit(0 if OPERATIONS[sys.argv[2]](sys.argv[1]) else 1)
