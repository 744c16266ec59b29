#include "decoder/input/bundle.h"

#include <fmt/format.h>

#include "decoder/bundle/event_fields.h"
#include "decoder/input/bundle_events.h"
#include "decoder/input/bundle_line.h"

namespace npuscope {

namespace {

constexpr std::string_view schema_family = "npuscope.bundle/";

tl::unexpected<Error> bad_head(const FileBytes& head, std::string what, std::string remedy) {
  return unreadable(std::move(what), head.name, std::move(remedy));
}

// Source, kind and facts. Everything else of a head is optional.
Result<Capture> read_head(const BundleSource& source) {
  const FileBytes& head = source.head;
  if (head.bytes.size() > max_bundle_head_bytes) {
    return bad_head(head, fmt::format("more than {} bytes", max_bundle_head_bytes),
                    "copy the bundle again");
  }
  const ParsedObject parsed = parse_object(head.text());
  if (!parsed.problem.empty()) {
    return bad_head(head, "the head of the bundle " + parsed.problem,
                    "copy or record the bundle again");
  }
  Capture capture;
  capture.source = source.name;
  EventMembers members(parsed.object, capture.source);
  const auto schema = members.text("schema");
  if (!schema) {
    return bad_head(head, "the head of the bundle names no schema",
                    fmt::format("it should say \"schema\": \"{}\"", bundle_schema));
  }
  if (*schema != bundle_schema) {
    return bad_head(head, fmt::format("the bundle is of another schema than {}", bundle_schema),
                    schema->starts_with(schema_family) ? "open it with the npuscope that wrote it"
                                                       : "it was not written by npuscope");
  }
  if (auto name = members.text("source")) capture.source = std::move(*name);
  capture.kind = members.text("kind").value_or("bundle");
  static_cast<void>(members.text("tool"));
  const Place place{head.name, 0, false};
  for (auto& [key, value] : members.texts("facts")) {
    capture.facts.push_back({key, std::move(value), place});
  }
  for (const std::string& name : members.misfits()) {
    capture.warn(fmt::format("\"{}\" has a value of another form and was ignored", name), place);
  }
  const std::size_t unknown = members.unknown().size();
  if (unknown > 0) {
    capture.note(fmt::format("{} members are not known to this version and were skipped", unknown),
                 place);
  }
  return capture;
}

}  // namespace

bool looks_like_bundle_head(std::span<const std::byte> bytes) {
  constexpr std::size_t probe = 4096;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' &&
         text.substr(0, probe).find(schema_family) != std::string_view::npos;
}

Result<Capture> read_bundle(const BundleSource& source) {
  auto capture = read_head(source);
  if (!capture) return capture;
  BundleEvents events(*capture, source);
  std::string_view rest = source.events.text();
  for (std::uint64_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    const bool whole = end != std::string_view::npos;
    events.read(rest.substr(0, end), number, whole);
    rest.remove_prefix(whole ? end + 1 : rest.size());
  }
  events.finish();
  return capture;
}

}  // namespace npuscope
