#include "capture_tools/fake_npu/fake_npu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/uabi/drm.h"

namespace npuscope::fake {

using namespace uabi;

namespace {

Answer failed(int error) {
  Answer answer;
  answer.reply.error = error;
  return answer;
}

}  // namespace

Result<std::unique_ptr<FakeNpu>> FakeNpu::create(const FakeOptions& options, Journal::Sink sink) {
  auto memory = MemoryFile::create();
  if (!memory) return tl::unexpected(memory.error());
  return std::unique_ptr<FakeNpu>(new FakeNpu(std::move(*memory), options, std::move(sink)));
}

FakeNpu::FakeNpu(MemoryFile memory, const FakeOptions& options, Journal::Sink sink)
    : options_(options),
      memory_(std::move(memory)),
      journal_(std::move(sink)),
      board_(options.strict, journal_),
      rknpu_(memory_, board_, journal_, {options.strict, options.faults}),
      rocket_(memory_, board_, journal_) {}

Answer FakeNpu::answer(const Request& request, std::vector<std::byte> payload) {
  Journal::at_call_of(request.pid);
  const FileTag tag = FileTag::of(request.file);
  Answer answer;
  if (crashed()) {
    answer = failed(EIO);
  } else if (request.kind == RequestKind::open) {
    answer = open(request);
  } else if (request.kind == RequestKind::map) {
    answer = map(tag, payload);
  } else if (request.kind == RequestKind::ioctl) {
    answer = ioctl(tag, request, std::move(payload));
  } else if (request.kind == RequestKind::kernel_log) {
    answer = kernel_log();
  } else {
    answer = failed(EINVAL);
  }
  answer.reply.ends_process = crashed() ? 1 : 0;
  answer.reply.bytes = static_cast<std::uint32_t>(answer.payload.size());
  answer.reply.has_descriptor = answer.descriptor.valid() ? 1 : 0;
  return answer;
}

Answer FakeNpu::open(const Request& request) {
  collect();
  FileTag tag = FileTag::of(request.file);
  const bool known = tag.kind == NodeKind::accel ? options_.rocket : options_.rknpu;
  if (!known || tag.kind == NodeKind::dma_buf) return failed(ENODEV);
  const std::scoped_lock lock(mutex_);
  tag.id = next_id_++;
  auto made = memory_.describe(tag);
  if (!made) return failed(ENFILE);
  Answer answer;
  answer.descriptor = std::move(*made);
  return answer;
}

Answer FakeNpu::map(const FileTag& tag, const std::vector<std::byte>& payload) {
  auto range = load<MapRange>(payload);
  BufferPointer buffer;
  if (tag.kind == NodeKind::dma_buf) {
    const std::scoped_lock lock(mutex_);
    const auto found = dma_bufs_.find(tag.id);
    if (found != dma_bufs_.end()) buffer = found->second;
  } else {
    buffer = tag.kind == NodeKind::accel ? rocket_.mapped(tag.id, range.offset)
                                         : rknpu_.mapped(tag.id, range.offset);
    range.offset = 0;  // only whole objects have an offset
  }
  if (buffer == nullptr) {
    journal_.say(Severity::failure, "", "mmap at an offset that is no buffer of this file");
    return failed(EINVAL);
  }
  const std::uint64_t size = buffer->bytes.size();
  if (range.offset > size || range.length > size - range.offset) {
    journal_.say(Severity::failure, "",
                 fmt::format("mmap of {} bytes of a buffer of {}", range.length, size));
    return failed(EINVAL);
  }
  Answer answer;
  range.offset += buffer->offset;
  range.length = size;
  answer.payload.resize(sizeof range);
  store(range, answer.payload);
  return answer;
}

BufferPointer FakeNpu::object(const FileTag& tag, std::uint32_t handle) {
  return tag.kind == NodeKind::accel ? rocket_.object(tag.id, handle)
                                     : rknpu_.object(tag.id, handle);
}

Answer FakeNpu::ioctl(const FileTag& tag, const Request& request, std::vector<std::byte> payload) {
  const std::uint32_t number = ioctl_number(request.word);
  if (is_unplugged(++ioctls_)) return failed(ENODEV);
  if (number == ioctl_number(drm::prime_handle_to_fd)) return export_buffer(tag, payload);
  if (number == ioctl_number(drm::prime_fd_to_handle))
    return import_buffer(tag, request.second, std::move(payload));
  Answer answer;
  if (tag.kind == NodeKind::accel) {
    answer.reply.error = rocket_.ioctl(tag.id, request.word, payload);
    if (number == rocket::first_number + rocket::submit) payload.clear();
  } else if (tag.kind == NodeKind::card || tag.kind == NodeKind::render) {
    answer.reply.error = rknpu_.ioctl(tag.id, tag.kind == NodeKind::card, request.word, payload);
  } else {
    return failed(ENOTTY);
  }
  answer.payload = std::move(payload);
  return answer;
}

bool FakeNpu::is_unplugged(std::uint64_t call) const {
  for (const Fault& fault : options_.faults)
    if (fault.kind == FaultKind::unplugged && call >= fault.number) return true;
  return false;
}

// The end of it, if it is longer than a reply.
Answer FakeNpu::kernel_log() const {
  constexpr std::size_t most = 60000;
  const std::string log = journal_.kernel_log();
  const std::string_view end =
      std::string_view(log).substr(log.size() - std::min(log.size(), most));
  Answer answer;
  const auto bytes = std::as_bytes(std::span(end));
  answer.payload.assign(bytes.begin(), bytes.end());
  return answer;
}

Answer FakeNpu::export_buffer(const FileTag& tag, const std::vector<std::byte>& payload) {
  const auto prime = load<drm::PrimeHandle>(payload);
  BufferPointer buffer = object(tag, prime.handle);
  if (buffer == nullptr) return failed(ENOENT);
  const std::scoped_lock lock(mutex_);
  const std::uint64_t id = next_id_++;
  auto made = memory_.describe({id, NodeKind::dma_buf, 0});
  if (!made) return failed(ENFILE);
  dma_bufs_.emplace(id, std::move(buffer));
  Answer answer;
  answer.descriptor = std::move(*made);
  return answer;
}

Answer FakeNpu::import_buffer(const FileTag& tag, std::int64_t dma_buf,
                              std::vector<std::byte> payload) {
  const FileTag from = FileTag::of(dma_buf);
  if (dma_buf < 0 || from.kind != NodeKind::dma_buf) return failed(EINVAL);
  if (tag.kind == NodeKind::accel) return failed(EINVAL);  // this driver has no import
  BufferPointer buffer;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = dma_bufs_.find(from.id);
    if (found == dma_bufs_.end()) return failed(EINVAL);
    buffer = found->second;
  }
  auto prime = load<drm::PrimeHandle>(payload);
  prime.handle = rknpu_.add_handle(tag.id, buffer);
  store(prime, payload);
  Answer answer;
  answer.payload = std::move(payload);
  return answer;
}

void FakeNpu::collect() {
  for (const std::uint64_t id : rknpu_.files())
    if (!memory_.is_open(id)) rknpu_.close(id);
  for (const std::uint64_t id : rocket_.files())
    if (!memory_.is_open(id)) rocket_.close(id);
  const std::scoped_lock lock(mutex_);
  std::erase_if(dma_bufs_, [this](const auto& entry) { return !memory_.is_open(entry.first); });
}

}  // namespace npuscope::fake
