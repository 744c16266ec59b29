// Arrays in the format of numpy.save (.npy, versions 1.0 to 3.0).
//
//   Result<NpyArray> array = read_npy(bytes, "input.npy");
//   std::vector<std::byte> file = write_npy({"<f4", {1, 3, 224, 224}, data});
//
// Little-endian numbers of 1 to 8 bytes, in C order. The header is text from anywhere: it is read
// strictly, and no size is believed before the bytes are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regdb/error.h"

namespace npuscope {

struct NpyArray {
  std::string type;  // "<f4", "<f2", "|i1", "|u1", "<i4", ...: byte order, kind, bytes
  std::vector<std::uint64_t> shape;
  std::vector<std::byte> data;

  [[nodiscard]] std::size_t element_bytes() const;  // 0: not a type as above
};

[[nodiscard]] bool is_npy(std::span<const std::byte> bytes);

// Errors (unreadable): no .npy file, big-endian or structured elements, Fortran order, a shape that
// does not fit the bytes.
[[nodiscard]] Result<NpyArray> read_npy(std::span<const std::byte> bytes, const std::string& where);
[[nodiscard]] std::vector<std::byte> write_npy(const NpyArray& array);

}  // namespace npuscope
