#include "decoder/corpus/store_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/corpus/schema.h"

namespace npuscope::corpus {

namespace {

// A corpus is a file like any other: what it says is not believed where it would lead astray.
constexpr std::int64_t most_items = std::int64_t{1} << 22U;

std::size_t as_index(std::int64_t value, std::size_t count) {
  return value >= 0 && static_cast<std::size_t>(value) < count ? static_cast<std::size_t>(value)
                                                               : no_index;
}

std::uint64_t clamp(std::int64_t value) {
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(value, 0, most_items));
}

template <typename Name>
Name named(std::string_view text, Name last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (name_of(static_cast<Name>(i)) == text) return static_cast<Name>(i);
  return static_cast<Name>(0);
}

}  // namespace

const Layer* StoredCapture::layer_of(std::size_t set, std::uint32_t node) const {
  const auto found = std::ranges::find(layers[set], node, &Layer::node);
  return found == layers[set].end() ? nullptr : &*found;
}

Result<Database> open_store(const std::string& path) {
  auto database = Database::open(path, Database::Access::read);
  if (!database) return database;
  const auto fitting =
      database->number(fmt::format("SELECT count(*) FROM meta WHERE value = '{}'", schema_version));
  if (auto good = database->state(); !good) return tl::unexpected(good.error());
  if (fitting != 1)
    return unreadable(fmt::format("no corpus of the form {}", schema_version), path,
                      "`npuscope corpus build` makes one");
  if (auto good = check_schema(*database); !good) return tl::unexpected(good.error());
  return database;
}

StoreReader::StoreReader(Database& database)
    : captures_(
          database.prepare("SELECT c.content, c.capture, c.kind, s.path, c.compiler FROM captures c"
                           " JOIN sources s USING(content) ORDER BY s.path, c.capture")),
      buffers_(database.prepare("SELECT name, role, trust, size, address FROM buffers"
                                " WHERE (content, capture) = (?, ?)")),
      sets_(database.prepare(
          "SELECT set_number, stream_buffer, stream_size, base, link_base, relative,"
          " inferred, partition FROM sets WHERE (content, capture) = (?, ?)")),
      records_(database.prepare("SELECT offset, body_words, tail_words, tail FROM records"
                                " WHERE (content, capture, set_number) = (?, ?, ?)")),
      words_(database.prepare("SELECT record, first, words FROM words"
                              " WHERE (content, capture, set_number) = (?, ?, ?)")),
      tasks_(database.prepare("SELECT node, enable_mask, int_mask, amount, address, record, link,"
                              " link_task FROM tasks"
                              " WHERE (content, capture, set_number) = (?, ?, ?)")),
      programs_(database.prepare("SELECT cores, submitted FROM programs"
                                 " WHERE (content, capture, set_number) = (?, ?, ?)")),
      lanes_(database.prepare("SELECT cores, first, count FROM lanes"
                              " WHERE (content, capture, set_number) = (?, ?, ?)")),
      layers_(database.prepare("SELECT node, name, kind, shape, tasks FROM layers"
                               " WHERE (content, capture, set_number) = (?, ?, ?)")) {}

bool StoreReader::next() {
  if (!captures_.step()) return false;
  capture_ = {};
  capture_.content = captures_.number(0);
  capture_.number = captures_.number(1);
  capture_.path = captures_.text(3);
  capture_.compiler = captures_.text(4);
  capture_.opened.capture.source = capture_.path;
  capture_.opened.capture.kind = captures_.text(2);
  read_buffers();
  read_sets();
  return true;
}

void StoreReader::read_buffers() {
  buffers_.start(capture_.content, capture_.number);
  while (buffers_.step()) {
    Buffer buffer;
    buffer.name = buffers_.text(0);
    buffer.role = named(buffers_.text(1), BufferRole::model);
    buffer.trust = named(buffers_.text(2), Trust::text_only);
    buffer.size = static_cast<std::uint64_t>(buffers_.number(3));
    if (!buffers_.is_null(4))
      buffer.device_address = static_cast<std::uint64_t>(buffers_.number(4));
    capture_.opened.capture.buffers.push_back(std::move(buffer));
  }
}

void StoreReader::read_sets() {
  sets_.start(capture_.content, capture_.number);
  while (sets_.step()) {
    ProgramSet set;
    const std::int64_t number = sets_.number(0);
    set.stream_buffer = as_index(sets_.number(1), capture_.opened.capture.buffers.size());
    set.stream_size = static_cast<std::uint64_t>(sets_.number(2));
    set.base = static_cast<std::uint64_t>(sets_.number(3));
    set.link_base = static_cast<std::uint64_t>(sets_.number(4));
    set.relative = sets_.number(5) != 0;
    set.inferred = sets_.number(6) != 0;
    set.partition_source = sets_.text(7);
    read_records(set, number);
    read_tasks(set, number);
    read_programs(set, number);
    read_layers(number);
    capture_.opened.sets.push_back(std::move(set));
  }
}

void StoreReader::read_records(ProgramSet& set, std::int64_t number) {
  records_.start(capture_.content, capture_.number, number);
  while (records_.step()) {
    Record record;
    record.at = {set.stream_buffer, static_cast<std::uint64_t>(records_.number(0))};
    record.body_words = static_cast<std::uint32_t>(clamp(records_.number(1)));
    record.tail_words = static_cast<std::uint32_t>(clamp(records_.number(2)));
    record.tail = static_cast<TailForm>(std::clamp<std::int64_t>(records_.number(3), 0, 2));
    set.records.push_back(std::move(record));
  }
  auto bytes = std::make_shared<std::vector<std::byte>>();
  struct Run {
    std::size_t record, first, at, size;
  };
  std::vector<Run> runs;
  words_.start(capture_.content, capture_.number, number);
  while (words_.step()) {
    const std::size_t record = as_index(words_.number(0), set.records.size());
    const auto run = words_.bytes(2);
    if (record == no_index) continue;
    runs.push_back(
        {record, static_cast<std::size_t>(clamp(words_.number(1))), bytes->size(), run.size()});
    bytes->insert(bytes->end(), run.begin(), run.end());
  }
  for (const Run& run : runs)
    set.records[run.record].runs.push_back(
        {run.first, WordView(std::span(*bytes).subspan(run.at, run.size))});
  capture_.opened.capture.storage.push_back(std::move(bytes));
}

void StoreReader::read_tasks(ProgramSet& set, std::int64_t number) {
  tasks_.start(capture_.content, capture_.number, number);
  while (tasks_.step()) {
    TaskEntry entry;
    entry.task.op_idx = static_cast<std::uint32_t>(tasks_.number(0));
    entry.task.enable_mask = static_cast<std::uint32_t>(tasks_.number(1));
    entry.task.int_mask = static_cast<std::uint32_t>(tasks_.number(2));
    entry.task.regcfg_amount = static_cast<std::uint32_t>(tasks_.number(3));
    entry.task.regcmd_addr = static_cast<std::uint64_t>(tasks_.number(4));
    entry.record = as_index(tasks_.number(5), set.records.size());
    entry.link = static_cast<LinkKind>(
        std::clamp<std::int64_t>(tasks_.number(6), 0, static_cast<int>(LinkKind::broken)));
    entry.link_task = tasks_.number(7) < 0 ? no_index : static_cast<std::size_t>(tasks_.number(7));
    set.tasks.push_back(entry);
  }
}

void StoreReader::read_programs(ProgramSet& set, std::int64_t number) {
  programs_.start(capture_.content, capture_.number, number);
  while (programs_.step()) {
    Program program;
    program.cores = static_cast<unsigned>(std::clamp<std::int64_t>(programs_.number(0), 1, 3));
    program.submitted = programs_.number(1) != 0;
    set.programs.push_back(std::move(program));
  }
  lanes_.start(capture_.content, capture_.number, number);
  while (lanes_.step()) {
    const auto program = std::ranges::find(
        set.programs, static_cast<unsigned>(clamp(lanes_.number(0))), &Program::cores);
    const std::uint64_t first = clamp(lanes_.number(1)), count = clamp(lanes_.number(2));
    if (program == set.programs.end() || first + count > set.tasks.size()) continue;
    program->lanes.push_back({static_cast<unsigned>(program->lanes.size()), first, count});
  }
}

void StoreReader::read_layers(std::int64_t number) {
  std::vector<Layer>& layers = capture_.layers.emplace_back();
  layers_.start(capture_.content, capture_.number, number);
  while (layers_.step())
    layers.push_back({static_cast<std::uint32_t>(layers_.number(0)), std::string(layers_.text(1)),
                      std::string(layers_.text(2)), std::string(layers_.text(3)),
                      clamp(layers_.number(4))});
}

}  // namespace npuscope::corpus
