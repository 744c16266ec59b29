// A sink that packs what it is given with zstd and hands it to another one.
//
//   ZstdSink packed(output.sink());
//   packed.sink().put("text");  packed.finish();
#pragma once

#include <memory>

#include "decoder/emit/sink.h"

namespace npuscope::corpus {

class ZstdSink {
 public:
  // `packed` must outlive it.
  explicit ZstdSink(Sink& packed);
  ~ZstdSink();
  ZstdSink(const ZstdSink&) = delete;
  ZstdSink& operator=(const ZstdSink&) = delete;
  [[nodiscard]] Sink& sink() { return *plain_; }
  // Writes what is left and the end of the stream. Failures show in the sink behind.
  void finish();

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<Sink> plain_;
};

}  // namespace npuscope::corpus
