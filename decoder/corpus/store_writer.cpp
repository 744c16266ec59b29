#include "decoder/corpus/store_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "decoder/corpus/schema.h"
#include "decoder/model.h"

namespace npuscope::corpus {

namespace {

std::int64_t as_number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
// no_index is stored as -1.
std::int64_t as_index(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

// A content is the same wherever it lies, so its texts do not say where.
std::string without_place(std::string text, const std::string& source) {
  if (source.ends_with(text)) return {};
  for (std::size_t at = text.find(source); at != std::string::npos; at = text.find(source))
    text.erase(at, source.size());
  return text;
}

}  // namespace

StoreWriter::StoreWriter(Database& database)
    : file_(database.prepare("INSERT OR REPLACE INTO files VALUES(?,?,?,?,?,?)")),
      forget_(database.prepare("DELETE FROM files WHERE path = ?")),
      content_(database.prepare("INSERT INTO contents VALUES(?,?,?)")),
      capture_(database.prepare("INSERT INTO captures VALUES(?,?,?,?,?)")),
      note_(database.prepare("INSERT INTO notes VALUES(?,?,?,?,?)")),
      buffer_(database.prepare("INSERT INTO buffers VALUES(?,?,?,?,?,?,?,?,?)")),
      set_(database.prepare("INSERT INTO sets VALUES(?,?,?,?,?,?,?,?,?,?)")),
      program_(database.prepare("INSERT OR IGNORE INTO programs VALUES(?,?,?,?,?,?,?,?)")),
      lane_(database.prepare("INSERT OR IGNORE INTO lanes VALUES(?,?,?,?,?,?,?)")),
      task_(database.prepare("INSERT INTO tasks VALUES(?,?,?,?,?,?,?,?,?,?,?,?)")),
      record_(database.prepare("INSERT INTO records VALUES(?,?,?,?,?,?,?,?,?)")),
      words_(database.prepare("INSERT INTO words VALUES(?,?,?,?,?,?)")),
      unknown_(database.prepare("INSERT INTO unknowns VALUES(?,?,?,?,?,?,?,?,?,?)")),
      relocation_(database.prepare("INSERT OR IGNORE INTO relocations VALUES(?,?,?,?,?,?)")),
      layer_(database.prepare("INSERT INTO layers VALUES(?,?,?,?,?,?,?,?)")),
      tensor_(database.prepare("INSERT INTO tensors VALUES(?,?,?,?,?,?,?,?,?,?)")) {
  Statement known = database.prepare("SELECT content, hash FROM contents");
  while (known.step()) hashes_.emplace(known.number(0), known.text(1));
}

bool StoreWriter::has(const std::string& hash) const {
  const auto found = hashes_.find(content_key(hash));
  return found != hashes_.end() && found->second == hash;
}

void StoreWriter::add_files(const Unit& unit, const std::string& hash, const std::string& problem) {
  for (const UnitFile& file : unit.files) {
    if (problem.empty()) {
      file_.run(file.path, unit.path, as_number(file.size), file.changed, content_key(hash), "");
    } else {
      file_.run(file.path, unit.path, as_number(file.size), file.changed, nullptr, problem);
    }
  }
}

void StoreWriter::add_unreadable(const Unreadable& file) {
  file_.run(file.path, file.path, nullptr, nullptr, nullptr, file.reason);
}

void StoreWriter::forget_file(const std::string& path) {
  forget_.run(path);
}

// Two contents whose hashes begin alike: only the first is stored, and the files of the other say
// that they are not.
void StoreWriter::add_content(const DecodedUnit& decoded) {
  const std::int64_t content = content_key(decoded.hash);
  if (!hashes_.try_emplace(content, decoded.hash).second) return;
  content_.run(content, decoded.hash, as_number(decoded.bytes));
  for (std::size_t i = 0; i < decoded.captures.size(); ++i)
    add_capture(decoded.captures[i], decoded.unit.path, content, as_index(i));
}

void StoreWriter::add_capture(const DecodedCapture& decoded, const std::string& source,
                              std::int64_t content, std::int64_t number) {
  const Capture& capture = decoded.opened.capture;
  const Model* model = capture.model.get();
  capture_.run(content, number, capture.kind, model == nullptr ? "" : model->platform,
               model == nullptr ? "" : model->compiler);
  for (std::size_t i = 0; i < capture.diagnostics.size(); ++i) {
    const Diagnostic& note = capture.diagnostics[i];
    note_.run(content, number, as_index(i), note.severity == Severity::warning ? "warning" : "note",
              note.text);
  }
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (buffer.device_address) {
      buffer_.run(content, number, as_index(i), without_place(buffer.name, source),
                  name_of(buffer.role), name_of(buffer.trust), as_number(buffer.size),
                  as_number(buffer.known_bytes()), as_number(*buffer.device_address));
    } else {
      buffer_.run(content, number, as_index(i), without_place(buffer.name, source),
                  name_of(buffer.role), name_of(buffer.trust), as_number(buffer.size),
                  as_number(buffer.known_bytes()), nullptr);
    }
  }
  for (std::size_t i = 0; i < decoded.opened.sets.size(); ++i) add_set(decoded, i, content, number);
  add_unknowns(decoded, content, number);
  if (model != nullptr) add_model(capture, content, number);
}

void StoreWriter::add_set(const DecodedCapture& decoded, std::size_t number, std::int64_t content,
                          std::int64_t capture) {
  const ProgramSet& set = decoded.opened.sets[number];
  const std::int64_t at = as_index(number);
  set_.run(content, capture, at, as_index(set.stream_buffer), as_number(set.stream_size),
           as_number(set.base), as_number(set.link_base), std::int64_t{set.relative},
           std::int64_t{set.inferred}, set.partition_source);
  for (const ProgramDigest& digest : decoded.digests) {
    if (digest.set != number) continue;
    const Program& program = *set.program_for(digest.cores);
    program_.run(content, capture, at, std::int64_t{program.cores}, std::int64_t{program.submitted},
                 as_index(program.task_count()), digest.words, digest.form);
    for (std::size_t lane = 0; lane < program.lanes.size(); ++lane)
      lane_.run(content, capture, at, std::int64_t{program.cores}, as_index(lane),
                as_index(program.lanes[lane].first), as_index(program.lanes[lane].count));
  }
  for (std::size_t i = 0; i < set.tasks.size(); ++i) {
    const TaskEntry& entry = set.tasks[i];
    task_.run(content, capture, at, as_index(i), std::int64_t{entry.task.op_idx},
              std::int64_t{entry.task.enable_mask}, std::int64_t{entry.task.int_mask},
              std::int64_t{entry.task.regcfg_amount}, as_number(entry.task.regcmd_addr),
              as_index(entry.record), static_cast<std::int64_t>(entry.link),
              as_index(entry.link_task));
  }
  for (std::size_t i = 0; i < set.records.size(); ++i) {
    const Record& record = set.records[i];
    record_.run(content, capture, at, as_index(i), as_number(record.at.offset),
                std::int64_t{record.body_words}, std::int64_t{record.tail_words},
                static_cast<std::int64_t>(record.tail), as_index(record.known_words()));
    for (const WordRun& run : record.runs)
      words_.run(content, capture, at, as_index(i), as_index(run.first), run.words.bytes());
  }
  for (const Layer& layer : decoded.layers[number])
    layer_.run(content, capture, at, std::int64_t{layer.node}, layer.name, layer.kind, layer.shape,
               as_index(layer.tasks));
}

void StoreWriter::add_unknowns(const DecodedCapture& decoded, std::int64_t content,
                               std::int64_t capture) {
  for (std::size_t i = 0; i < decoded.unknowns.size(); ++i) {
    const UnknownWord& unknown = decoded.unknowns[i];
    unknown_.run(content, capture, as_index(i), as_index(unknown.set), as_index(unknown.record),
                 as_number(unknown.at), std::int64_t{unknown.word.target()},
                 std::int64_t{unknown.word.offset()}, std::int64_t{unknown.word.value()},
                 std::int64_t{unknown.bits});
  }
}

void StoreWriter::add_model(const Capture& capture, std::int64_t content, std::int64_t number) {
  const Model& model = *capture.model;
  for (const Relocation& relocation : model.relocations)
    relocation_.run(content, number, std::int64_t{relocation.word}, std::int64_t{relocation.tensor},
                    std::int64_t{relocation.addend}, std::int64_t{relocation.core});
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    tensor_.run(content, number, as_index(i), tensor.name, name_of_dtype(tensor.dtype),
                std::int64_t{tensor.kind}, std::int64_t{tensor.layout},
                fmt::format("{}", fmt::join(tensor.native_shape, "x")),
                fmt::format("{}", fmt::join(tensor.logical_shape, "x")), std::int64_t{tensor.size});
  }
}

}  // namespace npuscope::corpus
