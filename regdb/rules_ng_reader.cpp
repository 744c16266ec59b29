#include "regdb/rules_ng_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <utility>

#include "regdb/rules_ng_fields.h"
#include "regdb/rules_ng_scope.h"

namespace npuscope {
namespace {

using rules_ng::Element;
using rules_ng::Scope;

constexpr std::array<std::string_view, 9> texts{"doc",  "brief", "copyright", "author", "license",
                                                "nick", "b",     "i",         "see"};

bool is_text(std::string_view kind) {
  return std::find(texts.begin(), texts.end(), kind) != texts.end();
}

// Width in bits of reg8 ... reg64, 0 for other elements.
unsigned register_width(std::string_view kind) {
  if (kind == "reg32") return 32;
  if (kind == "reg8") return 8;
  if (kind == "reg16") return 16;
  return kind == "reg64" ? 64 : 0;
}

// Where the elements of a body land: array and stripe move the base, arrays extend the prefix.
struct Position {
  std::string domain;
  std::string name_prefix;  // "CNA_", empty for a bare domain
  std::string prefix;       // "WINDOW0_"
  std::uint64_t base = 0;
  std::uint64_t size = 0;  // of the domain, 0 if not stated
  int depth = 0;
  bool in_variant = false;
};

class Reader {
 public:
  explicit Reader(Diagnostics& report) : scope_(report) {}

  RulesNg read(const XmlFile& file);

 private:
  struct Repeat {
    std::uint32_t length = 1;
    std::uint32_t stride = 0;
    std::uint32_t offset = 0;
  };

  void collect(const XmlFile& file);
  void collect_children(const Element& parent, int depth);
  void collect_definition(const Element& element, std::string_view kind, int depth);
  void import_file(const Element& element);
  void read_domain(const Element& element);
  void read_body(const Element& owner, const Position& position);
  void read_repeated(const Element& element, const Position& position);
  void use_group(const Element& element, const Position& position);
  void read_register(const Element& element, unsigned width, const Position& position);
  void add_register(const Element& element, const Position& position, const std::string& name,
                    std::uint64_t offset, std::vector<Field> fields);
  void add_wide_register(const Element& element, const Position& position, const std::string& name,
                         std::uint64_t offset, const std::vector<Field>& fields);
  std::optional<Repeat> read_repeat(const Element& element, std::uint32_t default_stride,
                                    std::uint32_t default_offset);

  Scope scope_;
  RulesNg result_;
  std::vector<Element> domains_;
  std::set<std::string> seen_files_;
};

RulesNg Reader::read(const XmlFile& file) {
  if (file.on_disk()) {
    std::error_code ignored;
    seen_files_.insert(std::filesystem::weakly_canonical(file.name(), ignored).string());
  }
  collect(file);
  for (const auto& domain : domains_) read_domain(domain);
  if (!scope_.report.failed() && result_.registers.empty()) {
    scope_.report.fail(file.name(), "the file defines no register",
                       "give a rules-ng-ng database with domains and reg32 elements");
  }
  return std::move(result_);
}

// First pass: definitions may stand behind their use, and in other files.
void Reader::collect(const XmlFile& file) {
  const Element root{&file, file.root()};
  if (local_name(root.node) != "database") {
    scope_.report.fail(root.place(),
                       fmt::format("the root element is {}, not database", root.node.name()),
                       "give a register database in the rules-ng-ng schema");
    return;
  }
  if (namespace_of(root.node).empty()) {
    scope_.without_namespace = true;
    scope_.report.notice(root.place(), "no namespace is declared; read as rules-ng-ng");
  }
  if (!scope_.enter(root)) {
    scope_.report.fail(root.place(), "the database is of another namespace",
                       fmt::format("declare xmlns=\"{}\"", rules_ng::nouveau_namespace));
    return;
  }
  collect_children(root, 0);
}

void Reader::collect_children(const Element& parent, int depth) {
  if (!scope_.depth_is_sane(parent, depth)) return;
  for (const auto& child : parent.node.children()) {
    const Element element{parent.file, child};
    if (child.type() != pugi::node_element) continue;
    if (depth > 0 && namespace_of(child) != rules_ng::nouveau_namespace &&
        !scope_.without_namespace) {
      continue;  // the second pass tells
    }
    if (depth == 0 && !scope_.enter(element)) continue;
    collect_definition(element, local_name(child), depth);
    if (scope_.report.failed()) return;
  }
}

void Reader::collect_definition(const Element& element, std::string_view kind, int depth) {
  if (is_text(kind) || register_width(kind) != 0) return;
  if (kind == "import") return import_file(element);
  if (kind == "domain") {
    domains_.push_back(element);
    return collect_children(element, depth + 1);
  }
  if (kind == "array" || kind == "stripe") return collect_children(element, depth + 1);
  if (kind != "enum" && kind != "bitset" && kind != "group") {
    if (depth == 0) {
      scope_.report.notice(element.place(), fmt::format("element {} is not supported", kind));
    }
    return;
  }
  const auto name = scope_.name(element);
  if (!name) return;
  scope_.note_variants(element);
  bool added = true;
  if (kind == "enum") {
    result_.enums.push_back(read_enum(scope_, element, *name));
    added = scope_.enums.emplace(*name, &result_.enums.back()).second;
  } else {
    added = (kind == "bitset" ? scope_.bitsets : scope_.groups).emplace(*name, element).second;
  }
  if (!added) {
    scope_.report.notice(element.place(),
                         fmt::format("{} {} is defined twice; the first one counts", kind, *name));
  }
  if (kind == "group") collect_children(element, depth + 1);
}

void Reader::import_file(const Element& element) {
  const std::string name(element.text("file"));
  if (name.empty() || !element.file->on_disk()) {
    return scope_.report.fail(
        element.place(),
        name.empty() ? "import without a file" : "an embedded database cannot import " + name,
        "add file=\"...\" to a database on disk");
  }
  const auto path = (std::filesystem::path(element.file->name()).parent_path() / name).string();
  std::error_code ignored;
  if (!seen_files_.insert(std::filesystem::weakly_canonical(path, ignored).string()).second) {
    return scope_.report.notice(element.place(),
                                fmt::format("{} is already read; not imported again", name));
  }
  if (seen_files_.size() > rules_ng::max_imports) {
    return scope_.report.fail(element.place(),
                              fmt::format("more than {} files", rules_ng::max_imports),
                              "join the files");
  }
  auto file = XmlFile::open(path);
  if (!file) {
    return scope_.report.fail(element.place(), "cannot import " + name + ": " + file.error().text(),
                              "imports are searched beside the importing file");
  }
  result_.imported.push_back(std::move(*file));
  collect(*result_.imported.back());
}

void Reader::read_domain(const Element& element) {
  scope_.check_attributes(element, {"name", "width", "size"});
  const auto name = scope_.name(element);
  if (!name) return;
  Position position;
  position.domain = *name;
  position.name_prefix = element.text("bare") == "yes" ? std::string() : *name + "_";
  position.in_variant = scope_.note_variants(element);
  if (element.has("size")) position.size = scope_.number(element, "size", UINT64_MAX).value_or(0);
  read_body(element, position);
}

void Reader::read_body(const Element& owner, const Position& position) {
  if (!scope_.depth_is_sane(owner, position.depth)) return;
  for (const auto& child : owner.node.children()) {
    const Element element{owner.file, child};
    if (!scope_.enter(element)) continue;
    const auto kind = local_name(child);
    if (is_text(kind) || kind == "enum" || kind == "bitset" || kind == "group") continue;
    if (const unsigned width = register_width(kind); width != 0) {
      read_register(element, width, position);
    } else if (kind == "array" || kind == "stripe") {
      read_repeated(element, position);
    } else if (kind == "use-group") {
      use_group(element, position);
    } else {
      scope_.report.notice(element.place(), fmt::format("element {} is not supported", kind));
    }
    if (scope_.report.failed()) return;
  }
}

std::optional<Reader::Repeat> Reader::read_repeat(const Element& element,
                                                  std::uint32_t default_stride,
                                                  std::uint32_t default_offset) {
  Repeat repeat{1, default_stride, default_offset};
  const auto read = [&](const char* attribute, std::uint32_t& value) {
    if (!element.has(attribute)) return true;
    const auto number = scope_.number(element, attribute, 0xffff);
    if (number) value = *number;
    return number.has_value();
  };
  if (!read("length", repeat.length) || !read("stride", repeat.stride) ||
      !read("offset", repeat.offset)) {
    return std::nullopt;
  }
  if (repeat.length > 1 && repeat.stride == 0) {
    scope_.report.fail(element.place(),
                       fmt::format("{} {} repeats without a stride", local_name(element.node),
                                   element.text("name")),
                       "add stride=\"...\"");
    return std::nullopt;
  }
  return repeat;
}

void Reader::read_repeated(const Element& element, const Position& position) {
  scope_.check_attributes(element, {"name", "offset", "length", "stride"});
  const auto repeat = read_repeat(element, 0, 0);
  if (!repeat) return;
  const bool named = element.has("name");
  Position inside = position;
  inside.depth = position.depth + 1;
  inside.in_variant = position.in_variant | scope_.note_variants(element);
  for (std::uint32_t i = 0; i < repeat->length && !scope_.report.failed(); ++i) {
    inside.base = position.base + repeat->offset + std::uint64_t{repeat->stride} * i;
    inside.prefix = position.prefix;
    if (named || repeat->length > 1) {
      inside.prefix += fmt::format("{}{}_", element.text("name"), i);
    }
    // An empty body costs a step too, or an array of nothing could run for ever.
    if (!scope_.enter(element)) return;
    read_body(element, inside);
  }
}

void Reader::use_group(const Element& element, const Position& position) {
  scope_.check_attributes(element, {"name"});
  const auto name = scope_.name(element);
  if (!name) return;
  const auto found = scope_.groups.find(*name);
  if (found == scope_.groups.end()) {
    return scope_.report.fail(element.place(), fmt::format("there is no group {}", *name),
                              "define it, or correct the name");
  }
  Position inside = position;
  inside.depth = position.depth + 1;
  read_body(found->second, inside);
}

void Reader::read_register(const Element& element, unsigned width, const Position& position) {
  scope_.check_attributes(element, {"name", "offset", "type", "shr", "length", "stride"});
  const auto name = scope_.name(element);
  const auto offset = scope_.number(element, "offset", 0xffff);
  if (!name || !offset) return;
  const auto repeat = read_repeat(element, width / 8, *offset);
  if (!repeat) return;
  Position inside = position;
  inside.in_variant = position.in_variant | scope_.note_variants(element);
  auto fields = read_fields(scope_, result_.enums, element, width);
  const bool whole = fields.size() == 1 && fields[0].name == *name;
  for (std::uint32_t i = 0; i < repeat->length && !scope_.report.failed(); ++i) {
    const auto full = position.prefix + *name + (element.has("length") ? fmt::format("{}", i) : "");
    const auto at = position.base + repeat->offset + std::uint64_t{repeat->stride} * i;
    const bool last = i + 1 == repeat->length;
    auto own = last ? std::exchange(fields, {}) : fields;
    if (whole && element.has("length")) own[0].name += fmt::format("{}", i);
    if (width == 64) {
      add_wide_register(element, inside, full, at, own);
    } else {
      add_register(element, inside, full, at, std::move(own));
    }
  }
}

void Reader::add_register(const Element& element, const Position& position, const std::string& name,
                          std::uint64_t offset, std::vector<Field> fields) {
  if (offset > 0xffff) {
    return scope_.report.fail(element.place(),
                              fmt::format("offset {:#x} of {} is above 0xffff", offset, name),
                              "a command word has 16 bits for the offset");
  }
  if (result_.registers.size() >= rules_ng::max_registers) {
    return scope_.report.fail(element.place(),
                              fmt::format("more than {} registers", rules_ng::max_registers),
                              "groups and arrays multiply; use fewer");
  }
  if (position.size != 0 && offset >= position.size) {
    scope_.report.notice(element.place(), fmt::format("{} lies outside its domain of {:#x} bytes",
                                                      name, position.size));
  }
  PlacedRegister placed;
  placed.file = element.file;
  placed.node = element.node;
  placed.in_variant = position.in_variant;
  auto& reg = placed.reg;
  reg.name = name;
  reg.domain = position.domain;
  reg.full_name = position.name_prefix + name;
  reg.offset = static_cast<std::uint16_t>(offset);
  reg.fields = std::move(fields);
  for (auto& field : reg.fields) field.full_name = reg.full_name + "_" + field.name;
  for (const auto& child : element.node.children()) {
    if (local_name(child) == "brief") reg.brief = child.child_value();
  }
  result_.registers.push_back(std::move(placed));
}

// A command word carries 32 bits: the register becomes NAME and NAME_HI, a field across the middle
// one field in each.
void Reader::add_wide_register(const Element& element, const Position& position,
                               const std::string& name, std::uint64_t offset,
                               const std::vector<Field>& fields) {
  scope_.report.notice(element.place(), fmt::format("reg64 {} is read as {} and {}_HI of 32 bits",
                                                    name, name, name));
  std::vector<Field> low;
  std::vector<Field> high;
  for (const auto& field : fields) {
    if (field.low < 32) {
      low.push_back(field);
      low.back().high = std::min<std::uint8_t>(field.high, 31);
    }
    if (field.high >= 32) {
      high.push_back(field);
      high.back().low = static_cast<std::uint8_t>(std::max<int>(field.low, 32) - 32);
      high.back().high = static_cast<std::uint8_t>(field.high - 32);
      if (field.low < 32) high.back().name += "_HI";
    }
  }
  add_register(element, position, name, offset, std::move(low));
  if (!scope_.report.failed())
    add_register(element, position, name + "_HI", offset + 4, std::move(high));
}

}  // namespace

RulesNg read_rules_ng(const XmlFile& file, Diagnostics& report) {
  return Reader(report).read(file);
}

}  // namespace npuscope
