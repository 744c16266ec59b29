// Writes testdata/rknn/*.rknn. Usage: make_testdata_rknn DIRECTORY
#include <fmt/format.h>

#include <fstream>

#include "tests/support/rknn_examples.h"

using namespace npuscope::testing;

namespace {

bool write(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    fmt::print(stderr, "usage: {} DIRECTORY\n", arguments[0]);
    return 2;
  }
  const std::string directory = arguments[1];
  SyntheticModel model = small_convolution();
  bool good = write(directory + "/conv_v6.rknn", write_rknn(model));
  model.version = 2;
  good = write(directory + "/conv_v2.rknn", write_rknn(model)) && good;
  model.version = 1;
  good = write(directory + "/conv_v1.rknn", write_rknn(model)) && good;
  model = small_convolution();
  model.platform = "rk3576";
  model.family = "RKNPU f2";
  good = write(directory + "/other_chip.rknn", write_rknn(model)) && good;
  return good ? 0 : 1;
}
