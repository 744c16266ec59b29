// What a program did under our gdb command file (`npuscope record --gdb`), as a recording: the
// lines become the events of a bundle in memory, which is then read like any other.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/bundle_writer.h"
#include "decoder/bundle/event_fields.h"
#include "decoder/bundle/event_lines.h"
#include "decoder/input/bundle.h"
#include "decoder/input/gdb_text.h"
#include "decoder/input/scan.h"
#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

constexpr std::size_t blob_bytes = std::size_t{64} << 10U;
constexpr std::uint64_t most_missing_submits = 1U << 16U;

// Values that the kernel's structures have as signed 32 bits.
constexpr std::array<std::string_view, 4> signed_names{"ret", "priority", "fence_fd", "dma_buf"};

std::string text_of(std::string_view name, std::span<const std::uint64_t> words) {
  if (words.size() == 2) return fmt::format("{}+{}", words[0], words[1]);
  if (words.size() != 1) return fmt::format("{:#x}", fmt::join(words, " "));
  if (std::ranges::find(signed_names, name) != signed_names.end())
    return fmt::format("{}", static_cast<std::int32_t>(words[0]));
  return fmt::format("{:#x}", words[0]);
}

class GdbRun {
 public:
  explicit GdbRun(const FileBytes& file) : file_(file), lines_(file.name) {}

  void read(const GdbLine& line, std::uint64_t at);
  void warn(std::string text) { lines_.diagnostic({Severity::warning, std::move(text), place_}); }
  [[nodiscard]] Result<Capture> finish(const GdbText& text);

 private:
  struct Kind {
    std::string_view name;
    void (GdbRun::*read)(const GdbLine&);
  };
  static std::span<const Kind> kinds();

  void read_buffer(const GdbLine& line);
  void read_release(const GdbLine& line);
  void read_data(const GdbLine& line);
  void read_zeros(const GdbLine& line);
  void read_submit(const GdbLine& line);
  void read_begin(const GdbLine& line) { attached_ = line.number_of("attached").value_or(0) != 0; }
  void read_fork(const GdbLine& line);
  void read_end(const GdbLine&) { ended_ = true; }
  void read_call(const GdbLine& line);

  [[nodiscard]] std::uint32_t file_of(const GdbLine& line);
  // The bytes that follow belong there; those before are an event now unless they are adjacent.
  bool continue_at(const GdbLine& line);
  void end_content();

  const FileBytes& file_;
  EventLines lines_;
  Place place_;
  std::uint64_t next_number_ = 0;
  bool gap_ = false;  // since the last submit
  bool ended_ = false;
  bool attached_ = false;                         // to a program that may have buffers already
  std::set<std::uint64_t> objects_;               // of the buffers that were made since
  std::map<std::uint64_t, std::uint32_t> files_;  // by descriptor
  std::map<std::uint64_t, std::string> running_;  // by thread
  std::map<std::uint64_t, std::uint64_t> sizes_;  // of buffers
  std::uint64_t submits_ = 0;
  ContentEvent content_;
  std::vector<std::byte> bytes_;  // of content_
  std::uint64_t zeros_ = 0;
  std::map<std::string, std::shared_ptr<const std::vector<std::byte>>> blobs_;
};

std::span<const GdbRun::Kind> GdbRun::kinds() {
  static constexpr std::array table{
      Kind{"DATA", &GdbRun::read_data},     Kind{"ZEROS", &GdbRun::read_zeros},
      Kind{"BUFFER", &GdbRun::read_buffer}, Kind{"RELEASE", &GdbRun::read_release},
      Kind{"SUBMIT", &GdbRun::read_submit}, Kind{"BEGIN", &GdbRun::read_begin},
      Kind{"FORK", &GdbRun::read_fork},     Kind{"END", &GdbRun::read_end},
  };
  return table;
}

void GdbRun::read(const GdbLine& line, std::uint64_t at) {
  place_ = {file_.name, at, true};
  if (line.number < next_number_) {
    warn(fmt::format("line {} of the debugger came again and was ignored", line.number));
    return;
  }
  if (line.number > next_number_) {
    end_content();
    warn(fmt::format("lines {} to {} of the debugger are missing or damaged", next_number_,
                     line.number - 1));
    gap_ = true;
  }
  next_number_ = line.number + 1;
  const auto kind = std::ranges::find(kinds(), line.kind, &Kind::name);
  if (kind == kinds().end()) return read_call(line);
  (this->*kind->read)(line);
}

std::uint32_t GdbRun::file_of(const GdbLine& line) {
  const auto index = static_cast<std::uint32_t>(files_.size());
  return files_.try_emplace(line.number_of("fd").value_or(0), index).first->second;
}

void GdbRun::read_buffer(const GdbLine& line) {
  end_content();
  const auto id = line.number_of("buffer");
  if (!id || *id > 0xffffffffU) return;
  Buffer buffer;
  buffer.file = file_of(line);
  const auto small = [&](std::string_view name) -> std::optional<std::uint32_t> {
    const auto number = line.number_of(name);
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
  };
  buffer.handle = small("handle");
  buffer.name = fmt::format("handle {}", buffer.handle.value_or(0));
  if (*buffer.file > 0) buffer.name += fmt::format(" of file {}", *buffer.file);
  const bool imported = line.number_of("imported").value_or(0) != 0;
  if (!imported) buffer.flags = small("flags");
  buffer.device_address = line.number_of("address");
  buffer.address_source = imported ? "a query of an imported buffer" : "MEM_CREATE";
  buffer.object_address = line.number_of("object_address");
  if (buffer.object_address) objects_.insert(*buffer.object_address);
  buffer.size = line.number_of("size").value_or(0);
  if (!imported) buffer.exact_size = line.number_of("asked").value_or(0);
  buffer.place = place_;
  lines_.buffer(static_cast<std::uint32_t>(*id), buffer);
  sizes_[*id] = buffer.size;
}

void GdbRun::read_fork(const GdbLine& line) {
  read_call(line);
  warn("the program made a child here, which the debugger did not follow: its calls are not known");
}

void GdbRun::read_release(const GdbLine& line) {
  end_content();
  const auto id = line.number_of("buffer");
  if (id && sizes_.contains(*id)) lines_.release(static_cast<std::uint32_t>(*id));
}

bool GdbRun::continue_at(const GdbLine& line) {
  const auto buffer = line.number_of("buffer"), submit = line.number_of("submit");
  const auto offset = line.number_of("offset"), complete = line.number_of("complete");
  if (!buffer || !submit || !offset || !complete) return false;
  const auto size = sizes_.find(*buffer);
  if (size == sizes_.end() || *offset >= size->second || *submit > submits_) {
    warn("contents of a buffer or submit whose line is missing");
    return false;
  }
  const std::string_view when = *complete != 0 ? when_complete : when_submit;
  const bool adjacent = content_.buffer == *buffer && content_.submit == *submit &&
                        content_.when == when && content_.offset + bytes_.size() == *offset;
  if (adjacent) return true;
  end_content();
  content_ = {.buffer = static_cast<std::uint32_t>(*buffer),
              .offset = *offset,
              .blob = {},
              .when = std::string(when),
              .submit = static_cast<std::uint32_t>(*submit)};
  return true;
}

void GdbRun::end_content() {
  if (!bytes_.empty()) {
    content_.size = bytes_.size();
    content_.blob = blob_name(bytes_);
    lines_.content(content_);
    blobs_.try_emplace(content_.blob,
                       std::make_shared<const std::vector<std::byte>>(std::move(bytes_)));
  }
  content_.offset += content_.size;
  content_.size = 0;
  bytes_ = {};
}

void GdbRun::read_data(const GdbLine& line) {
  const auto words = line.words_of("words");
  if (!continue_at(line)) return;
  if (words.size_bytes() > sizes_[content_.buffer] - content_.offset - bytes_.size())
    return warn("contents behind the end of their buffer");
  const auto bytes = std::as_bytes(words);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  if (bytes_.size() >= blob_bytes) end_content();
}

void GdbRun::read_zeros(const GdbLine& line) {
  std::uint64_t left = line.number_of("size").value_or(0);
  if (!continue_at(line)) return;
  if (left > sizes_[content_.buffer] - content_.offset - bytes_.size() ||
      left > max_bundle_repeated_bytes - zeros_)
    return warn("more zeros than a buffer, or than all of them may have");
  zeros_ += left;
  while (left > 0) {
    const std::uint64_t now = std::min<std::uint64_t>(left, blob_bytes - bytes_.size());
    bytes_.resize(bytes_.size() + static_cast<std::size_t>(now));
    left -= now;
    if (bytes_.size() >= blob_bytes) end_content();
  }
}

void GdbRun::read_submit(const GdbLine& line) {
  end_content();
  const auto number = line.number_of("submit");
  if (!number || *number < submits_ || *number - submits_ > most_missing_submits)
    return warn("a submit with a number that cannot be");
  Submit missing;
  missing.uncaptured = "its line is missing in the log";
  for (; submits_ < *number; ++submits_) lines_.submit(missing);
  Submit submit;
  submit.file = file_of(line);
  submit.place = place_;
  for (const GdbValue& value : line.values) {
    const auto words = line.words_of(value.name);
    apply_submit_field(submit, value.name, text_of(value.name, words));
    Scanner scan(value.name);
    if (!scan.literal("subcore_task[") || words.size() != 2) continue;
    const auto core = scan.decimal();
    if (core && *core < submit.subcore.size())
      submit.subcore[static_cast<std::size_t>(*core)] = {static_cast<std::uint32_t>(words[0]),
                                                         static_cast<std::uint32_t>(words[1])};
  }
  if (attached_ && submit.task_obj_addr && !objects_.contains(*submit.task_obj_addr))
    submit.uncaptured = "its tasks lie in a buffer from before the debugger: it is not known";
  if (line.number_of("taken").value_or(0) == 0)
    submit.uncaptured = "the debugger was not asked for it";
  // What is missing of the first contents is unknown; of later ones older bytes would stand there.
  if (gap_ && submits_ > 0) submit.uncaptured = "lines of its contents are missing in the log";
  gap_ = false;
  read_call(line);
  lines_.submit(submit);
  ++submits_;
}

void GdbRun::read_call(const GdbLine& line) {
  end_content();
  Event event{std::string(line.kind), {}, place_};
  const std::uint64_t thread = line.number_of("thread").value_or(0);
  if (line.kind == "IOCTL_RET") event.arguments.emplace_back("kind", running_[thread]);
  for (const GdbValue& value : line.values) {
    if (value.name == "fd" || value.name == "thread" || value.name == "taken") continue;
    event.arguments.emplace_back(value.name, text_of(value.name, line.words_of(value.name)));
  }
  if (line.number_of("fd")) event.arguments.emplace_back("file", fmt::format("{}", file_of(line)));
  event.arguments.emplace_back("tid", fmt::format("{}", thread));
  lines_.call(event);
  running_[thread] = std::string(line.kind);
}

Result<Capture> GdbRun::finish(const GdbText& text) {
  end_content();
  place_ = {file_.name, 0, false};
  if (!ended_) warn("the log ends before the program did");
  if (attached_)
    lines_.diagnostic({Severity::note,
                       "the debugger came to a program that ran already: buffers that it had made "
                       "before are not known",
                       place_});
  if (text.mended() > 0)
    lines_.diagnostic({Severity::note,
                       fmt::format("{} torn lines were put together again", text.mended()),
                       place_});
  if (text.damaged() > 0)
    warn(
        fmt::format("{} damaged lines were not used: something was printed into them more than "
                    "once, or they were cut or changed",
                    text.damaged()));
  lines_.end();
  const auto bytes_of = [](auto owned, std::string name) {
    return FileBytes{std::move(name), owned, std::as_bytes(std::span(*owned))};
  };
  const BundleSource source{
      file_.name,
      bytes_of(std::make_shared<const std::string>(bundle_head("debugger log", file_.name)),
               file_.name),
      bytes_of(std::make_shared<const std::string>(lines_.take()), file_.name),
      [&](const std::string& blob) -> Result<FileBytes> {
        const auto found = blobs_.find(blob);
        if (found == blobs_.end()) return unreadable("it is missing", blob);
        return bytes_of(found->second, blob);
      }};
  return read_bundle(source);
}

}  // namespace

Result<std::vector<Capture>> read_gdb_log(const FileBytes& file) {
  std::vector<Capture> captures;
  GdbText text(file.text());
  std::optional<GdbRun> run;
  GdbLine line;
  const auto end_run = [&]() -> Result<void> {
    if (!run) return {};
    auto capture = run->finish(text);
    if (!capture) return tl::unexpected(capture.error());
    captures.push_back(std::move(*capture));
    return {};
  };
  while (text.next(line)) {
    if (line.kind == "BEGIN") {
      if (auto ended = end_run(); !ended) return tl::unexpected(ended.error());
      run.reset();
    }
    if (!run) run.emplace(file);
    run->read(line, text.at());
  }
  if (auto ended = end_run(); !ended) return tl::unexpected(ended.error());
  if (captures.empty())
    return unreadable("every line of the debugger is damaged", file.name, "copy the log again");
  return captures;
}

}  // namespace npuscope
