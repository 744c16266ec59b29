// Arrays as numpy.save writes them, and everything that is none.
#include "replay/run/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace npuscope {
namespace {

using namespace std::string_view_literals;

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// A file of version 1.0 with this header and so many bytes of data.
std::vector<std::byte> file(std::string_view header, std::size_t data) {
  std::string text("\x93NUMPY\x01\x00"sv);
  text += static_cast<char>(header.size() & 0xffU);
  text += static_cast<char>(header.size() >> 8U);
  text += header;
  text.append(data, '\x07');
  return bytes_of(text);
}

std::string refusal(const std::vector<std::byte>& bytes) {
  const auto array = read_npy(bytes, "x.npy");
  if (array) return "read";
  EXPECT_EQ(array.error().kind, ErrorKind::unreadable);
  EXPECT_EQ(array.error().where, "x.npy");
  return array.error().what;
}

// Every byte of what numpy.save("x.npy", numpy.array([1, 2, 3], "<i2")) writes.
TEST(Npy, WritesTheBytesOfNumpy) {
  const auto written = write_npy({"<i2", {3}, bytes_of("\x01\x00\x02\x00\x03\x00"sv)});
  std::string expected("\x93NUMPY\x01\x00\x76\x00"sv);
  expected += "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }";
  expected.resize(127, ' ');
  expected += "\n\x01\x00\x02\x00\x03\x00"sv;
  EXPECT_EQ(written, bytes_of(expected));
}

TEST(Npy, ReadsWhatItWrites) {
  for (const std::vector<std::uint64_t>& shape : std::vector<std::vector<std::uint64_t>>{
           {}, {1}, {0}, {5}, {2, 3}, {1, 3, 1, 2}, {4, 0, 1}, std::vector<std::uint64_t>(32, 1)})
    for (const char* type : {"|b1", "|i1", "|u1", "<i2", "<f2", "<u4", "<f4", "<i8", "<f8"}) {
      std::uint64_t elements = 1;
      for (const std::uint64_t extent : shape) elements *= extent;
      NpyArray array{type, shape, {}};
      for (std::uint64_t i = 0; i < elements * array.element_bytes(); ++i)
        array.data.push_back(static_cast<std::byte>(i * 37));
      const auto written = write_npy(array);
      EXPECT_EQ((written.size() - array.data.size()) % 64, 0U) << "data is aligned";
      EXPECT_TRUE(is_npy(written));
      const auto back = read_npy(written, "x.npy");
      ASSERT_TRUE(back) << back.error().text();
      EXPECT_EQ(back->type, array.type);
      EXPECT_EQ(back->shape, array.shape);
      EXPECT_EQ(back->data, array.data);
    }
}

TEST(Npy, ReadsTheLongerHeadersOfVersionTwoAndThree) {
  const std::string_view header = "{'descr':'<i2','fortran_order':False,'shape':(2,),}\n";
  for (const char version : {'\x02', '\x03'}) {
    std::string text("\x93NUMPY"sv);
    text += version;
    text += '\0';
    text += static_cast<char>(header.size());
    text += std::string(3, '\0');
    text += header;
    text += "abcd";
    const auto array = read_npy(bytes_of(text), "x.npy");
    ASSERT_TRUE(array) << array.error().text();
    EXPECT_EQ(array->shape, std::vector<std::uint64_t>{2});
    EXPECT_EQ(array->data, bytes_of("abcd"));
  }
}

TEST(Npy, KnowsItselfByItsFirstBytes) {
  EXPECT_FALSE(is_npy({}));
  EXPECT_FALSE(is_npy(bytes_of("\x93NUMP")));
  EXPECT_FALSE(is_npy(bytes_of("NUMPY\x93")));
}

TEST(Npy, RefusesWhatIsNoArray) {
  EXPECT_EQ(refusal({}), "no .npy array");
  EXPECT_EQ(refusal(bytes_of("\x93NUMPY\x01\x00\x00\x00\x00"sv)), "no .npy array");
  EXPECT_EQ(refusal(bytes_of("not numpy at all")), "no .npy array");
  EXPECT_EQ(refusal(bytes_of("\x93NUMPY\x04\x00\x00\x00\x00\x00"sv)),
            "version 4 of the .npy format is not known");
  EXPECT_EQ(refusal(bytes_of("\x93NUMPY\x00\x00\x00\x00\x00\x00"sv)),
            "version 0 of the .npy format is not known");
}

TEST(Npy, RefusesHeadersThatAreCutOff) {
  EXPECT_EQ(refusal(bytes_of("\x93NUMPY\x01\x00\xff\xff{}"sv)), "cut off within its header");
  EXPECT_EQ(refusal(bytes_of("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"sv)),
            "cut off within its header");
  const auto whole = write_npy({"<f4", {2}, std::vector<std::byte>(8)});
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_NE(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)}), "read")
        << bytes << " bytes";
}

TEST(Npy, RefusesHeadersThatSayTooLittle) {
  constexpr const char* what = "its header is no dictionary of numpy";
  EXPECT_EQ(refusal(file("", 4)), what);
  EXPECT_EQ(refusal(file("{'descr': '<f4', 'fortran_order': False}", 4)), what);
  EXPECT_EQ(refusal(file("{'descr': '<f4', 'shape': (1,), }", 4)), what);
  EXPECT_EQ(refusal(file("{'fortran_order': False, 'shape': (1,), }", 4)), what);
  EXPECT_EQ(refusal(file("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", 4)), what);
  EXPECT_EQ(refusal(file("{'shape': (1,), 'fortran_order': False, 'descr':", 4)), what);
}

TEST(Npy, RefusesOtherElements) {
  const auto with = [](std::string_view type) {
    return refusal(
        file("{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (1,), }", 4));
  };
  for (const char* type : {">f4", "=f4", "|f4", "<f3", "<c8", "|S4", "|O", "<f16", "<f", "", "<x4"})
    EXPECT_EQ(with(type), "elements of type " + std::string(type) + ", not little-endian numbers");
  // Elements with fields of their own.
  EXPECT_NE(refusal(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4)),
            "read");
}

TEST(Npy, RefusesFortranOrder) {
  EXPECT_EQ(refusal(file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", 4)),
            "in Fortran order");
}

TEST(Npy, RefusesShapesThatAreNone) {
  const auto with = [](std::string_view shape, std::size_t data) {
    return refusal(file(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::string(shape) + "), }", data));
  };
  EXPECT_EQ(with("-1,", 4), "shape (-1,)");
  EXPECT_EQ(with("1.5,", 4), "shape (1.5,)");
  EXPECT_EQ(with("a", 4), "shape (a)");
  EXPECT_EQ(with("18446744073709551616,", 4), "shape (18446744073709551616,)");
  EXPECT_EQ(with("2,", 4), "shape (2,) of <f4 does not fit 4 bytes");
  EXPECT_EQ(with("1,", 5), "shape (1,) of <f4 does not fit 5 bytes");
  EXPECT_EQ(with("", 8), "shape () of <f4 does not fit 8 bytes");
}

// Products that wrap around 64 bits must not look small.
TEST(Npy, BelievesNoSizeThatTheFileCannotHold) {
  const auto with = [](std::string_view shape) {
    return refusal(file(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::string(shape) + "), }", 16));
  };
  EXPECT_EQ(with("4294967296, 4294967296"),
            "shape (4294967296, 4294967296) of <f4 does not fit 16 bytes");
  EXPECT_EQ(with("4611686018427387905,"),
            "shape (4611686018427387905,) of <f4 does not fit 16 bytes");
  EXPECT_EQ(with("18446744073709551615, 0"),
            "shape (18446744073709551615, 0) of <f4 does not fit 16 bytes");
}

TEST(Npy, KnowsTheBytesOfElements) {
  const auto bytes = [](const char* type) { return NpyArray{type, {}, {}}.element_bytes(); };
  EXPECT_EQ(bytes("<f8"), 8U);
  EXPECT_EQ(bytes("|u1"), 1U);
  EXPECT_EQ(bytes("<u1"), 1U);
  EXPECT_EQ(bytes("|u2"), 0U);
  EXPECT_EQ(bytes("<f9"), 0U);
  EXPECT_EQ(bytes("<f/"), 0U);
}

}  // namespace
}  // namespace npuscope
