// Writes testdata/example: one small model and the captures that a run of it would leave.
//
//   make_example testdata/example
//
// Everything is made here, from our own writer of model files: the convolution of
// tests/support/rknn_examples.h with its registers filled in, placed at made-up device addresses as
// the vendor runtime places a model. No captured byte is in it.
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "decoder/bundle/bundle_directory.h"
#include "decoder/input/read_input.h"
#include "decoder/model.h"
#include "decoder/open.h"
#include "decoder/program/relocation.h"
#include "tests/support/rknn_examples.h"

using namespace npuscope;
using namespace npuscope::testing;

namespace {

constexpr std::uint32_t width = 4, channels = 8, kernels = 16;
constexpr std::uint32_t kernel_bytes = 32;  // 8 channels of f16, padded to 16
constexpr std::uint32_t task_base = 0xfff9f000, weight_base = 0xfff98000;
constexpr std::uint32_t input_base = 0xfff97000, output_base = 0xfff96000, copy_base = 0xfff95000;
constexpr std::uint64_t page = 4096;

std::uint32_t value_of(const SyntheticRecord& record, std::uint16_t offset) {
  for (const Word word : record.body) {
    if (word.offset() == offset) return word.value();
  }
  return 0;
}

// The values that follow from the geometry of the record: which rows, which kernels.
void fill_convolution(SyntheticRecord& record, std::uint32_t tile_family) {
  const std::uint32_t out_channels = (value_of(record, 0x4058) & 0x1fffU) + 1;
  const std::uint32_t rows = (value_of(record, 0x405c) >> 16U) + 1;
  const auto set = [&](std::uint16_t offset, std::uint32_t value) {
    set_register(record.body, offset, value);
  };
  set(0x100c, 2U << 7U | 2U << 4U);                    // fp16
  set(0x1010, tile_family << 28U | (rows + 1) << 4U);  // rows fetched ahead
  set(0x1014, 1U << 3U | 1U);                          // strides
  set(0x1020, width << 16U | rows);                    // input tile
  set(0x1024, (channels - 1) << 16U | channels);       //
  set(0x1028, width);                                  //
  set(0x102c, width * rows);                           //
  set(0x1030, kernel_bytes * out_channels);            // weights
  set(0x1034, kernel_bytes);                           //
  set(0x1038, 1U << 24U | 1U << 16U | out_channels);   //
  set(0x1040, 11U << 4U | 1U);                         // banks
  set(0x1044, 1);                                      //
  set(0x104c, 0xb);                                    // converter off
  for (std::uint16_t scale = 0x1050; scale <= 0x105c; scale += 4) set(scale, 1U << 16U);
  set(0x1078, 0xf000f);                          // bursts
  set(0x107c, width);                            //
  set(0x3010, 2U << 8U);                         // CORE: fp16
  set(0x3014, (rows - 1) << 16U | (width - 1));  //
  set(0x3018, out_channels - 1);                 //
  set(0x400c, 15U << 5U | 2U << 1U);             // DPU: to memory
  set(0x4030, width - 1);                        //
  set(0x4034, rows - 1);                         //
  set(0x403c, (out_channels - 1) << 16U | (out_channels - 1));
  set(0x4040, 0x53);            // BS, BN, EW off
  set(0x4060, 0x53);            //
  set(0x4070, 0x383);           //
  set(0x4084, 1U << 16U | 1U);  // scale 1, fp32 to fp16
}

SyntheticModel example_model() {
  SyntheticModel model = small_convolution();
  constexpr std::uint32_t by_kernels_2 = 4, by_rows_3 = 2;
  constexpr std::array<std::uint32_t, 6> families{0,         by_kernels_2, by_kernels_2,
                                                  by_rows_3, by_rows_3,    by_rows_3};
  for (std::size_t list = 0; list < model.lists.size(); ++list) {
    for (SyntheticRecord& record : model.lists[list]) {
      if (record.enable_mask == 0x0d) fill_convolution(record, families[list]);
    }
  }
  for (std::size_t i = 0; i < model.tensors[0].bytes.size(); i += 2) {
    model.tensors[0].bytes[i] = static_cast<std::uint8_t>(i % 64);  // fp16, near 1
    model.tensors[0].bytes[i + 1] = 0x3c;
  }
  return model;
}

// What the memory of the device holds when the program submits.
struct Memory {
  std::vector<std::byte> tasks, weights;
  std::uint64_t task_bytes = 0, regcmd_offset = 0, regcmd_bytes = 0, weight_bytes = 0;
};

std::uint64_t pages(std::uint64_t bytes) {
  return (bytes + page - 1) / page * page;
}

void put(std::vector<std::byte>& to, std::uint64_t at, std::span<const std::byte> bytes) {
  std::memcpy(to.data() + at, bytes.data(), bytes.size());
}

Result<Memory> place(const Capture& capture) {
  const WeightMemory layout = layout_weight_memory(capture);
  Bases bases = place_constants(capture, weight_base);
  bases.tensors["input"] = input_base;
  bases.tensors["output"] = output_base;
  bases.tensors["copy"] = copy_base;
  const auto regcmd = place_regcmd(capture, bases);
  if (!regcmd) return tl::unexpected(regcmd.error());
  const auto tasks = place_tasks(capture, bases.regcmd);
  if (!tasks) return tl::unexpected(tasks.error());
  Memory memory;
  memory.task_bytes = tasks->size();
  memory.regcmd_offset = layout.regcmd_offset;
  memory.regcmd_bytes = regcmd->size();
  memory.weight_bytes = layout.size;
  memory.tasks.resize(pages(tasks->size()));
  memory.weights.resize(pages(layout.size));
  put(memory.tasks, 0, *tasks);
  for (const ConstantPlace& constant : layout.constants) {
    const std::string& name = capture.model->tensors[constant.tensor].name;
    for (const Buffer& buffer : capture.buffers) {
      if (buffer.name == name) put(memory.weights, constant.offset, buffer.pieces.at(0).bytes);
    }
  }
  put(memory.weights, layout.regcmd_offset, *regcmd);
  const auto copy = place_tasks(capture, 0);
  if (copy) put(memory.weights, layout.task_offset, *copy);
  return memory;
}

// gdb stops at the submit and prints the tasks and a window of words.
std::string live_log(const Memory& memory) {
  std::string text = fmt::format(
      "TEST: conv2d_example\n"
      "D RKNN: [10:00:00.001] allocated memory, name: task, virt addr: 0x7ff7ff6000, dma addr: "
      "{:#x}, obj addr: 0xffffff8102fc0400, size: {}, aligned size: {}, fd: 4, handle: 1, flags: "
      "0x40b, gem name: 1, iommu domain id: 0\n"
      "D RKNN: [10:00:00.002] allocated memory, name: weight, virt addr: 0x7ff7fef000, dma addr: "
      "{:#x}, obj addr: 0xffffff8102fc4800, size: {}, aligned size: {}, fd: 5, handle: 2, flags: "
      "0x403, gem name: 2, iommu domain id: 0\n"
      "D RKNN: [10:00:00.003] subgraph0 regcmdbuffer size: {}, taskbuffer size: {}\n"
      "GEM 1: handle=1 size={} map_offset=0x100000000\n",
      task_base, memory.task_bytes, memory.tasks.size(), weight_base, memory.weight_bytes,
      memory.weights.size(), memory.regcmd_bytes, memory.task_bytes, memory.tasks.size());
  const std::size_t count = memory.task_bytes / task_bytes;
  text += fmt::format("  task_like_entries={}\n", count);
  for (std::size_t i = 0; i < count; ++i) {
    const Task t = load_task(std::span(memory.tasks).subspan(i * task_bytes));
    text += fmt::format(
        "  task_like[{}] off={:#06x} flags={:#010x} op_idx={} enable_mask={:#010x} "
        "int_mask={:#010x} int_clear={:#010x} int_status={:#010x} regcfg_amount={} "
        "regcfg_offset={} regcmd_addr={:#018x}\n",
        i, i * task_bytes, t.flags, t.op_idx, t.enable_mask, t.int_mask, t.int_clear, t.int_status,
        t.regcfg_amount, t.regcfg_offset, t.regcmd_addr);
  }
  const std::size_t words = memory.regcmd_bytes / 8;
  text += fmt::format("GEM 2: handle=2 size={} map_offset=0x100001000\n", memory.weights.size());
  text += fmt::format("  QWORD_WINDOW off={:#x} count={}\n", memory.regcmd_offset, words);
  const WordView view(std::span(memory.weights).subspan(memory.regcmd_offset, memory.regcmd_bytes));
  for (std::size_t i = 0; i < words; ++i)
    text += fmt::format("  regcmd_qword[{}] off={:#x} value={:#018x}\n", i,
                        memory.regcmd_offset + 8 * i, view[i].raw);
  text += "GEM 6: unavailable: [Errno 2] No such file or directory\n";
  return text + "submit #1: task_number=15 task_obj_addr=0xffffff8102fc0400\n";
}

// Rows of four u32; runs of zero rows are one row and a line with the range.
void hex_rows(std::string& text, std::span<const std::byte> bytes) {
  constexpr std::size_t row = 16;
  const auto is_zero = [&](std::size_t at) {
    for (std::size_t i = at; i < at + row; ++i) {
      if (bytes[i] != std::byte{0}) return false;
    }
    return true;
  };
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint32_t u[4];
    std::memcpy(u, bytes.data() + at, row);
    text += fmt::format("[{:08x}] = {:08x} {:08x} {:08x} {:08x}\n", at, u[0], u[1], u[2], u[3]);
    std::size_t end = at;
    while (end < bytes.size() && is_zero(end)) end += row;
    if ((end - at) / row > 4) {
      text += fmt::format("... {} blocks ({} bytes) from {:#010x} to {:#010x} are all zeros\n",
                          (end - at) / row, end - at, at, end - 1);
      at = end;
    } else {
      at += row;
    }
  }
}

std::string gem_text(const Memory& memory) {
  std::string text = fmt::format("gem flink 1: ret=0 handle=1 size={}\n", memory.tasks.size());
  hex_rows(text, memory.tasks);
  text += fmt::format("gem flink 2: ret=0 handle=2 size={}\n", memory.weights.size());
  hex_rows(text, memory.weights);
  return text;
}

// The calls of the program; one line of it printed inside a line of the runtime, as happens.
std::string ioctl_log(const Memory& memory) {
  return fmt::format(
      "ACTION flags=0x00000014 value=0x00000000\n"
      "IOCTL_RET #1 ACTION flags=0x00000014 ret=-1\n"
      "MEM_CREATE #1 size={0} flags=0x0000040b handle=0x0 obj=0x0 dma=0x0 sram=0\n"
      "IOCTL_RET #2 MEM_CREATE #1 ret=0\n"
      "MEM_CREATE_RET #1 handle=0x1 obj=0xffffff8102fc0400 dma={1:#x} sram=0\n"
      "MEM_CREATE #2 size={2} flags=0x00000403 handle=0x0 obj=0x0 dma=0x0 sram=0\n"
      "IOCTL_RET #3 MEM_CREATE #2 ret=0\n"
      "MEM_CREATE_RET #2 handle=0x2 obj=0xffffff8102fc4800 dma={3:#x} sram=0\n"
      "MEM_SYNC flags=0x00000001 obj=0xffffff8102fc4800 offset={4} size={5}\n"
      "D RKNN: [10:00:00.010] MEM_SYNC flags=0x00000001 obj=0xffffff8102fc0400 offset=0 size={0}\n"
      "IOCTL_RET #5 MEM_SYNC flags=0x00000001 ret=0\n"
      "Conv               1            0\n"
      "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x7fffff77e0 ===\n"
      "  flags=0x00000005 timeout=6000 task_start=0 task_number=15\n"
      "  task_counter=0 priority=0 task_obj_addr=0xffffff8102fc0400\n"
      "  regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x0\n"
      "  core_mask=0x00000000 fence_fd=-1\n"
      "  subcore_task[0]={{task_start=0, task_number=5}}\n"
      "  subcore_task[1]={{task_start=0, task_number=5}}\n"
      "  subcore_task[2]={{task_start=0, task_number=5}}\n"
      "  subcore_task[3]={{task_start=0, task_number=0}}\n"
      "  subcore_task[4]={{task_start=0, task_number=0}}\n"
      "IOCTL_RET #6 SUBMIT flags=0x00000005 ret=0\n",
      memory.task_bytes, task_base, memory.weight_bytes, weight_base, memory.regcmd_offset,
      memory.regcmd_bytes);
}

// What the kernel says of a job that did not finish.
constexpr std::string_view kernel_log =
    "[  120.000001] RKNPU: failed to wait job, task counter: 0, flags: 0x5, ret = 0, elapsed time: "
    "6000000us\n"
    "[  120.000002] RKNPU: job timeout, irq status: 0x0, raw status: 0xc0000000, require mask: "
    "0x300, task counter: 0x0, elapsed time: 6000000us\n";

constexpr std::string_view snapshot_log =
    "SYSFS_SNAPSHOT before\n"
    "  /sys/class/devfreq/fdab0000.npu/cur_freq = 1000000000\n"
    "  /sys/kernel/debug/rknpu/version = <unreadable:13>\n"
    "MMIO_SNAPSHOT before\n"
    "  MMIO_UNAVAILABLE device=/dev/mem errno=13 error=Permission denied\n";

// A result may run over several lines.
constexpr std::string_view sweep_log =
    "PASS     conv2d_a :: shape=1x8x4x4 tasks=5 PASS max_diff=0.0000\n"
    "FAIL     conv2d_b :: shape=1x8x7x7 tasks=5\n"
    "Traceback: mismatch in row 3\n"
    "PASS     conv2d_c :: shape=1x8x9x9 tasks=5 PASS max_diff=0.0008\n";

bool write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  return file.good();
}

bool write(const std::string& path, const std::vector<std::byte>& bytes) {
  return write(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Result<void> make(const std::string& directory) {
  const std::string model = directory + "/conv.rknn";
  std::filesystem::create_directories(directory + "/gems");
  if (!write(model, write_rknn(example_model()))) return unreadable("cannot write", model);
  const auto opened = open_input(model, RegisterDb::builtin());
  if (!opened) return tl::unexpected(opened.error());
  const auto memory = place(opened->front().capture);
  if (!memory) return tl::unexpected(memory.error());
  const bool good = write(directory + "/live.log", live_log(*memory)) &&
                    write(directory + "/gem-text.log", gem_text(*memory)) &&
                    write(directory + "/ioctl.log", ioctl_log(*memory)) &&
                    write(directory + "/kernel.log", kernel_log) &&
                    write(directory + "/snapshot.log", snapshot_log) &&
                    write(directory + "/sweep.log", sweep_log) &&
                    write(directory + "/gems/gem1-dump", memory->tasks) &&
                    write(directory + "/gems/gem2-dump", memory->weights);
  if (!good) return unreadable("cannot write", directory);
  const auto log = read_input(directory + "/live.log");
  if (!log) return tl::unexpected(log.error());
  return write_bundle(bundle_files(log->front()), directory + "/live.bundle", true);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    fmt::print(stderr, "usage: {} DIRECTORY\n", arguments[0]);
    return 2;
  }
  if (const auto made = make(arguments[1]); !made) {
    fmt::print(stderr, "{}\n", made.error().text());
    return 1;
  }
  return 0;
}
