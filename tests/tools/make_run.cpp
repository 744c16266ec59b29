// Writes testdata/run: the logs that one run of a convolution under librknnrt would leave.
//
//   make_run testdata/run
//
// Sizes, tasks and words are the generator's; the order of calls and the form of the lines are
// those that public logs show. All handles, pointers and times are made up: nobody has run this.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "decoder/task.h"
#include "decoder/word.h"
#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"

using namespace npuscope;

namespace {

constexpr std::string_view shape_key = "b1_c128_h40_w40_oc64_wic128_k1x1_g1";
constexpr std::uint64_t page = 4096, first_mapping = 0x100000000;

struct Made {
  std::string name;
  std::uint64_t bytes = 0, address = 0, object = 0, mapping = 0, pages = 0;
  std::uint32_t handle = 0, flags = 0x403;
};

struct RunOf {
  explicit RunOf(const GeneratedProgram& made) : program(made) {
    const BufferLayout& layout = made.layout;
    add("task", layout.task);
    add("weight", layout.weight);
    add("internal", layout.internal);
    add("input", layout.input);
    add("output", layout.output);
    buffers[0].flags = 0x40b;
  }

  void add(std::string name, const PlacedBuffer& placed) {
    const auto index = buffers.size();
    Made made{std::move(name), placed.bytes, placed.address, 0xffffff8102a00400 + 0xc00 * index};
    made.pages = (placed.bytes + page - 1) / page * page;
    made.mapping = index == 0 ? first_mapping : buffers.back().mapping + buffers.back().pages;
    made.handle = static_cast<std::uint32_t>(index + 1);
    buffers.push_back(std::move(made));
  }

  // Of the only node: node 0 is the input.
  [[nodiscard]] std::vector<Task> tasks() const {
    std::vector<Task> tasks = program.stream.tasks(commands());
    for (Task& task : tasks) task.op_idx = 1;
    return tasks;
  }
  [[nodiscard]] std::size_t section() const { return program.stream.list(0).size(); }
  [[nodiscard]] std::uint64_t commands() const {
    return program.layout.weight.address + program.layout.commands_offset;
  }

  const GeneratedProgram& program;
  std::vector<Made> buffers;
};

// "free" or "allocated"
std::string memory_line(std::string_view what, const Made& b) {
  return fmt::format(
      "D RKNN: [10:00:00.100] {} memory, name: {}, virt addr: {:#x}, dma addr: {:#x}, obj addr: "
      "{:#x}, size: {}, aligned size: {}, fd: {}, handle: {}, flags: {:#x}, gem name: {}, iommu "
      "domain id: 0\n",
      what, b.name, 0x7ff7000000 + (b.mapping - first_mapping), b.address, b.object, b.bytes,
      b.pages, b.handle + 3, b.handle, b.flags, b.handle);
}

std::string version_lines() {
  return "I RKNN: [10:00:00.090] RKNN Runtime Information, librknnrt version: 2.3.0 "
         "(c949ad889d@2024-11-07T11:35:33)\n"
         "I RKNN: [10:00:00.091] RKNN Driver Information, version: 0.9.8\n"
         "I RKNN: [10:00:00.092] RKNN Model Information, version: 6, toolkit version: "
         "2.3.2(compiler "
         "version: 2.3.2 (@2025-04-03T08:26:16)), target: RKNPU v2, target platform: rk3588\n";
}

std::string tensor_lines(const RunOf& run) {
  const ConvShape& s = run.program.plan.shape;
  const Made& internal = run.buffers[2];
  const std::uint64_t input_bytes = run.program.layout.input.bytes,
                      output_bytes = run.program.layout.output.bytes;
  std::string text =
      fmt::format("D RKNN: [10:00:00.101] subgraph0 regcmdbuffer size: {}, taskbuffer size: {}\n",
                  run.program.stream.bytes(), task_bytes * run.program.stream.task_count());
  text += fmt::format(
      "D RKNN: [10:00:00.102] 1   Conv           input    FLOAT16   NC1HWC2      ({},{},{},{}) "
      "({},{},{},{},8) | {:#010x} {:#010x} {:#010x}\n",
      s.batch, s.in_channels, s.in_height, s.in_width, s.batch, s.in_channels / 8, s.in_height,
      s.in_width, internal.address, internal.address + input_bytes, input_bytes);
  text += fmt::format(
      "D RKNN: [10:00:00.102] 2   OutputOperator output   FLOAT16   NC1HWC2      ({},{},{},{}) "
      "({},{},{},{},8) | {:#010x}*{:#010x} {:#010x}\n",
      s.batch, s.out_channels, s.in_height, s.in_width, s.batch, s.out_channels / 8, s.in_height,
      s.in_width, internal.address + input_bytes, internal.address + input_bytes + output_bytes,
      output_bytes);
  const std::uint64_t weights = run.program.layout.bias_offset;
  text += fmt::format(
      "D RKNN: [10:00:00.102] 1   Conv conv.weight FLOAT16   ({},{},{},{}) | {:#010x} {:#010x} "
      "{:#010x}\n",
      s.out_channels, s.in_channels, s.kernel_height, s.kernel_width, run.buffers[1].address,
      run.buffers[1].address + weights, weights);
  return text;
}

// The calls in order, each with its return line.
class CallLog {
 public:
  explicit CallLog(const RunOf& run) : run_(run) {}

  std::string write() {
    text_ = "TEST: conv2d_run\n";
    for (const unsigned action : {0U, 1U, 20U, 19U, 1U}) this->action(action);
    create(0);
    create(1);
    sync(1, 1, 0, run_.buffers[1].bytes);
    action(1);
    sync(0, 1, 0, run_.buffers[0].bytes);
    create(2);
    text_ += version_lines();
    for (std::size_t i = 0; i < 3; ++i) text_ += memory_line("allocated", run_.buffers[i]);
    text_ += tensor_lines(run_);
    create(3);
    create(4);
    commands();
    sync(3, 1, 0, run_.buffers[3].bytes);
    commands();
    submit();
    sync(4, 2, 0, run_.buffers[4].bytes);
    for (std::size_t i = 3; i < 5; ++i) text_ += memory_line("allocated", run_.buffers[i]);
    torn_sync();
    action(21);
    for (const std::size_t i : {2U, 1U, 0U, 3U, 4U}) text_ += memory_line("free", run_.buffers[i]);
    return text_;
  }

 private:
  void returned(const std::string& call, int code = 0) {
    text_ += fmt::format("IOCTL_RET #{} {} ret={}\n", ++calls_, call, code);
  }

  void action(unsigned flags) {
    const std::uint32_t value = flags == 0 ? 0xffffffff : flags == 19 ? 0xffffffed : 0;
    text_ += fmt::format("ACTION flags={:#010x} value={:#010x}\n", flags, value);
    returned(fmt::format("ACTION flags={:#010x}", flags), flags == 20 || flags == 21 ? -1 : 0);
  }

  void create(std::size_t index) {
    const Made& b = run_.buffers[index];
    const std::size_t n = index + 1;
    action(18);
    text_ +=
        fmt::format("MEM_CREATE #{} size={} flags={:#010x} handle=0x0 obj=0x0 dma=0x0 sram=0\n", n,
                    b.bytes, b.flags);
    returned(fmt::format("MEM_CREATE #{}", n));
    text_ += fmt::format("MEM_CREATE_RET #{} handle={:#x} obj={:#x} dma={:#x} sram=0\n", n,
                         b.handle, b.object, b.address);
    text_ += fmt::format("MEM_MAP #{} handle={:#x} reserved=0x0 offset=0x0\n", n, b.handle);
    returned(fmt::format("MEM_MAP #{}", n));
    text_ += fmt::format("MEM_MAP_RET #{} handle={:#x} reserved=0x0 offset={:#x}\n", n, b.handle,
                         b.mapping);
    text_ += fmt::format(
        "MMAP #{0} maps={0} addr=0x0 length={1} prot=0x3 flags=0x1 fd=3 offset={2:#x}\n", n,
        b.bytes, b.mapping);
    text_ +=
        fmt::format("MMAP_RET #{} addr={:#x}\n", n, 0x7ff7000000 + (b.mapping - first_mapping));
    sync(index, 3, 0, b.bytes);
  }

  [[nodiscard]] std::string sync_text(std::size_t index, unsigned flags, std::uint64_t offset,
                                      std::uint64_t bytes) const {
    return fmt::format("MEM_SYNC flags={:#010x} obj={:#x} offset={} size={}\n", flags,
                       run_.buffers[index].object, offset, bytes);
  }
  void sync(std::size_t index, unsigned flags, std::uint64_t offset, std::uint64_t bytes) {
    text_ += sync_text(index, flags, offset, bytes);
    returned(fmt::format("MEM_SYNC flags={:#010x}", flags));
  }
  // gdb prints into a line that the runtime has begun; its tail follows two lines later.
  void torn_sync() {
    text_ += "D RKNN: [10:00:00.200] " + sync_text(4, 2, 0, run_.buffers[4].bytes);
    returned("MEM_SYNC flags=0x00000002");
    text_ += "Conv               1            0            0            120\n";
  }

  void commands() { sync(1, 1, run_.program.layout.commands_offset, run_.program.stream.bytes()); }

  void submit() {
    const std::size_t n = run_.section();
    text_ += fmt::format(
        "\n=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x7fffff77e0 ===\n"
        "  flags=0x00000005 timeout=6000 task_start=0 task_number={}\n"
        "  task_counter=0 priority=0 task_obj_addr={:#x}\n"
        "  regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x0\n"
        "  core_mask=0x00000000 fence_fd=-1\n",
        3 * n, run_.buffers[0].object);
    for (std::size_t i = 0; i < 5; ++i)
      text_ +=
          fmt::format("  subcore_task[{}]={{task_start=0, task_number={}}}\n", i, i < 3 ? n : 0);
    text_ += fmt::format(
        "  task_obj_mem_create_matches=1\n"
        "    match size={} handle={:#x} dma={:#x} flags={:#010x}\n",
        run_.buffers[0].pages, run_.buffers[0].handle, run_.buffers[0].address,
        run_.buffers[0].flags);
    returned("SUBMIT #1");
  }

  const RunOf& run_;
  std::string text_;
  int calls_ = 0;
};

// gdb stops at the submit and prints the tasks and a window of words.
std::string live_log(const RunOf& run) {
  std::string text = "TEST: conv2d_run\n" + version_lines();
  for (std::size_t i = 0; i < 3; ++i) text += memory_line("allocated", run.buffers[i]);
  text += tensor_lines(run);
  const Made &task = run.buffers[0], &weight = run.buffers[1];
  text += fmt::format("GEM 1: handle=1 size={} map_offset={:#x}\n", task.pages, task.mapping);
  const std::vector<Task> tasks = run.tasks();
  text += fmt::format("  task_like_entries={}\n", tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Task& t = tasks[i];
    text += fmt::format(
        "  task_like[{}] off={:#06x} flags={:#010x} op_idx={} enable_mask={:#010x} "
        "int_mask={:#010x} int_clear={:#010x} int_status={:#010x} regcfg_amount={} "
        "regcfg_offset={} regcmd_addr={:#018x}\n",
        i, i * task_bytes, t.flags, t.op_idx, t.enable_mask, t.int_mask, t.int_clear, t.int_status,
        t.regcfg_amount, t.regcfg_offset, t.regcmd_addr);
  }
  const std::vector<std::byte> stream = run.program.stream.link(run.program.layout.bases());
  const WordView words(stream);
  const std::uint64_t offset = run.program.layout.commands_offset;
  text += fmt::format("GEM 2: handle=2 size={} map_offset={:#x}\n", weight.pages, weight.mapping);
  text += fmt::format("  QWORD_WINDOW off={:#x} count={}\n", offset, stream.size() / 8);
  for (std::size_t i = 0; i < stream.size() / 8; ++i)
    text += fmt::format("  regcmd_qword[{}] off={:#x} value={:#018x}\n", i, offset + 8 * i,
                        words[i].raw);
  text += "GEM 6: unavailable: [Errno 2] No such file or directory\n";
  text += fmt::format("submit #1: task_number={} task_obj_addr={:#x}\n", 3 * run.section(),
                      task.object);
  for (std::size_t i = 3; i < 5; ++i) text += memory_line("allocated", run.buffers[i]);
  for (const std::size_t i : {2U, 1U, 0U, 3U, 4U}) text += memory_line("free", run.buffers[i]);
  return text;
}

// A driver with the published trace patch. Zero prints as 0 there (%#x). The names of registers in
// its last two lines are ours: no real log is public.
std::string kernel_log(const RunOf& run) {
  const std::vector<Task> tasks = run.tasks();
  const Task &first = tasks.front(), &last = tasks[run.section() - 1];
  const std::string head = "[  120.000001] RKNPU: ";
  return head +
         "pc commit prelude: core=0 core_mask=0x1 use_core_num=1 task_status=0 int_status=0 "
         "int_raw=0 enable_mask=0\n" +
         head +
         fmt::format(
             "pc commit trace: core=0 submit_index=0 task_start=0 task_number={} task_end={} "
             "first_regcmd={:#x} first_amount={} first_enable={:#x} first_int={:#x} "
             "last_int={:#x} task_base_addr=0 flags=0x5 use_core_num=1\n",
             run.section(), run.section() - 1, first.regcmd_addr, first.regcfg_amount,
             first.enable_mask, first.int_mask, last.int_mask) +
         head +
         fmt::format("pc commit regs: core=0 pc_data_addr={:#x} pc_data_amount={:#x}\n",
                     first.regcmd_addr, link_amount(first.regcfg_amount)) +
         head + "pc commit armed: core=0 task_control=0x7002 op_en=0x1\n" + head +
         fmt::format("valid irq trace: core=0 int_status={:#x} task_counter={:#x}\n", last.int_mask,
                     run.section());
}

std::string snapshot_log() {
  std::string text =
      "SYSFS_SNAPSHOT after_run\n"
      "  /sys/devices/platform/fdab0000.npu/power/runtime_status = active\n"
      "  /sys/devices/platform/fdab0000.npu/power/runtime_usage = 0\n"
      "  /sys/class/devfreq/fdab0000.npu/cur_freq = 1000000000\n"
      "  /sys/kernel/debug/rknpu/version = <unreadable:13>\n"
      "MMIO_SNAPSHOT after_run\n";
  constexpr std::array<unsigned, 15> offsets{0x00, 0x04, 0x08, 0x10, 0x14, 0x20,   0x24,  0x28,
                                             0x2c, 0x30, 0x34, 0x38, 0x3c, 0x1004, 0x3004};
  for (unsigned core = 0; core < 3; ++core) {
    text += fmt::format("  core={} base={:#x}\n", core, 0xfdab0000U + 0x10000U * core);
    for (const unsigned offset : offsets)
      text += fmt::format("    {:<20} off={:#06x} value={:#010x}\n", fmt::format("AT_{:X}", offset),
                          offset,
                          offset == 0       ? 0x46495245
                          : offset < 0x1000 ? 0
                                            : 0xe);
  }
  return text;
}

bool write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return file.good();
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    fmt::print(stderr, "usage: {} DIRECTORY\n", arguments[0]);
    return 2;
  }
  const std::string directory = arguments[1];
  GenerateOptions options;
  options.version = *compiler_version("2.3.2");
  const auto made = generate_program(*parse_shape(shape_key), options);
  if (!made) {
    fmt::print(stderr, "{}\n", made.error().text());
    return 1;
  }
  const RunOf run(*made);
  std::filesystem::create_directories(directory);
  const bool good = write(directory + "/ioctl.log", CallLog(run).write()) &&
                    write(directory + "/live.log", live_log(run)) &&
                    write(directory + "/kernel.log", kernel_log(run)) &&
                    write(directory + "/snapshot.log", snapshot_log());
  return good ? 0 : 1;
}
