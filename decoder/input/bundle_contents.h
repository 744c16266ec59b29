// The bytes of a bundle: blobs, checked by their hash, and the contents of buffers made of them.
//
//   BlobStore blobs(source.load_blob);
//   const BlobStore::Range range = blobs.range(name, at, size);   // .problem says why it is empty
//   BufferContents contents;
//   contents.add(buffer, offset, range.bytes, line);
//   contents.finish(capture, complaints);      // makes Buffer::pieces
//
// Internal to decoder/input.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/input/complaints.h"
#include "decoder/input/read_input.h"

namespace npuscope {

// Each blob is loaded and checked once. Owns what it loaded until take_storage().
class BlobStore {
 public:
  using Load = std::function<Result<FileBytes>(const std::string& blob)>;
  explicit BlobStore(Load load) : load_(std::move(load)) {}

  struct Range {
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;
    std::string problem;  // why there are no bytes; names the blob
  };
  // The bytes of a blob that has no file. Why they are refused; empty: they are not.
  [[nodiscard]] std::string put(const std::string& name, const std::string& bytes);
  [[nodiscard]] Range range(const std::string& name, std::uint64_t at, std::uint64_t size);

  [[nodiscard]] std::uint64_t loaded_bytes() const { return loaded_bytes_; }
  // What the spans that were given out need to stay valid.
  [[nodiscard]] std::vector<std::shared_ptr<const void>> storage() const;

 private:
  struct Blob {
    FileBytes file;
    std::string problem;
  };
  const Blob& blob(const std::string& name);
  void check(Blob& blob, const std::string& name, FileBytes file);

  Load load_;
  std::map<std::string, Blob> blobs_;
  std::uint64_t loaded_bytes_ = 0;
};

class BufferContents {
 public:
  void add(std::size_t buffer, std::uint64_t offset, std::span<const std::byte> bytes,
           std::uint64_t line);
  [[nodiscard]] std::uint64_t claimed_bytes() const { return claimed_bytes_; }
  // Pieces ascending and not adjacent. Where contents overlap and differ the first one stays, with
  // a warning. `place.at` becomes the line of each complaint.
  void finish(Capture& capture, Complaints& complaints, Place place) const;

 private:
  struct Chunk {
    std::uint64_t offset = 0;
    std::span<const std::byte> bytes;
    std::uint64_t line = 0;
    [[nodiscard]] std::uint64_t end() const { return offset + bytes.size(); }
  };
  using Intervals = std::map<std::uint64_t, Chunk>;  // by offset, disjoint
  static bool add_new_parts(const Chunk& chunk, Intervals& merged);
  static void make_pieces(const Intervals& merged, Capture& capture, Buffer& buffer);

  std::map<std::size_t, std::vector<Chunk>> chunks_;  // by buffer, in order of arrival
  std::uint64_t claimed_bytes_ = 0;
};

}  // namespace npuscope
