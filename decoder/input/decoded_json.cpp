// Decoded JSON of the capture harness: 23 register values for each distinct convolution record.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "decoder/evidence.h"
#include "decoder/input/read_input.h"
#include "decoder/input/scan.h"

namespace npuscope {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_json_bytes = std::size_t{64} << 20U;  // public files: 1 to 14 KiB
constexpr int max_json_depth = 8;                               // public files: 3
constexpr std::size_t usual_row_values = 23;
constexpr std::uint32_t convolution_bit = 1;  // OPERATION_ENABLE bit of the CNA

// Fails with `where` = file and the path in the document.
tl::unexpected<Error> damaged(const FileBytes& file, std::string what) {
  return unreadable(std::move(what), file.name, "make the file again with the capture harness");
}

Result<Json> parse(const FileBytes& file) {
  if (file.bytes.size() > max_json_bytes) {
    return damaged(
        file, fmt::format("{} bytes of JSON are more than {}", file.bytes.size(), max_json_bytes));
  }
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > max_json_depth;
    return !too_deep;
  };
  try {
    const std::string_view text = file.text();
    Json document = Json::parse(text.begin(), text.end(), watch_depth);
    if (too_deep) {
      return damaged(file, fmt::format("nested deeper than {} levels", max_json_depth));
    }
    return document;
  } catch (const Json::parse_error& error) {
    return unreadable("this is no valid JSON: it breaks off or has a wrong character here",
                      Place{file.name, error.byte > 0 ? error.byte - 1 : 0, false}.text(),
                      "make the file again with the capture harness");
  } catch (const std::exception& error) {
    return damaged(file, error.what());
  }
}

std::optional<std::uint32_t> number32(const Json& value) {
  if (!value.is_number_unsigned()) return std::nullopt;
  const auto number = value.get<std::uint64_t>();
  if (number > 0xffffffffU) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

Result<std::vector<std::uint32_t>> read_numbers(const FileBytes& file, const Json& document,
                                                const char* key) {
  std::vector<std::uint32_t> numbers;
  const auto list = document.find(key);
  if (list == document.end()) return numbers;
  if (!list->is_array()) return damaged(file, fmt::format("\"{}\" is no list", key));
  for (const Json& item : *list) {
    const auto number = number32(item);
    if (!number) {
      return damaged(file, fmt::format("{}[{}] is no number of 32 bits", key, numbers.size()));
    }
    numbers.push_back(*number);
  }
  return numbers;
}

Result<std::vector<std::uint64_t>> read_addresses(const FileBytes& file, const Json& document) {
  std::vector<std::uint64_t> addresses;
  const auto list = document.find("regcmd_addrs");
  if (list == document.end()) return addresses;
  if (!list->is_array()) return damaged(file, "\"regcmd_addrs\" is no list");
  for (const Json& item : *list) {
    const auto number =
        item.is_string() ? whole_number(item.get_ref<const std::string&>()) : std::nullopt;
    if (!number) {
      return damaged(file, fmt::format("regcmd_addrs[{}] is no address such as \"0xffc34000\"",
                                       addresses.size()));
    }
    addresses.push_back(*number);
  }
  return addresses;
}

// null means "not written in that record" and stays without a value.
Result<EvidenceRow> read_row(const FileBytes& file, const Json& item, std::size_t index) {
  if (!item.is_object()) return damaged(file, fmt::format("body_rows[{}] is no object", index));
  EvidenceRow row;
  for (const auto& [key, value] : item.items()) {
    const auto number = number32(value);
    if (!number && !value.is_null()) {
      return damaged(
          file, fmt::format("body_rows[{}].{} is no number of 32 bits and not null", index, key));
    }
    row.values.emplace_back(key, number);
  }
  return row;
}

std::string text_of(const Json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Amount of body words of each row: one row for each distinct record that starts the CNA, in table
// order. Empty when the lists do not fit the rows.
std::vector<std::uint32_t> amounts_of_rows(const DecodedJson& json) {
  std::vector<std::uint32_t> amounts;
  const std::size_t tasks = json.amounts.size();
  if (json.masks.size() != tasks || json.addresses.size() != tasks) return {};
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < tasks; ++i) {
    if ((json.masks[i] & convolution_bit) == 0 || !seen.insert(json.addresses[i]).second) continue;
    amounts.push_back(json.amounts[i]);
  }
  if (amounts.size() != json.rows.size()) return {};
  return amounts;
}

// The tool cut its rows 6 words early: the last words of 12-word and 19-word rows, where the WDMA
// sizes stand, are those of the record before. Source: null in 18 of 18 rows behind other records,
// present in 28 of 28 behind a 12-word record, though all of them write both.
void mark_doubtful(Capture& capture, DecodedJson& json) {
  const std::vector<std::uint32_t> amounts = amounts_of_rows(json);
  if (amounts.empty() && !json.rows.empty()) {
    capture.warn(
        "tasks and rows do not correspond: which WDMA sizes are shifted is unknown, all "
        "of them are doubtful",
        {capture.source, 0, false});
  }
  for (std::size_t i = 0; i < json.rows.size(); ++i) {
    const std::uint32_t amount = amounts.empty() ? 12 : amounts[i];
    for (const auto& [key, value] : json.rows[i].values) {
      const bool doubtful = (key == "wdma_size0" && amount == 12) ||
                            (key == "wdma_size1" && (amount == 12 || amount == 19));
      if (doubtful) json.rows[i].doubtful.push_back(key);
    }
  }
}

void check_counts(Capture& capture, const Json& document, const DecodedJson& json) {
  const Place place{capture.source, 0, false};
  const auto expect = [&](const char* key, std::size_t count) {
    const auto found = document.find(key);
    if (found == document.end() || number32(*found) == count) return;
    capture.warn(fmt::format("\"{}\" does not fit the lists: {} entries", key, count), place);
  };
  expect("task_count", json.amounts.size());
  expect("body_row_count", json.rows.size());
  if (json.masks.size() != json.amounts.size() || json.addresses.size() != json.amounts.size()) {
    capture.warn("amounts, masks and regcmd_addrs have different lengths", place);
  }
  for (const EvidenceRow& row : json.rows) {
    if (row.values.size() == usual_row_values) continue;
    capture.note(
        fmt::format("a row has {} values instead of {}", row.values.size(), usual_row_values),
        place);
    break;
  }
}

}  // namespace

Result<Capture> read_decoded_json(const FileBytes& file) {
  const auto document = parse(file);
  if (!document) return tl::unexpected(document.error());
  if (!document->is_object()) return damaged(file, "the document is no object");
  DecodedJson json;
  json.slug = text_of(*document, "slug");
  json.dump_dir = text_of(*document, "dump_dir");
  auto amounts = read_numbers(file, *document, "amounts");
  if (!amounts) return tl::unexpected(amounts.error());
  auto masks = read_numbers(file, *document, "masks");
  if (!masks) return tl::unexpected(masks.error());
  auto addresses = read_addresses(file, *document);
  if (!addresses) return tl::unexpected(addresses.error());
  json.amounts = std::move(*amounts);
  json.masks = std::move(*masks);
  json.addresses = std::move(*addresses);
  const auto rows = document->find("body_rows");
  if (rows == document->end() || !rows->is_array()) {
    return damaged(file, "\"body_rows\" is missing or no list");
  }
  for (const Json& item : *rows) {
    auto row = read_row(file, item, json.rows.size());
    if (!row) return tl::unexpected(row.error());
    json.rows.push_back(std::move(*row));
  }
  Capture capture;
  capture.source = file.name;
  capture.kind = "decoded JSON";
  check_counts(capture, *document, json);
  mark_doubtful(capture, json);
  capture.evidence = std::make_shared<const DecodedJson>(std::move(json));
  capture.original = file.bytes;
  capture.storage.push_back(file.owner);
  return capture;
}

}  // namespace npuscope
