#include "replay/ledger/evidence_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/json_text.h"

namespace npuscope::ledger {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_line = std::size_t{1} << 20U;  // ours are below 4 KiB
constexpr int deepest = 8;                                   // ours are 4

// The members of each kind, named once for both directions: Io is Writer or Reader, and Of<T> what
// it works on, `const T` or `T`.
template <typename Io>
void describe(Io& io, typename Io::template Of<Source>& source);
template <typename Io>
void describe(Io& io, typename Io::template Of<Fence>& fence);
template <typename Io>
void describe(Io& io, typename Io::template Of<ProgramDifference>& program);

// Puts members into an object. What has its default value is left out.
class Writer {
 public:
  template <typename T>
  using Of = const T;
  explicit Writer(Json& object) : object_(object) {}

  void text(const char* name, const std::string& text) {
    if (!text.empty()) object_[name] = json_of_text(text);
  }
  void texts(const char* name, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) object_[name].push_back(json_of_text(text));
  }
  void pairs(const char* name, const std::vector<std::pair<std::string, std::string>>& pairs) {
    for (const auto& [key, text] : pairs)
      object_[name].push_back(Json::array({json_of_text(key), json_of_text(text)}));
  }
  template <typename Number>
  void number(const char* name, Number number) {
    if (number != Number{}) object_[name] = number;
  }
  template <typename Number>
  void number(const char* name, const std::optional<Number>& number) {
    if (number) object_[name] = *number;
  }
  template <typename Code, typename Find>
  void code(const char* name, Code code, Find) {
    object_[name] = std::string(name_of(code));
  }
  template <typename Part>
  void part(const char* name, const Part& part) {
    Json object = Json::object();
    Writer inner(object);
    describe(inner, part);
    object_[name] = std::move(object);
  }
  template <typename Part>
  void part(const char* name, const std::optional<Part>& value) {
    if (value) part(name, *value);
  }
  template <typename Part>
  void parts(const char* name, const std::vector<Part>& values) {
    for (const Part& value : values) {
      Json object = Json::object();
      Writer inner(object);
      describe(inner, value);
      object_[name].push_back(std::move(object));
    }
  }

 private:
  Json& object_;
};

// Takes members out of an object; remembers the first that is of another type. What is missing
// keeps its default, what is too much shows when the entry is written again.
class Reader {
 public:
  template <typename T>
  using Of = T;
  Reader(const Json& object, std::string& fault) : object_(object), fault_(fault) {}

  void text(const char* name, std::string& text) {
    if (const Json* found = find(name)) {
      auto value = text_of_json(*found);
      value ? void(text = std::move(*value)) : wrong(name);
    }
  }
  void texts(const char* name, std::vector<std::string>& texts) {
    for_each(name, [&](const Json& item) {
      auto value = text_of_json(item);
      value ? texts.push_back(std::move(*value)) : wrong(name);
    });
  }
  void pairs(const char* name, std::vector<std::pair<std::string, std::string>>& pairs) {
    for_each(name, [&](const Json& item) {
      if (!item.is_array() || item.size() != 2) return wrong(name);
      auto key = text_of_json(item[0]), value = text_of_json(item[1]);
      key&& value ? void(pairs.emplace_back(*key, *value)) : wrong(name);
    });
  }
  template <typename Number>
  void number(const char* name, Number& number) {
    const Json* found = find(name);
    if (found == nullptr) return;
    bool fits = false;
    if constexpr (std::is_same_v<Number, bool>) {
      fits = found->is_boolean();
    } else if constexpr (std::is_floating_point_v<Number>) {
      fits = found->is_number();
    } else {
      fits = found->is_number_unsigned() &&
             found->get<std::uint64_t>() <= std::numeric_limits<Number>::max();
    }
    fits ? void(number = found->get<Number>()) : wrong(name);
  }
  template <typename Number>
  void number(const char* name, std::optional<Number>& value) {
    if (find(name) != nullptr) number(name, value.emplace());
  }
  template <typename Code, typename Find>
  void code(const char* name, Code& code, Find by_name) {
    const Json* found = find(name);
    const auto value = found != nullptr && found->is_string()
                           ? by_name(found->get_ref<const std::string&>())
                           : std::nullopt;
    value ? void(code = *value) : wrong(name);
  }
  template <typename Part>
  void part(const char* name, Part& part) {
    const Json* found = find(name);
    if (found == nullptr || !found->is_object()) return wrong(name);
    Reader inner(*found, fault_);
    describe(inner, part);
  }
  template <typename Part>
  void part(const char* name, std::optional<Part>& value) {
    if (find(name) != nullptr) part(name, value.emplace());
  }
  template <typename Part>
  void parts(const char* name, std::vector<Part>& values) {
    for_each(name, [&](const Json& item) {
      if (!item.is_object()) return wrong(name);
      Reader inner(item, fault_);
      describe(inner, values.emplace_back());
    });
  }

 private:
  [[nodiscard]] const Json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  template <typename Visit>
  void for_each(const char* name, Visit visit) {
    const Json* list = find(name);
    if (list == nullptr) return;
    if (!list->is_array()) return wrong(name);
    for (const Json& item : *list) visit(item);
  }
  void wrong(const char* name) {
    if (fault_.empty()) fault_ = name;
  }

  const Json& object_;
  std::string& fault_;
};

std::optional<Unit> unit_of(std::string_view name) {
  for (const Unit unit : {Unit::words, Unit::fields, Unit::tasks})
    if (name_of(unit) == name) return unit;
  return std::nullopt;
}

template <typename Io>
void describe(Io& io, typename Io::template Of<Source>& source) {
  io.text("name", source.name);
  io.text("hash", source.hash);
  io.text("part", source.part);
  io.text("origin", source.origin);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<Fence>& fence) {
  io.code("cause", fence.cause, fence_cause);
  io.text("operation", fence.operation);
  io.text("split", fence.split);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<ProgramDifference>& program) {
  io.number("cores", program.cores);
  io.number("compared", program.compared);
  io.number("not_compared", program.not_compared);
  for (std::size_t i = 0; i < difference_classes; ++i)
    io.number(std::string(name_of(static_cast<DifferenceClass>(i))).c_str(),
              program.differences[i]);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<CaptureEvidence>& capture) {
  io.text("kind", capture.kind);
  io.text("content", capture.content);
  io.text("compiler", capture.compiler);
  io.text("runtime", capture.runtime);
  io.text("driver", capture.driver);
  io.number("in_network", capture.in_network);
  io.code("unit", capture.unit, unit_of);
  io.text("program", capture.program);
  io.parts("programs", capture.programs);
  io.number("one_core_tasks", capture.one_core_tasks);
  io.number("ran_tasks", capture.ran_tasks);
  io.texts("faults", capture.faults);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<SimulationEvidence>& simulation) {
  io.text("program", simulation.program);
  io.text("status", simulation.status);
  io.text("reason", simulation.reason);
  io.number("seed", simulation.seed);
  io.number("absolute", simulation.absolute);
  io.number("relative", simulation.relative);
  io.number("max_diff", simulation.max_diff);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<RunEvidence>& run) {
  io.text("program", run.program);
  io.number("cores", run.cores);
  io.code("result", run.result, run_result);
  io.text("reason", run.reason);
  io.number("ran_tasks", run.ran_tasks);
  io.text("values", run.values);
  io.number("max_diff", run.max_diff);
  io.text("health_before", run.health_before);
  io.text("health_after", run.health_after);
  io.text("device", run.device);
  io.text("driver", run.driver);
  io.text("boot", run.boot);
  io.text("date", run.date);
  io.texts("overridden", run.overridden);
  io.pairs("submit", run.submit);
}

template <typename Io>
void describe(Io& io, typename Io::template Of<ReportEvidence>& report) {
  io.text("name", report.name);
  io.text("campaign", report.campaign);
  io.text("status", report.status);
  io.text("text", report.text);
  io.number("max_diff", report.max_diff);
  io.part("fence", report.fence);
}

std::string id_of(const std::string& text) {
  return blob_name(std::as_bytes(std::span(text)));
}

// One of each, to be filled, by the name of its type.
std::optional<Evidence> empty_evidence(std::string_view type) {
  for (Evidence evidence : {Evidence(CaptureEvidence{}), Evidence(SimulationEvidence{}),
                            Evidence(RunEvidence{}), Evidence(ReportEvidence{})})
    if (type_of(evidence) == type) return evidence;
  return std::nullopt;
}

Result<Json> parse(std::string_view line, const std::string& where) {
  if (line.size() > longest_line)
    return unreadable(fmt::format("a line of {} bytes", line.size()), where);
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > deepest;
    return !too_deep;
  };
  Json object = Json::parse(line.begin(), line.end(), watch_depth, false);
  if (too_deep || !object.is_object())
    return unreadable("this is no line of a ledger", where,
                      "was it edited, or merged with a conflict? `ledger import` takes the lines "
                      "that are whole into a new ledger");
  return object;
}

}  // namespace

std::string line_of(const Entry& entry) {
  Json object = {{"type", std::string(type_of(entry.evidence))}, {"shape", entry.shape}};
  Writer writer(object);
  writer.part("source", entry.source);
  std::visit([&](const auto& evidence) { describe(writer, evidence); }, entry.evidence);
  const std::string rest = object.dump();
  return fmt::format("{{\"id\":\"{}\",{}", id_of(rest), std::string_view(rest).substr(1));
}

Result<Entry> read_line(std::string_view line, const std::string& where) {
  const auto object = parse(line, where);
  if (!object) return tl::unexpected(object.error());
  std::string fault;
  Reader reader(*object, fault);
  std::string type;
  reader.text("type", type);
  auto evidence = empty_evidence(type);
  if (!evidence)
    return unreadable(fmt::format("no entry has the type `{}`", type), where,
                      "a newer npuscope may have written it");
  Entry entry{{}, {}, std::move(*evidence)};
  reader.text("shape", entry.shape);
  reader.part("source", entry.source);
  std::visit([&](auto& found) { describe(reader, found); }, entry.evidence);
  if (!fault.empty())
    return unreadable(fmt::format("`{}` is missing or has another form", fault), where,
                      "was the ledger edited?");
  // Whatever is too much, in another order, or not what its id says, is not written again.
  if (line_of(entry) != line)
    return unreadable("the line is not what its id says, or not as this npuscope writes it", where,
                      "was the ledger edited? `ledger import` the sources again");
  return entry;
}

}  // namespace npuscope::ledger
