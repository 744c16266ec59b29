#include "tests/capture_tools/device/fake_board.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rocket_device.h"
#include "replay/run/conv_image.h"
#include "replay/shape/shape_names.h"

namespace npuscope::testing {

namespace fs = std::filesystem;
using namespace uabi;

namespace {

void write(const fs::path& path, const std::string& text, std::ios::openmode mode = {}) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, mode) << text;
}

// An open file of the fake.
class FakeFile {
 public:
  FakeFile(fake::FakeNpu& npu, fake::NodeKind kind) : npu_(npu) {
    fake::Request request;
    request.kind = fake::RequestKind::open;
    request.file = fake::FileTag{0, kind, 1}.position();
    descriptor_ = std::move(npu_.answer(request, {}).descriptor);
    position_ = lseek(descriptor_.get(), 0, SEEK_CUR);
  }

  int ioctl(std::uint32_t word, void* structure) {
    const bool rocket_submit = fake::FileTag::of(position_).kind == fake::NodeKind::accel &&
                               ioctl_number(word) == rocket::first_number + rocket::submit;
    std::vector<std::byte> payload =
        rocket_submit ? job_payload(structure) : bytes_at(structure, ioctl_size(word));
    fake::Request request;
    request.word = word;
    request.file = position_;
    const fake::Answer answer = npu_.answer(request, std::move(payload));
    if (!rocket_submit)
      std::copy_n(answer.payload.begin(),
                  std::min<std::size_t>(answer.payload.size(), ioctl_size(word)),
                  static_cast<std::byte*>(structure));
    return answer.reply.error;
  }

  std::span<std::byte> map(std::uint64_t offset, std::uint64_t bytes) {
    fake::MapRange range{offset, bytes};
    fake::Request request;
    request.kind = fake::RequestKind::map;
    request.file = position_;
    const fake::Answer answer = npu_.answer(request, bytes_at(&range, sizeof range));
    if (answer.reply.error != 0) return {};
    range = fake::load<fake::MapRange>(answer.payload);
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(),
                    static_cast<off_t>(range.offset));
    return at == MAP_FAILED ? std::span<std::byte>()
                            : std::span(static_cast<std::byte*>(at), bytes);
  }

 private:
  static std::vector<std::byte> bytes_at(const void* at, std::size_t bytes) {
    const auto* begin = static_cast<const std::byte*>(at);
    return {begin, begin + bytes};
  }

  // Job, tasks and handles behind the submit, as the preloaded library sends them.
  static std::vector<std::byte> job_payload(const void* structure) {
    const auto& submit = *static_cast<const rocket::Submit*>(structure);
    const auto at = [](std::uint64_t field) {       // the interface holds pointers as numbers
      return reinterpret_cast<const void*>(field);  // NOLINT(performance-no-int-to-ptr)
    };
    const auto& job = *static_cast<const rocket::Job*>(at(submit.jobs));
    std::vector<std::byte> payload = bytes_at(&submit, sizeof submit);
    const auto add = [&payload](const void* from, std::size_t bytes) {
      const auto more = bytes_at(from, bytes);
      payload.insert(payload.end(), more.begin(), more.end());
    };
    add(&job, sizeof job);
    add(at(job.tasks), job.task_count * sizeof(rocket::Task));
    add(at(job.in_bo_handles), job.in_bo_handle_count * 4U);
    add(at(job.out_bo_handles), job.out_bo_handle_count * 4U);
    return payload;
  }

  fake::FakeNpu& npu_;
  Descriptor descriptor_;
  std::int64_t position_ = 0;
};

}  // namespace

FakeBoard::FakeBoard(fake::FakeOptions options) {
  std::string name = fs::temp_directory_path() / "npuscope-board-XXXXXX";
  root_ = mkdtemp(name.data());
  options.rocket = true;
  write(root_ / "dmesg.txt", "[    0.000000] Linux version 6.1.115\n");
  reboot("11111111-0000-4000-8000-000000000000");
  fs::create_directories(root_ / "proc/1/fd");
  auto made = fake::FakeNpu::create(options, [log = root_ / "dmesg.txt"](const auto& entry) {
    if (entry.severity == fake::Severity::kernel)
      write(log, "[  100.000000] " + entry.text + "\n", std::ios::app);
  });
  if (!made) ADD_FAILURE() << made.error().text();
  npu_ = std::move(*made);
}

FakeBoard::~FakeBoard() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void FakeBoard::reboot(const std::string& boot_id) const {
  write(root_ / "proc/sys/kernel/random/boot_id", boot_id + "\n");
}

DrmPort FakeBoard::port(const std::string& driver) const {
  auto file = std::make_shared<FakeFile>(
      *npu_, driver == "rocket" ? fake::NodeKind::accel : fake::NodeKind::render);
  DrmPort port;
  port.driver = driver;
  port.node = "fake";
  port.ioctl = [file](std::uint32_t word, void* structure) { return file->ioctl(word, structure); };
  port.map = [file](std::uint64_t offset, std::uint64_t bytes) { return file->map(offset, bytes); };
  port.unmap = [](std::span<std::byte> bytes) { munmap(bytes.data(), bytes.size()); };
  return port;
}

guard::Surroundings FakeBoard::surroundings() const {
  guard::Surroundings around;
  around.host = host::Host{root_.string()};
  around.lock_file = root_ / "lock";
  around.state_directory = root_ / "state";
  around.nodes = {"/dev/dri/renderD129"};
  return around;
}

Result<guard::GuardedSession> FakeBoard::open_session(guard::SessionOptions options,
                                                      const std::string& driver,
                                                      std::function<void(guard::Step)> at) const {
  auto log = std::make_shared<CallLog>();
  const DrmPort node = logged(port(driver), log);
  guard::Surroundings around = surroundings();
  around.at = std::move(at);
  return guard::GuardedSession::open(
      driver == "rocket" ? rocket_device(node) : rknpu_device(node, {}), log, std::move(around),
      std::move(options), RegisterDb::builtin());
}

std::string FakeBoard::journal() const {
  std::ifstream file(root_ / "state/runs.jsonl");
  return {std::istreambuf_iterator<char>(file), {}};
}

ReplayProgram conv_program(const std::string& name, unsigned cores) {
  const ConvShape shape = parse_shape(name).value();
  const GeneratedProgram generated = generate_program(shape, {}).value();
  Image image = conv_image(generated, draw_tensors(shape, 7), cores).value();
  return replay_program(std::move(image), RegisterDb::builtin()).value();
}

std::size_t output_of(const ReplayProgram& program) {
  for (std::size_t i = 0; i < program.image.buffers.size(); ++i)
    if (program.image.buffers[i].role == BufferRole::output) return i;
  return 0;
}

}  // namespace npuscope::testing
