#include "decoder/bundle/event_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/bundle/event_fields.h"
#include "decoder/bundle/json_text.h"

namespace npuscope {

using Json = nlohmann::ordered_json;

// A line that is being made; is ended when it goes out of scope. Written as text at once: a
// recorder makes a dozen lines for each submit, beside the program that it records.
class EventLines::Line {
 public:
  Line(EventLines& lines, std::string_view event) : lines_(lines), out_(lines.text_) {
    out_ += R"({"event":")";
    out_ += event;
    out_ += '"';
  }
  ~Line() {
    out_ += "}\n";
    ++lines_.count_;
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& text(std::string_view name, std::string_view value) {
    member(name);
    append_json_text(out_, value);
    return *this;
  }
  Line& text_if_any(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  Line& number(std::string_view name, std::uint64_t value) {
    member(name);
    append_json_number(out_, value);
    return *this;
  }
  Line& number_if_any(std::string_view name, std::uint64_t value) {
    return value == 0 ? *this : number(name, value);
  }
  // Of at most 53 bits: identifiers and counts.
  Line& count(std::string_view name, std::uint64_t value) {
    member(name);
    append_count(value);
    return *this;
  }
  Line& value(std::string_view name, const Json& json) {
    member(name);
    out_ += json.dump();
    return *this;
  }
  Line& pairs_of_texts(std::string_view name, const decltype(Event::arguments)& pairs) {
    return list(name, pairs, [&](const auto& pair) {
      out_ += '[';
      append_json_text(out_, pair.first);
      out_ += ',';
      append_json_text(out_, pair.second);
      out_ += ']';
    });
  }
  Line& pairs_of_counts(std::string_view name, const decltype(Submit::subcore)& pairs) {
    return list(name, pairs, [&](const auto& pair) {
      if (!pair) {
        out_ += "null";
        return;
      }
      out_ += '[';
      append_count(pair->first);
      out_ += ',';
      append_count(pair->second);
      out_ += ']';
    });
  }
  template <typename Owner, std::size_t size>
  Line& counts(const std::array<OptionalMember<Owner, std::uint32_t>, size>& table,
               const Owner& owner) {
    for (const auto& [name, member] : table) {
      if (owner.*member) count(name, *(owner.*member));
    }
    return *this;
  }
  template <typename Owner, typename Number, std::size_t size>
  Line& numbers(const std::array<OptionalMember<Owner, Number>, size>& table, const Owner& owner) {
    for (const auto& [name, member] : table) {
      if (owner.*member) number(name, static_cast<std::uint64_t>(*(owner.*member)));
    }
    return *this;
  }
  Line& place(const Place& place) {
    if (place.file.empty() && place.at == 0 && !place.is_line) return *this;
    Json json = Json::object();
    if (place.file != lines_.source_) json["file"] = json_of_text(place.file);
    if (place.is_line) {
      json["line"] = place.at;
    } else {
      json["byte"] = json_of_number(place.at);
    }
    return value("place", json);
  }
  Line& original(const OriginalEvent& original) {
    return number("size", original.size)
        .text("blob", original.blob)
        .number_if_any("at", original.at);
  }

 private:
  void member(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  void append_count(std::uint64_t value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
  }
  template <typename List, typename Append>
  Line& list(std::string_view name, const List& all, const Append& append) {
    member(name);
    char before = '[';
    for (const auto& each : all) {
      out_ += before;
      append(each);
      before = ',';
    }
    out_ += all.empty() ? "[]" : "]";
    return *this;
  }

  EventLines& lines_;
  std::string& out_;
};

void EventLines::buffer(std::uint32_t id, const Buffer& buffer) {
  Line(*this, "buffer")
      .count("id", id)
      .text("name", buffer.name)
      .text("role", name_of(buffer.role))
      .text_if_any("role_reason", buffer.role_reason)
      .text("trust", name_of(buffer.trust))
      .number("size", buffer.size)
      .number_if_any("exact_size", buffer.exact_size)
      .numbers(buffer_addresses, buffer)
      .text_if_any("address_source", buffer.address_source)
      .counts(buffer_numbers, buffer)
      .place(buffer.place);
}

void EventLines::release(std::uint32_t buffer) {
  Line(*this, "release").count("buffer", buffer);
}

void EventLines::bytes(std::string_view blob, std::span<const std::byte> bytes) {
  text_ += R"({"event":"bytes","blob":")";
  text_ += blob;
  text_ += R"(","bytes":{"base16":")";
  text_ += base16({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  text_ += "\"}}\n";
  ++count_;
}

void EventLines::content(const ContentEvent& content) {
  Line line(*this, "content");
  line.count("buffer", content.buffer)
      .number("offset", content.offset)
      .number("size", content.size)
      .text("blob", content.blob)
      .number_if_any("at", content.at);
  if (!content.when.empty()) line.text("when", content.when).count("submit", content.submit);
}

void EventLines::model(const OriginalEvent& original) {
  Line line(*this, "model");
  line.original(original);
  if (original.regcmd_buffer) line.count("regcmd_buffer", *original.regcmd_buffer);
  if (original.task_buffer) line.count("task_buffer", *original.task_buffer);
}

void EventLines::decoded_json(const OriginalEvent& original) {
  Line(*this, "decoded_json").original(original);
}

namespace {

Json json_of_jobs(const std::vector<RocketJob>& jobs) {
  Json list = Json::array();
  for (const RocketJob& job : jobs) {
    Json tasks = Json::array();
    for (const auto& [address, words] : job.tasks) tasks.push_back(Json::array({address, words}));
    list.push_back({{"tasks", std::move(tasks)}, {"inputs", job.inputs}, {"outputs", job.outputs}});
  }
  return list;
}

}  // namespace

void EventLines::submit(const Submit& submit) {
  Line line(*this, "submit");
  line.counts(submit_numbers, submit)
      .numbers(submit_signed_numbers, submit)
      .numbers(submit_addresses, submit);
  if (std::ranges::any_of(submit.subcore, [](const auto& core) { return core.has_value(); }))
    line.pairs_of_counts("subcore", submit.subcore);
  if (!submit.jobs.empty()) line.value("jobs", json_of_jobs(submit.jobs));
  line.text_if_any("uncaptured", submit.uncaptured).place(submit.place);
}

void EventLines::call(const Event& event) {
  Line(*this, "call")
      .text("kind", event.kind)
      .pairs_of_texts("arguments", event.arguments)
      .place(event.place);
}

void EventLines::fact(const Fact& fact) {
  Line(*this, "fact").text("key", fact.key).text("value", fact.value).place(fact.place);
}

void EventLines::sweep(const SweepEntry& entry) {
  Line(*this, "sweep")
      .text("status", entry.status)
      .text("name", entry.name)
      .text("text", entry.text)
      .place(entry.place);
}

void EventLines::named_write(const NamedWrite& write) {
  Line(*this, "named_write")
      .text("register", write.register_full_name)
      .text("argument", write.argument_text)
      .place(write.place);
}

void EventLines::line_count(const LineCount& count) {
  Line(*this, "line_count").text("format", count.format).count("lines", count.lines);
}

void EventLines::diagnostic(const Diagnostic& diagnostic) {
  Line(*this, "diagnostic")
      .text("severity", diagnostic.severity == Severity::warning ? "warning" : "note")
      .text("text", diagnostic.text)
      .place(diagnostic.place);
}

void EventLines::end() {
  const std::uint64_t before = count_;
  Line(*this, "end").count("lines", before);
}

}  // namespace npuscope
