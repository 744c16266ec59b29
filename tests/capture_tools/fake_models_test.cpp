// Whole programs through the fake NPU, submitted by a client that knows nothing of npuscope: the
// programs for 1, 2 and 3 cores give the bytes that the simulator gives.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "replay/prepare/relocate.h"
#include "replay/run/conv_image.h"
#include "replay/run/model_run.h"
#include "replay/run/tensor_codes.h"
#include "replay/shape/shape_names.h"
#include "tests/capture_tools/shell.h"
#include "tests/corpus.h"

namespace npuscope::testing {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

struct Job {
  std::string lines, content;
  std::size_t submits = 0;
};

// A program of several lanes divided into submits: as much as the links of all lanes lead through,
// where the lanes that work wait for each other equally often.
class JobWriter {
 public:
  explicit JobWriter(const Image& image) : image_(image), next_(image.lanes.size()) {}

  Job run() {
    const AddressMap map = find_addresses(image_, db());
    for (const ImageBuffer& buffer : image_.buffers) {
      job_.lines += fmt::format("buffer {} {}\n", buffer.bytes, buffer.content.size());
      job_.content.append(reinterpret_cast<const char*>(buffer.content.data()),
                          buffer.content.size());
    }
    for (const AddressWord& word : map.words)
      job_.lines += fmt::format("address {} {} {} {}\n", word.word.buffer, word.word.offset,
                                word.target.buffer, word.target.offset);
    for (const sim::CoreTasks& lane : image_.lanes)
      for (const Task& task : lane.tasks) add_task(task);
    while (add_submit()) ++job_.submits;
    for (std::size_t i = 0; i < image_.buffers.size(); ++i)
      if (image_.buffers[i].role == BufferRole::output) job_.lines += fmt::format("output {}\n", i);
    return std::move(job_);
  }

 private:
  void add_task(const Task& task) {
    std::size_t b = 0;
    while (task.regcmd_addr - image_.buffers[b].address >= image_.buffers[b].bytes) ++b;
    job_.lines +=
        fmt::format("task {} {} {} {} {}\n", b, task.regcmd_addr - image_.buffers[b].address,
                    task.regcfg_amount, task.enable_mask, task.int_mask);
  }

  // How many tasks of the node wait in each lane.
  [[nodiscard]] std::vector<std::size_t> waiting(const std::vector<std::size_t>& from) const {
    std::uint32_t node = UINT32_MAX;
    for (std::size_t i = 0; i < from.size(); ++i)
      if (from[i] < image_.lanes[i].tasks.size())
        node = std::min(node, image_.lanes[i].tasks[from[i]].op_idx);
    std::vector<std::size_t> counts(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
      while (from[i] + counts[i] < image_.lanes[i].tasks.size() &&
             image_.lanes[i].tasks[from[i] + counts[i]].op_idx == node)
        ++counts[i];
    return counts;
  }

  [[nodiscard]] bool leads_on(std::size_t lane, std::size_t task) {
    const Task& last = image_.lanes[lane].tasks[task];
    Word word;
    const auto tail = image_.at(last.regcmd_addr + 8ULL * last.regcfg_amount, 8);
    std::memcpy(&word.raw, tail.data(), tail.size());
    return is_link(word) && word.value() == image_.lanes[lane].tasks[task + 1].regcmd_addr;
  }

  // The lanes that worked so far, with others or with unlinked tasks, are another submit.
  [[nodiscard]] bool joins(const std::vector<std::size_t>& counts,
                           const std::vector<std::size_t>& more) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if ((counts[i] == 0) != (more[i] == 0)) return false;
      if (more[i] > 0 && !leads_on(i, next_[i] + counts[i] - 1)) return false;
    }
    return true;
  }

  bool add_submit() {
    std::vector<std::size_t> counts = waiting(next_);
    if (std::ranges::all_of(counts, [](std::size_t n) { return n == 0; })) return false;
    for (;;) {
      std::vector<std::size_t> from = next_;
      for (std::size_t i = 0; i < from.size(); ++i) from[i] += counts[i];
      const std::vector<std::size_t> more = waiting(from);
      if (std::ranges::all_of(more, [](std::size_t n) { return n == 0; }) || !joins(counts, more))
        break;
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
    }
    unsigned mask = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0) mask |= 1U << image_.lanes[i].core;
    std::size_t ranges[5][2] = {}, first = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      auto& range = ranges[image_.lanes[i].core + (mask == 7 ? 2 : 0)];
      if (counts[i] > 0) range[0] = first + next_[i], range[1] = counts[i];
      first += image_.lanes[i].tasks.size();
      next_[i] += counts[i];
    }
    job_.lines += fmt::format("submit {}", mask);
    for (const auto& range : ranges) job_.lines += fmt::format(" {} {}", range[0], range[1]);
    job_.lines += '\n';
    return true;
  }

  Image image_;
  std::vector<std::size_t> next_;
  Job job_;
};

std::string through_the_fake(const Job& job) {
  const std::string stem = ::testing::TempDir() + "npuscope-job-" + std::to_string(getpid());
  write_whole(stem, job.lines), write_whole(stem + ".content", job.content);
  const Outcome outcome =
      run_shell("npuscope fake --quiet --strict -- " NPUSCOPE_CLIENT " rknpu file " + stem + " " +
                stem + ".content");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::filesystem::remove(stem), std::filesystem::remove(stem + ".content");
  return outcome.out;
}

// The bytes of all outputs, as the client prints them.
std::string outputs_in(const Image& image, const sim::AddressSpace& memory) {
  std::string all;
  for (const ImageBuffer& buffer : image.buffers) {
    if (buffer.role != BufferRole::output) continue;
    // The driver allocates whole pages.
    std::string bytes((buffer.bytes + 4095) / 4096 * 4096, '\0');
    EXPECT_TRUE(
        memory.read(buffer.address, std::as_writable_bytes(std::span(bytes).first(buffer.bytes))));
    all += bytes;
  }
  return all;
}

TEST(FakePrograms, GeneratedShapesGiveTheBytesOfTheSimulator) {
  for (const char* name :
       {"b1_c32_h14_w14_oc128_wic32_k3x3_g1", "b1_c64_h40_w40_oc96_wic64_k3x3_g1_p1",
        "b1_c3_h30_w30_oc16_wic3_k3x3_g1", "b1_c96_h20_w20_oc96_wic1_k3x3_g96_p1"}) {
    const auto shape = parse_shape(name);
    ASSERT_TRUE(shape);
    const auto program = generate_program(*shape, {});
    ASSERT_TRUE(program);
    std::string expected;
    for (unsigned cores = 1; cores <= 3; ++cores) {
      const auto image = conv_image(*program, draw_tensors(*shape, 3), cores);
      ASSERT_TRUE(image);
      sim::Simulator simulator;
      ASSERT_TRUE(load(*image, simulator.memory()));
      ASSERT_EQ(simulator.run_table(image->lanes).status, sim::RunStatus::done);
      if (cores == 1) expected = outputs_in(*image, simulator.memory());
      const Job job = JobWriter(*image).run();
      EXPECT_EQ(job.submits, 1U);
      EXPECT_TRUE(through_the_fake(job) == expected) << name << ", " << cores << " cores";
    }
  }
}

bool runs_on_the_npu_alone(const Model& model) {
  constexpr std::uint8_t npu = 2;
  return std::ranges::all_of(model.nodes, [](const Node& node) {
    return node.device == npu || node.op == "InputOperator" || node.op == "OutputOperator";
  });
}

// The image of a run with its inputs, all memory as it stands.
Image image_with_inputs(ModelRun& run) {
  for (std::size_t i = 0; i < run.model().graph_inputs.size(); ++i) {
    const auto& tensor = run.model().tensors[static_cast<std::size_t>(run.model().graph_inputs[i])];
    EXPECT_TRUE(run.set_input(i, random_codes(tensor, 5)));
  }
  Image image = run.linked().image;
  for (ImageBuffer& buffer : image.buffers) {
    buffer.content.resize(buffer.bytes);
    EXPECT_TRUE(run.simulator().memory().read(buffer.address, buffer.content));
  }
  return image;
}

TEST(FakePrograms, ModelsGiveTheBytesOfTheSimulator) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t programs = 0, together = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(corpus_path("rknn/rk3588"))) {
    if (entry.path().extension() != ".rknn") continue;
    const auto opened = open_input(entry.path().string(), db());
    ASSERT_TRUE(opened);
    std::string expected;
    for (unsigned cores = 1; cores <= 3; ++cores) {
      auto run = ModelRun::prepare(opened->front(), {.cores = cores});
      if (!run || run->linked().image.task_count() == 0) continue;
      if (!runs_on_the_npu_alone(run->model()) || run->model().container_version < 6) continue;
      const Image image = image_with_inputs(*run);
      if (run->run().status != sim::RunStatus::done) continue;
      if (cores == 1) expected = outputs_in(image, run->simulator().memory());
      const Job job = JobWriter(image).run();
      EXPECT_TRUE(through_the_fake(job) == expected) << entry.path() << ", " << cores << " cores";
      ++programs;
      together += image.lanes.size() > 1 && job.submits == 1 ? 1 : 0;
      fmt::print("{} on {} cores: {} tasks in {} submits\n", entry.path().filename().string(),
                 cores, image.task_count(), job.submits);
    }
  }
  EXPECT_GE(programs, 60U);
  EXPECT_GE(together, 10U);
}

}  // namespace
}  // namespace npuscope::testing
