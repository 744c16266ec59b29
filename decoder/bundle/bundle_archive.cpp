#include "decoder/bundle/bundle_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "decoder/bundle/durable_file.h"

namespace npuscope {

namespace {

using Archive = std::unique_ptr<::archive, decltype(&::archive_write_free)>;
using Entry = std::unique_ptr<::archive_entry, decltype(&::archive_entry_free)>;

struct Packing {
  std::string_view suffix;
  int (*add_filter)(::archive* writer);
};
constexpr std::array packings{Packing{".tar.zst", ::archive_write_add_filter_zstd},
                              Packing{".tar.xz", ::archive_write_add_filter_xz},
                              Packing{".tar.gz", ::archive_write_add_filter_gzip},
                              Packing{".tgz", ::archive_write_add_filter_gzip},
                              Packing{".tar.bz2", ::archive_write_add_filter_bzip2},
                              Packing{".tar", ::archive_write_add_filter_none}};

const Packing* packing_of(std::string_view path) {
  const auto found = std::ranges::find_if(
      packings, [&](const Packing& packing) { return path.ends_with(packing.suffix); });
  return found == packings.end() ? nullptr : &*found;
}

// The archive as it grows in memory, so that the file appears whole.
la_ssize_t keep_bytes(::archive* /*writer*/, void* to, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  auto* kept = static_cast<std::vector<std::byte>*>(to);
  kept->insert(kept->end(), bytes, bytes + size);
  return static_cast<la_ssize_t>(size);
}

bool add(::archive* writer, const std::string& name, std::span<const std::byte> bytes) {
  const Entry entry(::archive_entry_new(), ::archive_entry_free);
  if (!entry) return false;
  ::archive_entry_set_pathname(entry.get(), name.c_str());
  ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  ::archive_entry_set_filetype(entry.get(), AE_IFREG);
  ::archive_entry_set_perm(entry.get(), 0644);
  return ::archive_write_header(writer, entry.get()) == ARCHIVE_OK &&
         ::archive_write_data(writer, bytes.data(), bytes.size()) ==
             static_cast<la_ssize_t>(bytes.size());
}

}  // namespace

bool is_archive_name(const std::string& path) {
  return packing_of(path) != nullptr;
}

Result<void> pack_bundle(const std::vector<BundleFile>& files, const std::string& directory,
                         const std::string& path) {
  const Packing* packing = packing_of(path);
  if (packing == nullptr) return wrong_usage(fmt::format("{} is no name of an archive", path));
  std::vector<std::byte> packed;
  const Archive writer(::archive_write_new(), ::archive_write_free);
  bool good = writer && ::archive_write_set_format_pax_restricted(writer.get()) == ARCHIVE_OK &&
              packing->add_filter(writer.get()) == ARCHIVE_OK;
  if (good && packing->add_filter == ::archive_write_add_filter_gzip)  // else it writes the time
    good =
        ::archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr) == ARCHIVE_OK;
  // Decompressors take padding behind the end for damage.
  good = good && ::archive_write_set_bytes_in_last_block(writer.get(), 1) == ARCHIVE_OK;
  good = good &&
         ::archive_write_open(writer.get(), &packed, nullptr, keep_bytes, nullptr) == ARCHIVE_OK;
  for (const BundleFile& file : files)
    good = good && add(writer.get(), fmt::format("{}/{}", directory, file.name), file.bytes);
  good = good && ::archive_write_close(writer.get()) == ARCHIVE_OK;
  if (!good) {
    const char* text = writer ? ::archive_error_string(writer.get()) : nullptr;
    return cannot_write(path, text != nullptr ? text : "no memory");
  }
  return write_durable(path, packed);
}

}  // namespace npuscope
