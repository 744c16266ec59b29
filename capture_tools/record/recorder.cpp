#include "capture_tools/record/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "capture_tools/record/machine_facts.h"
#include "capture_tools/record/submit_text.h"
#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rocket.h"
#include "replay/host/kernel_log.h"

namespace npuscope::record {

using fake::load;
using namespace uabi;

Result<Recorder> Recorder::start(const std::string& directory, const std::string& source,
                                 const RecordOptions& options) {
  auto stream = BundleStream::create(directory, "recording", source, options.stream);
  if (!stream) return tl::unexpected(stream.error());
  Recorder recorder(std::move(*stream), options);
  recorder.fact("kernel_log.begin", host::kernel_log_cursor().text());
  return recorder;
}

void Recorder::keep(const Result<void>& result) {
  if (!result && written_) written_ = result;
}

void Recorder::flush() {
  keep(stream_.flush());
}

Result<void> Recorder::add_model(const FileBytes& file) {
  const auto blob = stream_.add_blob(file.bytes);
  if (!blob) return tl::unexpected(blob.error());
  fact("recording.model", file.name);
  stream_.lines().model(
      {.size = file.bytes.size(), .blob = *blob, .regcmd_buffer = {}, .task_buffer = {}});
  flush();
  return {};
}

void Recorder::remark(Severity severity, const std::string& text) {
  stream_.lines().diagnostic({severity, text, {}});
  flush();
}

void Recorder::fact(const std::string& key, const std::string& value) {
  stream_.lines().fact({key, value, {}});
}

OpenFile& Recorder::file_of(const Message& message) {
  const auto [found, is_new] = files_.try_emplace(message.file);
  if (is_new) found->second.index = static_cast<std::uint32_t>(files_.size() - 1);
  return found->second;
}

void Recorder::write_call(std::string kind, Arguments arguments, const Message& message,
                          const OpenFile& file) {
  arguments.insert(arguments.end(), {{"file", fmt::format("{}", file.index)},
                                     {"pid", fmt::format("{}", message.pid)},
                                     {"tid", fmt::format("{}", message.tid)}});
  stream_.lines().call({std::move(kind), std::move(arguments), {}});
}

Answer Recorder::take(const Message& message, std::span<const std::byte> payload, int device) {
  if (message.lost > 0) {
    summary_.lost += message.lost;
    remark(Severity::warning,
           fmt::format("process {} could not tell of {} calls: they are missing here", message.pid,
                       message.lost));
  }
  if (first_ns_ == 0) first_ns_ = message.began_ns;
  summary_.span_ns = std::max(
      summary_.span_ns, message.began_ns + message.took_ns - std::min(first_ns_, message.began_ns));
  summary_.spent_ns += message.spent_ns;
  const Parts parts{
      payload.first(message.before_bytes),
      payload.subspan(message.before_bytes, message.after_bytes),
      payload.subspan(message.before_bytes + message.after_bytes, message.extra_bytes)};
  OpenFile& file = file_of(message);
  Answer answer;
  switch (message.kind) {
    case MessageKind::opened:
      opened(message, parts);
      break;
    case MessageKind::before_submit:
      answer = before_submit(message, parts, file, device);
      break;
    case MessageKind::call:
      returned(message, parts, file, device);
      break;
    case MessageKind::duplicated:
      write_call("DUP",
                 {{"fd", fmt::format("{}", static_cast<std::int32_t>(message.word))},
                  {"new_fd", fmt::format("{}", message.fd)}},
                 message, file);
      break;
    case MessageKind::closed:
      write_call("CLOSE", {{"fd", fmt::format("{}", message.fd)}}, message, file);
      break;
    case MessageKind::mapped:
    case MessageKind::unmapped:
      mapping(message, file);
      break;
    case MessageKind::ring:  // the server's
      break;
  }
  return answer;
}

void Recorder::opened(const Message& message, const Parts& parts) {
  OpenFile& file = file_of(message);
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const std::string driver = text(parts.after);
  file.driver = driver == "rocket"       ? Driver::rocket
                : driver == "rknpu-heap" ? Driver::rknpu_heap
                                         : Driver::rknpu;
  file.path = text(parts.before);
  const std::string version = fmt::format("0.{}.{}", message.word >> 16, message.word & 0xffffU);
  if (files_.size() == 1) {
    fact("driver.name", driver);
    fact("driver.version", version);
  }
  write_call("OPEN",
             {{"path", file.path},
              {"fd", fmt::format("{}", message.fd)},
              {"driver", driver},
              {"version", version}},
             message, file);
}

void Recorder::mapping(const Message& message, OpenFile& file) {
  const std::string address = fmt::format("{:#x}", message.address);
  const std::string length = fmt::format("{}", message.length);
  if (message.kind == MessageKind::unmapped) {
    write_call("MUNMAP", {{"addr", address}, {"length", length}}, message, file);
    return;
  }
  write_call("MMAP",
             {{"length", length},
              {"prot", fmt::format("{:#x}", message.word & ((1U << map_flags_shift) - 1))},
              {"flags", fmt::format("{:#x}", message.word >> map_flags_shift)},
              {"fd", fmt::format("{}", message.fd)},
              {"offset", fmt::format("{:#x}", message.offset)}},
             message, file);
  Arguments answer{{"addr", address}};
  if (message.result < 0) answer.emplace_back("errno", fmt::format("{}", message.error));
  write_call("MMAP_RET", std::move(answer), message, file);
}

// Why the contents of the buffers at a submit are not taken; empty: they are.
std::string Recorder::why_not(std::uint32_t submit) const {
  if (!options_.contents) return "the recording was made without contents";
  if (!options_.wants_submit(submit)) return "this submit was not asked for";
  if (stream_.blob_bytes() >= options_.most_bytes)
    return fmt::format("the recording may not have more than {} bytes", options_.most_bytes);
  return {};
}

void Recorder::note_runtime(std::int32_t pid) {
  const auto runtime = runtime_of(pid);
  if (!runtime) return;
  fact("runtime.library", runtime->path);
  if (!runtime->version.empty()) fact("runtime.version", runtime->version);
}

Answer Recorder::before_submit(const Message& message, const Parts& parts, OpenFile& file,
                               int device) {
  if (processes_.insert(message.pid).second) note_runtime(message.pid);
  const auto number = static_cast<std::uint32_t>(summary_.submits++);
  running_[{message.pid, message.tid}] = number;
  std::string missing = why_not(number);
  if (missing.empty() && device < 0) missing = "the library could not wait for the recorder";
  if (missing.empty())
    for (auto& [handle, buffer] : file.buffers)
      snapshot(file, buffer, {number, false}, device, Extent::changes);
  Arguments arguments = text_of_call(CallKind::submit, message.word, parts.before, {}).arguments;
  arguments.insert(arguments.begin(), {{"submit", fmt::format("{}", number)},
                                       {"cmd", fmt::format("{:#x}", message.word)},
                                       {"size", fmt::format("{}", ioctl_size(message.word))}});
  write_call("SUBMIT", std::move(arguments), message, file);
  Answer answer;
  std::span<const std::byte> submitted = parts.before;
  if (options_.prefix && file.driver == Driver::rknpu && parts.before.size() == submit_bytes) {
    const auto patched =
        cut_submit(load<rknpu::Submit>(parts.before), *options_.prefix, options_.prefix_mode);
    if (patched) {
      answer.patched = 1;
      std::memcpy(answer.submit, &*patched, submit_bytes);
      submitted = std::as_bytes(std::span(answer.submit));
      Arguments fields = submit_fields(submitted);
      fields.insert(fields.begin(), {"submit", fmt::format("{}", number)});
      write_call("SUBMIT_PATCHED", std::move(fields), message, file);
    } else {
      remark(Severity::warning,
             fmt::format("submit {} was left as it is: it has fewer than {} tasks", number,
                         *options_.prefix));
    }
  }
  answer.wants_return =
      missing.empty() && file.driver == Driver::rknpu && file.has_uncached() ? 1 : 0;
  Submit submit = submit_of(submitted, parts.extra);
  submit.file = file.index;
  submit.uncaptured = std::move(missing);
  stream_.lines().submit(submit);
  if (message.truncated != 0)
    remark(Severity::warning, fmt::format("submit {}: not all of its jobs could be read", number));
  if (message.wants_answer != 0) flush();
  return answer;
}

void Recorder::returned(const Message& message, const Parts& parts, OpenFile& file, int device) {
  ++summary_.calls;
  const CallKind kind = kind_of_call(file.driver, message.word);
  const bool good = message.result >= 0;
  CallText text = text_of_call(kind, message.word, parts.before, parts.after);
  const std::string name(name_of(kind));
  if (kind != CallKind::submit) write_call(name, text.arguments, message, file);
  Arguments result{{"kind", name}};
  if (kind == CallKind::submit) {
    const auto number = fmt::format("{}", running_[{message.pid, message.tid}]);
    result.emplace_back("submit", number);
    text.answer.insert(text.answer.begin(), {"submit", number});
  }
  if (good && !text.answer.empty())
    write_call(name + "_RET", std::move(text.answer), message, file);
  if (kind == CallKind::action || kind == CallKind::mem_sync)
    result.push_back(text.arguments.front());
  result.emplace_back("ret", fmt::format("{}", message.result));
  if (!good) result.emplace_back("errno", fmt::format("{}", message.error));
  result.emplace_back("began_ns", fmt::format("{}", message.began_ns));
  result.emplace_back("took_ns", fmt::format("{}", message.took_ns));
  write_call("IOCTL_RET", std::move(result), message, file);
  if (kind == CallKind::submit) return submit_returned(message, file, device);
  if (!good) return;
  switch (kind) {
    case CallKind::mem_create:
    case CallKind::create_bo:
      created(parts, file);
      break;
    case CallKind::mem_map: {
      const auto map = load<rknpu::MemMap>(parts.after);
      if (KnownBuffer* buffer = file.by_handle(map.handle)) buffer->map_offset = map.offset;
      break;
    }
    case CallKind::mem_destroy:
    case CallKind::gem_close:
      released(file, load<std::uint32_t>(parts.before));
      break;
    case CallKind::gem_open: {
      const auto made = load<drm::GemOpen>(parts.after);
      imported(file, made.handle, made.size, device);
      break;
    }
    case CallKind::prime_fd_to_handle:
      imported(file, load<drm::PrimeHandle>(parts.after).handle, 0, device);
      break;
    case CallKind::mem_sync: {
      const auto sync = load<rknpu::MemSync>(parts.before);
      KnownBuffer* buffer = file.by_object(sync.obj_addr);
      const bool back = (sync.flags & rknpu::from_device) != 0;
      if (back && buffer != nullptr && file.returned && device >= 0)
        snapshot(file, *buffer, {*file.returned, true}, device, Extent::everything, sync.offset,
                 sync.size);
      break;
    }
    case CallKind::prep_bo: {
      KnownBuffer* buffer = file.by_handle(load<rocket::PrepBo>(parts.before).handle);
      if (buffer != nullptr && file.returned && device >= 0)
        snapshot(file, *buffer, {*file.returned, true}, device, Extent::everything);
      break;
    }
    default:
      break;
  }
}

// Caches hide nothing of buffers that have none. Those of rocket are to be prepared first.
void Recorder::submit_returned(const Message& message, OpenFile& file, int device) {
  const std::uint32_t number = running_[{message.pid, message.tid}];
  running_.erase({message.pid, message.tid});
  file.returned = number;
  if (message.result < 0)
    remark(Severity::note, fmt::format("submit {} failed; the kernel log is behind it at: {}",
                                       number, host::kernel_log_cursor().text()));
  if (device < 0 || file.driver != Driver::rknpu) return;
  for (auto& [handle, buffer] : file.buffers)
    if (!buffer.cacheable) snapshot(file, buffer, {number, true}, device, Extent::changes);
}

Result<RecordSummary> Recorder::finish() {
  fact("kernel_log.end", host::kernel_log_cursor().text());
  fact("recording.span_ns", fmt::format("{}", summary_.span_ns));
  fact("recording.library_ns", fmt::format("{}", summary_.spent_ns));
  keep(stream_.finish());
  if (!written_) return tl::unexpected(written_.error());
  summary_.blobs = stream_.blobs();
  summary_.blob_bytes = stream_.blob_bytes();
  return summary_;
}

}  // namespace npuscope::record
