#include "decoder/corpus/zstd_sink.h"

#include <archive.h>
#include <archive_entry.h>

namespace npuscope::corpus {

struct ZstdSink::Archive {
  archive* handle = archive_write_new();
  archive_entry* entry = archive_entry_new();
  Sink* packed = nullptr;
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() {
    archive_entry_free(entry);
    archive_write_free(handle);
  }
  static la_ssize_t write(archive*, void* data, const void* bytes, std::size_t size) {
    Sink& sink = *static_cast<Archive*>(data)->packed;
    sink.put({static_cast<const char*>(bytes), size});
    return sink.ok() ? static_cast<la_ssize_t>(size) : -1;
  }
};

ZstdSink::ZstdSink(Sink& packed) : archive_(std::make_unique<Archive>()) {
  archive_->packed = &packed;
  archive_write_add_filter_zstd(archive_->handle);
  archive_write_set_format_raw(archive_->handle);
  archive_write_set_bytes_in_last_block(archive_->handle, 1);
  archive_entry_set_filetype(archive_->entry, AE_IFREG);
  archive_write_open(archive_->handle, archive_.get(), nullptr, Archive::write, nullptr);
  archive_write_header(archive_->handle, archive_->entry);
  plain_ = std::make_unique<Sink>([archive = archive_.get()](std::string_view block) {
    return archive_write_data(archive->handle, block.data(), block.size()) ==
           static_cast<la_ssize_t>(block.size());
  });
}

ZstdSink::~ZstdSink() = default;

void ZstdSink::finish() {
  static_cast<void>(plain_->flush());
  archive_write_close(archive_->handle);
}

}  // namespace npuscope::corpus
