#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <set>

#include "decoder/corpus/build.h"
#include "decoder/corpus/pipeline.h"
#include "decoder/corpus/schema.h"
#include "decoder/emit/json_format.h"
#include "decoder/model.h"

namespace npuscope::corpus {

namespace {

class TextFormat {
 public:
  TextFormat(TextKind kind, const RegisterDb& db)
      : kind_(kind), names_(std::size_t{1} << 16U), targets_(names_.size()) {
    for (const Register& reg : db.registers()) {
      if (!reg.block) continue;
      names_[reg.offset] =
          kind == TextKind::csv ? reg.full_name + "," : json_string(reg.full_name) + ",";
      targets_[reg.offset] = target_of(*reg.block);
    }
  }

  [[nodiscard]] std::string head() const {
    if (kind_ == TextKind::csv) return "content,capture,set,record,word,register,value\n";
    return fmt::format("{{\"schema\":\"{}\"}}\n", schema_version);
  }

  [[nodiscard]] std::string content(const DecodedUnit& decoded) const {
    std::string text;
    if (kind_ == TextKind::jsonl)
      fmt::format_to(std::back_inserter(text),
                     "{{\"type\":\"content\",\"content\":\"{}\",\"bytes\":{}}}\n", decoded.hash,
                     decoded.bytes);
    for (std::size_t i = 0; i < decoded.captures.size(); ++i)
      capture(decoded.captures[i], decoded.hash, i, text);
    return text;
  }

  [[nodiscard]] std::string files(const DecodedUnit& decoded) const {
    std::string text;
    if (kind_ == TextKind::csv) return text;
    for (const UnitFile& file : decoded.unit.files)
      fmt::format_to(
          std::back_inserter(text),
          "{{\"type\":\"file\",\"path\":{},\"size\":{},\"content\":{},\"problem\":{}}}\n",
          json_string(file.path), file.size,
          decoded.problem.empty() ? json_string(decoded.hash) : "null",
          json_string(decoded.problem));
    return text;
  }
  [[nodiscard]] std::string unreadable(const Unreadable& file) const {
    if (kind_ == TextKind::csv) return {};
    return fmt::format(
        "{{\"type\":\"file\",\"path\":{},\"size\":null,\"content\":null,\"problem\":{}}}\n",
        json_string(file.path), json_string(file.reason));
  }

 private:
  void capture(const DecodedCapture& decoded, const std::string& hash, std::size_t number,
               std::string& text) const {
    const std::string key = fmt::format("\"content\":\"{}\",\"capture\":{}", hash, number);
    if (kind_ == TextKind::jsonl) describe(decoded, key, text);
    for (std::size_t s = 0; s < decoded.opened.sets.size(); ++s) {
      const ProgramSet& set = decoded.opened.sets[s];
      for (std::size_t r = 0; r < set.records.size(); ++r) {
        if (kind_ == TextKind::csv) {
          csv_writes(set.records[r], fmt::format("{},{},{},{},", hash, number, s, r), text);
        } else {
          fmt::format_to(
              std::back_inserter(text),
              "{{\"type\":\"record\",{},\"set\":{},\"record\":{},\"offset\":{},\"body\":{},"
              "\"tail\":{},\"writes\":",
              key, s, r, set.records[r].at.offset, set.records[r].body_words,
              set.records[r].tail_words);
          json_writes(set.records[r], text);
        }
      }
    }
  }

  static void describe(const DecodedCapture& decoded, const std::string& key, std::string& text) {
    const auto out = std::back_inserter(text);
    const Capture& capture = decoded.opened.capture;
    const Model* model = capture.model.get();
    fmt::format_to(out, "{{\"type\":\"capture\",{},\"kind\":{},\"chip\":{},\"compiler\":{}}}\n",
                   key, json_string(capture.kind),
                   json_string(model == nullptr ? "" : model->platform),
                   json_string(model == nullptr ? "" : model->compiler));
    for (const ProgramDigest& program : decoded.digests)
      fmt::format_to(out,
                     "{{\"type\":\"program\",{},\"set\":{},\"cores\":{},\"words\":\"{}\",\"form\":"
                     "\"{}\"}}\n",
                     key, program.set, program.cores, program.words, program.form);
    for (std::size_t s = 0; s < decoded.layers.size(); ++s) {
      const auto& tasks = decoded.opened.sets[s].tasks;
      for (const Layer& layer : decoded.layers[s])
        fmt::format_to(out,
                       "{{\"type\":\"layer\",{},\"set\":{},\"node\":{},\"name\":{},\"kind\":{},"
                       "\"shape\":{},\"tasks\":{}}}\n",
                       key, s, layer.node, json_string(layer.name), json_string(layer.kind),
                       json_string(layer.shape), layer.tasks);
      for (std::size_t t = 0; t < tasks.size(); ++t)
        fmt::format_to(out,
                       "{{\"type\":\"task\",{},\"set\":{},\"task\":{},\"node\":{},\"enable\":{},"
                       "\"interrupt\":{},\"amount\":{},\"record\":{}}}\n",
                       key, s, t, tasks[t].task.op_idx, tasks[t].task.enable_mask,
                       tasks[t].task.int_mask, tasks[t].task.regcfg_amount,
                       static_cast<std::int64_t>(tasks[t].record));
    }
    for (const UnknownWord& unknown : decoded.unknowns)
      fmt::format_to(out,
                     "{{\"type\":\"unknown\",{},\"set\":{},\"record\":{},\"at\":{},\"word\":"
                     "\"0x{:016x}\",\"bits\":{}}}\n",
                     key, unknown.set, static_cast<std::int64_t>(unknown.record), unknown.at,
                     unknown.word.raw, unknown.bits);
    if (model == nullptr) return;
    for (const Relocation& relocation : model->relocations)
      fmt::format_to(out,
                     "{{\"type\":\"relocation\",{},\"word\":{},\"tensor\":{},\"addend\":{},"
                     "\"core\":{}}}\n",
                     key, relocation.word, relocation.tensor, relocation.addend, relocation.core);
    for (const Tensor& tensor : model->tensors)
      fmt::format_to(out,
                     "{{\"type\":\"tensor\",{},\"name\":{},\"element\":\"{}\",\"kind\":{},"
                     "\"layout\":{},\"shape\":[{}],\"size\":{}}}\n",
                     key, json_string(tensor.name), name_of_dtype(tensor.dtype), tensor.kind,
                     tensor.layout, fmt::join(tensor.native_shape, ","), tensor.size);
  }

  static void number(std::uint32_t value, std::string& text) {
    const fmt::format_int digits(value);
    text.append(digits.data(), digits.size());
  }

  // A word that is no write of a known register stands there as it is.
  void name(Word word, std::string& text) const {
    if (word.target() == targets_[word.offset()] && word.target() != 0) {
      text += names_[word.offset()];
    } else {
      const char* quote = kind_ == TextKind::csv ? "" : "\"";
      fmt::format_to(std::back_inserter(text), "{}0x{:016x}{},", quote, word.raw, quote);
    }
  }

  void json_writes(const Record& record, std::string& text) const {
    char before = '[';
    if (record.known_words() == 0) text += '[';
    record.for_each_word([&](std::size_t, Word word) {
      text += before;
      text += '[';
      name(word, text);
      number(word.value(), text);
      text += ']';
      before = ',';
    });
    text += "]}\n";
  }

  void csv_writes(const Record& record, const std::string& prefix, std::string& text) const {
    record.for_each_word([&](std::size_t index, Word word) {
      text += prefix;
      number(static_cast<std::uint32_t>(index), text);
      text += ',';
      name(word, text);
      number(word.value(), text);
      text += '\n';
    });
  }

  TextKind kind_;
  std::vector<std::string> names_;  // with the separator behind them
  std::vector<std::uint16_t> targets_;
};

}  // namespace

Result<BuildCounts> write_corpus(TextKind kind, const RegisterDb& db, const BuildOptions& options,
                                 Sink& sink) {
  const TextFormat format(kind, db);
  const UnitDecoder decoder(db, options.limits);
  const FoundUnits found = find_units(options.roots, options.limits.load.file_bytes);
  BuildCounts counts;
  std::set<std::string> written;
  sink.put(format.head());
  for (std::size_t i = options.shard; i < found.unreadable.size(); i += options.shards) {
    sink.put(format.unreadable(found.unreadable[i]));
    ++counts.unreadable;
  }
  counts.files = counts.unreadable;
  std::vector<const Unit*> units;
  for (std::size_t i = options.shard; i < found.units.size(); i += options.shards)
    units.push_back(&found.units[i]);
  if (options.begin) options.begin(units.size());
  run_pipeline(
      units, options.threads,
      [&](const Unit& unit) {
        DecodedUnit decoded = decoder.decode(unit, [](const std::string&) { return false; });
        decoded.text = format.content(decoded);
        decoded.captures.clear();
        return decoded;
      },
      [&](DecodedUnit&& decoded) {
        counts.files += decoded.unit.files.size();
        sink.put(format.files(decoded));
        if (!decoded.problem.empty()) {
          counts.unreadable += decoded.unit.files.size();
        } else if (written.insert(decoded.hash).second) {
          ++counts.contents;
          sink.put(decoded.text);
        } else {
          ++counts.duplicates;
        }
        if (options.step) options.step(decoded.unit.path);
        return sink.ok();
      });
  return counts;
}

}  // namespace npuscope::corpus
