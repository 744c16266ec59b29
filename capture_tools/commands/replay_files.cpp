#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "capture_tools/commands/replay_run.h"

namespace npuscope::cli {

Result<std::vector<std::byte>> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable(std::strerror(errno), path, "is the path right?");
  std::vector<std::byte> bytes;
  std::vector<char> block(1U << 16U);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    const auto* data = reinterpret_cast<const std::byte*>(block.data());
    bytes.insert(bytes.end(), data, data + file.gcount());
  }
  if (file.bad()) return unreadable("reading failed", path, "is it a file?");
  return bytes;
}

Result<std::string> write_file(const ReplayRequest& request, const std::string& name,
                               std::span<const std::byte> bytes) {
  namespace fs = std::filesystem;
  std::string safe = name;
  for (char& c : safe)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  std::error_code error;
  fs::create_directories(request.directory, error);
  const fs::path path = fs::path(request.directory) / safe;
  if (fs::exists(path, error) && !request.overwrite)
    return wrong_usage(fmt::format("{} exists", path.string()), "--overwrite replaces it");
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file)
    return unreadable(fmt::format("cannot write: {}", std::strerror(errno)), path.string(),
                      "is the disk full?");
  return path.string();
}

Result<void> adjust(const ReplayRequest& request, Image& image) {
  if (request.only_core) {
    image = keep_core(image, *request.only_core);
    if (image.task_count() == 0)
      return wrong_usage(
          fmt::format("core {} has no tasks in the program for {}", *request.only_core,
                      image.cores == 1 ? "1 core" : fmt::format("{} cores", image.cores)),
          "choose another core, or --cores");
  }
  if (request.prefix) cut_to_prefix(image, *request.prefix);
  for (const Patch& patch : request.patches)
    if (const auto changed = apply(patch, image); !changed) return tl::unexpected(changed.error());
  return {};
}

namespace {

void note_strays(const AddressMap& map, const Image& image, const RegisterDb& db,
                 ReplayReport& report) {
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::vector<ImagePlace>> places;
  for (const StrayAddress& stray : map.strays)
    places[{stray.register_offset, stray.value}].push_back(stray.word);
  for (const auto& [address, words] : places)
    report.put(
        StrayLine{db.at(address.first)->full_name, address.second, words.size(),
                  fmt::format("{} + {:#x}", image.buffers[words[0].buffer].name, words[0].offset)});
}

}  // namespace

Result<std::optional<Move>> move_of(const ReplayRequest& request, const Image& image,
                                    ReplayReport& report) {
  if (request.addresses.empty()) return std::nullopt;
  Move move;
  for (const ImageBuffer& buffer : image.buffers) move.addresses.push_back(buffer.address);
  for (const BufferAddress& place : request.addresses) {
    if (!place.name.empty()) continue;
    auto addresses = addresses_from(image, place.address);
    if (!addresses) return tl::unexpected(addresses.error());
    move.addresses = std::move(*addresses);
  }
  for (const BufferAddress& place : request.addresses) {
    if (place.name.empty()) continue;
    const auto found = std::ranges::find(image.buffers, place.name, &ImageBuffer::name);
    if (found == image.buffers.end()) {
      std::vector<std::string> names;
      for (const ImageBuffer& buffer : image.buffers) names.push_back(buffer.name);
      return wrong_usage(fmt::format("there is no buffer \"{}\"", place.name),
                         fmt::format("there are {}", fmt::join(names, ", ")));
    }
    move.addresses[static_cast<std::size_t>(found - image.buffers.begin())] = place.address;
  }
  move.map = find_addresses(image, *request.db);
  report.put(MovedLine{image.buffers.size(), move.map.words.size()});
  note_strays(move.map, image, *request.db, report);
  return move;
}

}  // namespace npuscope::cli
